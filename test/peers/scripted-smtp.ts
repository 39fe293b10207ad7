/** A mail server that says what a script tells it to, and writes down the dialogue of each connection. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { certificates } from '../support/certificates';

export interface SmtpScript {
  /** What EHLO announces. */
  readonly features: readonly string[];
  /** What it announces after STARTTLS. */
  readonly featuresTls: readonly string[];
  /** Answers by the beginning of the command, in upper case, or `connect`. */
  readonly replies: Readonly<Record<string, string>>;
  /** The command, or `connect`, at which the server hangs up. */
  readonly drop?: string | undefined;
  readonly failAuth?: boolean;
}

const CHALLENGE = Buffer.from('<1.2@fake>').toString('base64');
const AUTH_FAILED = '535 5.7.8 bad credentials';

/** One connection. Its lines are `C: ` what the client said and `S: ` what it was told. */
class Dialogue {
  readonly lines: string[] = [];
  readonly #script: SmtpScript;
  #socket: Socket;
  #rest = '';
  #features: readonly string[];
  /** Who reads the next line, when it is no command. */
  #reader: ((line: string) => void) | undefined;

  constructor(socket: Socket, script: SmtpScript) {
    this.#socket = socket;
    this.#script = script;
    this.#features = script.features;
    this.#listen();
    if (script.drop === 'connect') socket.destroy();
    else this.#say(script.replies['connect'] ?? '220 fake ESMTP');
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    this.#socket.on('error', () => undefined);
    this.#socket.on('data', (chunk: Buffer) => {
      this.#rest += chunk.toString('utf8');
      for (let end = this.#rest.indexOf('\r\n'); end !== -1; end = this.#rest.indexOf('\r\n')) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 2);
        (this.#reader ?? ((command) => this.#command(command)))(line);
      }
    });
  }

  #say(...replies: readonly string[]): void {
    for (const reply of replies) this.lines.push(`S: ${reply}`);
    if (!this.#socket.destroyed) this.#socket.write(replies.map((reply) => `${reply}\r\n`).join(''));
  }

  #command(line: string): void {
    this.lines.push(`C: ${line.replace(/^(EHLO|HELO) .*/, '$1 client.example')}`);
    const upper = line.toUpperCase();
    const verb = upper.split(/[ :]/)[0] ?? '';
    if (this.#script.drop === verb) {
      this.lines.push('-- server drops --');
      this.#socket.destroy();
      return;
    }
    const scripted = Object.entries(this.#script.replies).find(([start]) => upper.startsWith(start));
    if (scripted !== undefined) this.#say(scripted[1]);
    else this.#answer(verb, line);
  }

  #answer(verb: string, line: string): void {
    if (verb === 'EHLO') {
      const all = ['fake', ...this.#features];
      this.#say(...all.map((text, at) => `250${at === all.length - 1 ? ' ' : '-'}${text}`));
    } else if (verb === 'HELO') this.#say('250 fake');
    else if (verb === 'STARTTLS') this.#startTls();
    else if (verb === 'AUTH') this.#auth(line.split(' '));
    else if (verb === 'DATA') this.#data();
    else if (verb === 'QUIT') this.#quit();
    else this.#say('250 ok');
  }

  #startTls(): void {
    if (!this.#features.includes('STARTTLS')) {
      this.#say('502 not known');
      return;
    }
    this.#say('220 go ahead');
    this.#socket.removeAllListeners('data');
    const { cert, key } = certificates().server;
    this.#socket = new TLSSocket(this.#socket, { isServer: true, cert, key });
    this.#socket.once('secure', () => this.lines.push('-- TLS --'));
    this.#features = this.#script.featuresTls;
    this.#listen();
  }

  #auth([, method, response]: readonly string[]): void {
    if (method === 'PLAIN' || response === '*') {
      this.#authResult();
      return;
    }
    this.#say(method === 'CRAM-MD5' ? `334 ${CHALLENGE}` : '334 UGFzc3dvcmQ6');
    this.#reader = (line) => {
      this.lines.push(`C: ${line}`);
      this.#reader = undefined;
      this.#authResult();
    };
  }

  #authResult(): void {
    this.#say(this.#script.failAuth === true ? AUTH_FAILED : '235 ok');
  }

  #data(): void {
    this.#say('354 send it');
    this.#reader = (line) => {
      this.lines.push(line === '.' ? 'C: <end of data>' : `C: ${line}`);
      if (line !== '.') return;
      this.#reader = undefined;
      this.#say('250 queued');
    };
  }

  #quit(): void {
    this.#say('221 bye');
    this.#socket.end();
  }
}

export class ScriptedSmtp {
  readonly server: Server;
  readonly #dialogues: Dialogue[] = [];

  constructor(script: SmtpScript) {
    this.server = createServer((socket) => void this.#dialogues.push(new Dialogue(socket, script)));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** What was said, connection by connection. */
  get sessions(): readonly (readonly string[])[] {
    return this.#dialogues.map(({ lines }) => lines);
  }

  stop(): void {
    this.server.close();
    for (const dialogue of this.#dialogues) dialogue.destroy();
  }
}

/** Stopped when the test has finished. */
export async function startScriptedSmtp(script: SmtpScript): Promise<ScriptedSmtp> {
  const peer = new ScriptedSmtp(script);
  peer.server.listen(0, '127.0.0.1');
  await once(peer.server, 'listening');
  onTestFinished(() => peer.stop());
  return peer;
}
