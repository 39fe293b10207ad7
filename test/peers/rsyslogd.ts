/** A real rsyslogd in a directory of its own, listening on UDP, TCP, TLS and both kinds of Unix socket. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

/** One message as rsyslogd parsed it. */
export interface SyslogMessage {
  readonly input: string;
  readonly facility: string;
  readonly severity: string;
  readonly version: string;
  readonly time: string;
  readonly host: string;
  readonly tag: string;
  readonly app: string;
  readonly procid: string;
  readonly msgid: string;
  readonly sd: string;
  readonly msg: string;
  readonly raw: string;
}

export interface RsyslogdTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Name that a client's certificate must bear. @defaultValue none is asked for */
  readonly clientName?: string;
}

export interface RsyslogdOptions {
  /** Paths of PEM files; without them there is no TLS input. */
  readonly tls?: RsyslogdTls;
}

const PROPERTIES: Readonly<Record<keyof SyslogMessage, string>> = {
  input: 'inputname',
  facility: 'syslogfacility-text',
  severity: 'syslogseverity-text',
  version: 'protocol-version',
  time: 'timereported" dateFormat="rfc3339',
  host: 'hostname',
  tag: 'syslogtag',
  app: 'app-name',
  procid: 'procid',
  msgid: 'msgid',
  sd: 'structured-data',
  msg: 'msg',
  raw: 'rawmsg',
};

const SOCKETS = ['log', 'log.rfc5424', 'log.stream'] as const;

/** Below the ports that outgoing connections get, so that none takes it while rsyslogd is being restarted. */
async function freeUdpPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const socket = createSocket('udp4');
    const bound = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false));
      socket.bind(port, '127.0.0.1', () => resolve(true));
    });
    socket.close();
    if (bound) return port;
  }
}

async function listens(port: number): Promise<boolean> {
  if (port === 0) return false;
  const socket = connect({ port, host: '127.0.0.1' });
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return connected;
}

/** Starts one for the running test and stops it when the test is over. */
export async function startRsyslogd(options: RsyslogdOptions = {}): Promise<Rsyslogd> {
  const daemon = new Rsyslogd(tempDir(), await freeUdpPort(), options);
  onTestFinished(() => daemon.stop());
  await daemon.start();
  return daemon;
}

export class Rsyslogd {
  readonly udpPort: number;
  /** `/dev/log` of this daemon, as Debian sets it up: a datagram socket that reads RFC 3164 only. */
  readonly datagramPath: string;
  /** A datagram socket that reads all formats: `useSpecialParser="off"`. */
  readonly rfc5424Path: string;
  readonly streamPath: string;
  /** Known after the first start, and kept over restarts. */
  tcpPort = 0;
  tlsPort = 0;
  readonly #directory: string;
  readonly #options: RsyslogdOptions;
  #child: ChildProcess | undefined;
  #said = '';

  constructor(directory: string, udpPort: number, options: RsyslogdOptions) {
    this.udpPort = udpPort;
    this.datagramPath = join(directory, 'log');
    this.rfc5424Path = join(directory, 'log.rfc5424');
    this.streamPath = join(directory, 'log.stream');
    this.#directory = directory;
    this.#options = options;
  }

