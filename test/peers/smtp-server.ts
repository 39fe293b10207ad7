/** A mail server in the process of the test: what it accepts is chosen by the test. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';
import { certificates, type Certificate } from '../support/certificates';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and text as they came, with `\r\n`. */
  readonly source: string;
  /** Who had logged in; '' for nobody. */
  readonly user: string;
  readonly isSecure: boolean;
}

export interface SmtpServerSettings {
  /** TLS from the start. @defaultValue false */
  readonly secure?: boolean;
  /** @defaultValue a good one for localhost */
  readonly certificate?: Certificate;
  /** Whether STARTTLS is offered. @defaultValue true */
  readonly starttls?: boolean;
  /** `[user, password]` that are accepted; without it nobody has to log in. */
  readonly credentials?: readonly [string, string];
  /** @defaultValue a free one */
  readonly port?: number;
  /** The answer to a recipient, such as `550 no such user`; undefined accepts. */
  readonly recipient?: (address: string) => string | undefined;
  /** The answer to a text; undefined accepts. */
  readonly text?: (source: string) => string | undefined;
  readonly options?: SMTPServerOptions;
}

/** One server and the mails it took. */
export class SmtpPeer {
  readonly mails: ReceivedMail[] = [];
  connections = 0;
  logins = 0;
  port = 0;
  readonly server: SMTPServer;

  constructor(settings: SmtpServerSettings) {
    const { cert, key } = settings.certificate ?? certificates().server;
    this.server = new SMTPServer({
      secure: settings.secure ?? false,
      cert,
      key,
      authOptional: settings.credentials === undefined,
      allowInsecureAuth: true,
      disabledCommands: settings.starttls === false ? ['STARTTLS'] : [],
      logger: false,
      closeTimeout: 100,
      onConnect: (_session, done) => {
        this.connections++;
        done();
      },
      onAuth: (auth, _session, done) => {
        this.logins++;
        const [user, password] = settings.credentials ?? [];
        if (auth.username === user && auth.password === password) done(null, { user: auth.username });
        else done(new Error('wrong user or password'));
      },
      onRcptTo: ({ address }, _session, done) => done(refusal(settings.recipient?.(address))),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
        stream.on('end', () => {
          const source = Buffer.concat(chunks).toString('utf8');
          const refused = refusal(settings.text?.(source));
          if (refused !== undefined) return done(refused);
          const { mailFrom, rcptTo } = session.envelope;
          this.mails.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            source,
            user: session.user === undefined ? '' : String(session.user),
            isSecure: session.secure,
          });
          return done();
        });
      },
      ...settings.options,
    });
    // A client that hangs up, or does not trust the certificate, is what some tests are about.
    this.server.on('error', () => undefined);
  }

  /** The texts of the mails, decoded as far as they are 7bit. */
  get texts(): readonly string[] {
    return this.mails.map(textOf);
  }

  async listen(port: number): Promise<void> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server.server, 'listening');
    this.port = (this.server.server.address() as AddressInfo).port;
  }

  /** Ends the server and its connections. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(resolve);
    });
  }
}

/** The text of a mail, without its headers and its last line end. */
export function textOf({ source }: ReceivedMail): string {
  return source.slice(source.indexOf('\r\n\r\n') + 4).replace(/\r\n$/, '');
}

/** One header of a mail, unfolded; undefined when there is none. */
export function headerOf({ source }: ReceivedMail, name: string): string | undefined {
  const headers = source.slice(0, source.indexOf('\r\n\r\n')).replace(/\r\n([ \t])/g, '$1');
  return new RegExp(`^${name}: ?(.*)$`, 'im').exec(headers)?.[1]?.replace(/\r$/, '');
}

/** A server that listens, and is stopped when the test has finished. */
export async function startSmtpServer(settings: SmtpServerSettings = {}): Promise<SmtpPeer> {
  const peer = new SmtpPeer(settings);
  await peer.listen(settings.port ?? 0);
  onTestFinished(async () => peer.stop());
  return peer;
}

function refusal(answer: string | undefined): Error | undefined {
  if (answer === undefined) return undefined;
  const [code = '550', ...words] = answer.split(' ');
  return Object.assign(new Error(words.join(' ')), { responseCode: Number(code) });
}
