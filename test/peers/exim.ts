/** A real Exim in a directory of its own: STARTTLS and TLS from the start, both with a login; mails go to a Maildir. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { certificates } from '../support/certificates';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';
import { Daemon, freeTcpPort, listens } from './daemon';
import type { MailServer, StoredMail } from './mail-server-claims';

const USER = 'Debian-exim';

function configuration(directory: string, { starttls, smtps }: { starttls: number; smtps: number }): string {
  return `
primary_hostname = localhost
spool_directory = ${directory}/spool
log_file_path = ${directory}/log/%slog
pid_file_path = ${directory}/pid
keep_environment =
daemon_smtp_ports = ${starttls} : ${smtps}
tls_on_connect_ports = ${smtps}
local_interfaces = 127.0.0.1
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts = *
tls_certificate = ${directory}/server.pem
tls_privatekey = ${directory}/server.key
auth_advertise_hosts = \${if eq{$tls_in_cipher}{}{}{*}}
acl_smtp_rcpt = recipients
acl_smtp_data = texts

begin acl
recipients:
  deny    !authenticated = *
          message = authentication required
  accept  domains = example.test
  deny    message = relay not permitted
texts:
  accept

begin routers
all:
  driver = accept
  domains = example.test
  transport = box

begin transports
box:
  driver = appendfile
  maildir_format
  directory = ${directory}/mail
  user = ${USER}
  envelope_to_add

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{u}}{eq{$auth3}{p}}}}
  server_set_id = $auth2
`;
}

class Exim implements MailServer {
  readonly starttls: number;
  readonly smtps: number;
  readonly #directory: string;
  #daemon: Daemon | undefined;

  constructor(directory: string, ports: { starttls: number; smtps: number }) {
    this.#directory = directory;
    ({ starttls: this.starttls, smtps: this.smtps } = ports);
  }

  get mails(): readonly StoredMail[] {
    const box = join(this.#directory, 'mail/new');
    if (!existsSync(box)) return [];
    return readdirSync(box)
      .toSorted()
      .map((name) => readFileSync(join(box, name), 'utf8'))
      .map((source) => ({ source, to: /^Envelope-to: (.*)$/m.exec(source)?.[1]?.split(', ') ?? [] }));
  }

  async start(): Promise<void> {
    const daemon = new Daemon('exim4', ['-C', join(this.#directory, 'exim.conf'), '-bdf', '-q5m']);
    this.#daemon = daemon;
    await daemon.ready(async () => (await listens(this.starttls)) && (await listens(this.smtps)));
  }

  async stop(): Promise<void> {
    await this.#daemon?.end();
    this.#daemon = undefined;
    // Processes of its own deliver what it has taken.
    const input = join(this.#directory, 'spool/input');
    await until(() => !existsSync(input) || readdirSync(input).length === 0, {
      what: 'the last delivery of Exim',
    });
  }

  /** Its last process may still be writing to its log. */
  async remove(): Promise<void> {
    await this.stop();
    await until(() => {
      try {
        rmSync(this.#directory, { recursive: true, force: true });
        return true;
      } catch {
        // It made a file meanwhile.
        return false;
      }
    });
  }
}

/** Needs the rights of root. Ended when the test has finished. */
export async function startExim(): Promise<MailServer> {
  const directory = tempDir();
  const ports = { starttls: await freeTcpPort(), smtps: await freeTcpPort() };
  const { cert, key } = certificates().server;
  writeFileSync(join(directory, 'exim.conf'), configuration(directory, ports), { mode: 0o644 });
  writeFileSync(join(directory, 'server.pem'), cert, { mode: 0o644 });
  writeFileSync(join(directory, 'server.key'), key, { mode: 0o600 });
  for (const name of ['spool', 'log', 'mail']) mkdirSync(join(directory, name));
  execFileSync('chown', ['-R', `${USER}:${USER}`, directory]);
  // Exim takes only a configuration that nobody but root can have written.
  execFileSync('chown', ['root:root', join(directory, 'exim.conf')]);
  chmodSync(directory, 0o755);
  const server = new Exim(directory, ports);
  onTestFinished(async () => server.remove());
  await server.start();
  return server;
}