  /** Resolves when all inputs listen. */
  async start(): Promise<void> {
    const config = this.#path('rsyslog.conf');
    for (const name of [...SOCKETS, 'pid']) rmSync(this.#path(name), { force: true });
    writeFileSync(config, this.#configuration());
    const child = spawn('rsyslogd', ['-n', '-f', config, '-i', this.#path('pid')], {
      env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (this.#said += String(chunk)));
    await until(() => this.#ready(child), { what: `rsyslogd listens (${this.#said})` });
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Ends it without giving it time to read what has arrived. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Keeps it from reading, or lets it read again. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  /** What it has received so far, in order. */
  messages(): SyslogMessage[] {
    const path = this.#path('out.json');
    if (!existsSync(path)) return [];
    const text = readFileSync(path, 'utf8');
    // The last line may be in the making.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as SyslogMessage);
  }

  /** Resolves with the messages once there are `count` of them. */
  async received(count: number): Promise<SyslogMessage[]> {
    let messages: SyslogMessage[] = [];
    await until(() => (messages = this.messages()).length >= count, {
      what: `rsyslogd has ${count} messages`,
      timeoutMs: 20_000,
    }).catch((error: unknown) => {
      const last = JSON.stringify(messages.at(-1));
      throw new Error(`it has ${messages.length}, the last ${last}; it said ${this.#said}`, { cause: error });
    });
    return messages;
  }

  /** What it wrote on its own output: complaints about certificates, for example. */
  get said(): string {
    return this.#said;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    // A stopped process takes no other signal.
    child.kill('SIGCONT');
    child.kill(signal);
    await exit;
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }

  #port(name: string): number {
    const path = this.#path(name);
    return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
  }

  async #ready(child: ChildProcess): Promise<boolean> {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`rsyslogd ended: ${this.#said}`);
    if (!SOCKETS.every((name) => existsSync(this.#path(name)))) return false;
    // The files are written once, when it chooses the ports.
    this.tcpPort ||= this.#port('tcp.port');
    if (this.#options.tls !== undefined) this.tlsPort ||= this.#port('tls.port');
    const ports = [this.tcpPort, ...(this.#options.tls === undefined ? [] : [this.tlsPort])];
    return (await Promise.all(ports.map(async (port) => listens(port)))).every(Boolean);
  }

  #configuration(): string {
    const properties = Object.entries(PROPERTIES).map(
      ([outname, name]) => `property(outname="${outname}" name="${name}" format="jsonf")`,
    );
    return `
global(workDirectory="${this.#directory}" net.enableDNS="off" maxMessageSize="256k"
  parser.escapeControlCharactersOnReceive="off" ${this.#tlsGlobals()})
module(load="imudp") module(load="imtcp") module(load="imptcp") module(load="imuxsock" sysSock.use="off")
template(name="json" type="list" option.jsonf="on") { ${properties.join(' ')} }
ruleset(name="all") {
  action(type="omfile" file="${this.#path('out.json')}" template="json" flushOnTXEnd="on" asyncWriting="off")
}
input(type="imudp" address="127.0.0.1" port="${this.udpPort}" ruleset="all" name="udp" rcvbufSize="8m")
input(type="imtcp" address="127.0.0.1" port="${this.tcpPort}" listenPortFileName="${this.#path('tcp.port')}"
  ruleset="all" name="tcp")
input(type="imuxsock" socket="${this.datagramPath}" ruleset="all" useSpecialParser="on" useSysTimeStamp="off"
  parseHostname="off" usePIDFromSystem="off" ignoreTimestamp="off" rateLimit.interval="0")
input(type="imuxsock" socket="${this.rfc5424Path}" ruleset="all" useSpecialParser="off" useSysTimeStamp="off"
  parseHostname="off" usePIDFromSystem="off" ignoreTimestamp="off" rateLimit.interval="0")
input(type="imptcp" path="${this.streamPath}" unlink="on" ruleset="all" name="unix-stream")
${this.#tlsInput()}
`;
  }

  #tlsGlobals(): string {
    const { tls } = this.#options;
    if (tls === undefined) return '';
    return `defaultNetstreamDriverCAFile="${tls.ca}" defaultNetstreamDriverCertFile="${tls.cert}"
  defaultNetstreamDriverKeyFile="${tls.key}"`;
  }

  #tlsInput(): string {
    const { tls } = this.#options;
    if (tls === undefined) return '';
    const peer =
      tls.clientName === undefined
        ? 'streamDriver.authMode="anon"'
        : `streamDriver.authMode="x509/name" permittedPeer=["${tls.clientName}"]`;
    return `input(type="imtcp" address="127.0.0.1" port="${this.tlsPort}"
  listenPortFileName="${this.#path('tls.port')}" ruleset="all" name="tls"
  streamDriver.name="ossl" streamDriver.mode="1" ${peer})`;
  }
}
