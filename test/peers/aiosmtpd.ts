/** aiosmtpd, a mail server in Python: STARTTLS and TLS from the start, both with a login. */
import { onTestFinished } from 'vitest';
import { certificates } from '../support/certificates';
import { Daemon } from './daemon';
import type { MailServer, StoredMail } from './mail-server-claims';

/** Prints its two ports as JSON, then a line for each mail. */
const SERVER = `
import asyncio, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
key, cert, starttls, smtps = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])

def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(cert, key)
    return made

class Box:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith('nobody@'):
            return '550 5.1.1 no such user'
        envelope.rcpt_tos.append(address)
        return '250 ok'

    async def handle_DATA(self, server, session, envelope):
        mail = {'to': envelope.rcpt_tos, 'source': envelope.content.decode('utf8').replace('\\r\\n', '\\n')}
        print(json.dumps(mail), flush=True)
        return '250 queued'

def login(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and data.login == b'u' and data.password == b'p'
    return AuthResult(success=good, handled=False)

def protocol(**options):
    return lambda: SMTP(Box(), authenticator=login, auth_required=True, hostname='localhost', **options)

async def main():
    loop = asyncio.get_running_loop()
    first = await loop.create_server(protocol(tls_context=context(), require_starttls=True), '127.0.0.1', starttls)
    second = await loop.create_server(protocol(auth_require_tls=False), '127.0.0.1', smtps, ssl=context())
    print(json.dumps([server.sockets[0].getsockname()[1] for server in (first, second)]), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
`;

class Aiosmtpd implements MailServer {
  starttls = 0;
  smtps = 0;
  #daemon: Daemon | undefined;
  /** Of the runs before. */
  #earlier: readonly StoredMail[] = [];

  get mails(): readonly StoredMail[] {
    return [...this.#earlier, ...(this.#printed.slice(1) as StoredMail[])];
  }

  async start(): Promise<void> {
    const { keyPath, certPath } = certificates().server;
    const ports = [String(this.starttls), String(this.smtps)];
    // Debian's: its modules are not those of a Python that was installed by hand.
    const daemon = new Daemon('/usr/bin/python3', [
      '-W',
      'ignore',
      '-c',
      SERVER,
      keyPath,
      certPath,
      ...ports,
    ]);
    this.#daemon = daemon;
    await daemon.ready(() => daemon.output.includes('\n'));
    [this.starttls, this.smtps] = this.#printed[0] as [number, number];
  }

  async stop(): Promise<void> {
    await this.#daemon?.end();
    this.#earlier = this.mails;
    this.#daemon = undefined;
  }

  get #printed(): unknown[] {
    const lines = this.#daemon?.output.split('\n').slice(0, -1) ?? [];
    return lines.map((line) => JSON.parse(line) as unknown);
  }
}

/** Ended when the test has finished. */
export async function startAiosmtpd(): Promise<MailServer> {
  const server = new Aiosmtpd();
  onTestFinished(async () => server.stop());
  await server.start();
  return server;
}
