/**
 * One connection to a mail server, over which mails are sent one after another.
 *
 * nodemailer implements SMTP. Its pool is not used:
 * - If the connection ends during a mail, version 7.0.0 sends the mail again, without a limit and without an error.
 * - A mail cannot be cancelled, and closing the pool cannot be awaited.
 * - An idle connection keeps the process alive.
 */
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { promisify } from 'node:util';
import { loadPeer } from '../../internal/optional-peer';
import type { MailServer } from './mail-settings';
import { logIn, type SmtpLoginContext } from './smtp-login';

/** The properties that nodemailer adds to its errors. */
export interface SmtpError extends Error {
  readonly code?: string;
  /** The command that failed, such as `MAIL FROM`; `CONN` for the connection itself. */
  readonly command?: string;
  readonly responseCode?: number;
  readonly rejectedErrors?: readonly SmtpError[];
}

export interface SmtpSent {
  readonly rejectedErrors?: readonly SmtpError[];
}

export interface SmtpEnvelope {
  readonly from: string;
  readonly to: readonly string[];
  readonly size: number;
  readonly use8BitMime: boolean;
}

interface SmtpClientOptions {
  readonly connection: Socket;
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly secured: boolean;
  readonly ignoreTLS: boolean;
  readonly requireTLS: boolean;
  readonly tls: ConnectionOptions;
  readonly connectionTimeout: number;
  readonly greetingTimeout: number;
  readonly socketTimeout: number;
  readonly customAuth: Readonly<Record<string, (context: SmtpLoginContext) => Promise<void>>>;
}

type Done<T> = (error?: Error | null, value?: T) => void;

/** The subset of nodemailer's SMTPConnection that we need; nodemailer has its own types only since version 10. */
interface SmtpClient {
  connect(done: Done<void>): void;
  login(auth: { method: string; user: string; pass: string }, done: Done<void>): void;
  send(envelope: SmtpEnvelope, message: Buffer, done: Done<SmtpSent>): void;
  quit(): void;
  close(): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
}

type SmtpClientClass = new (options: SmtpClientOptions) => SmtpClient;

/** The name under which our login is registered with nodemailer. */
const LOGIN = 'HINDSIGHT';
/** Maximum wait for the reply to QUIT, in ms. All mails are already delivered at that time. */
const QUIT_MS = 1000;

export class SmtpSession {
  readonly #socket: Socket;
  readonly #client: SmtpClient;
  /** Rejects when the connection ends, because nodemailer then does not call every callback. */
  readonly #ended: Promise<never>;
  #isOpen = true;

  /**
   * Loads nodemailer, connects and logs in.
   *
   * @throws the error of the network, of nodemailer, or SmtpLoginError.
   */
  static async open(owner: string, server: MailServer, signal: AbortSignal): Promise<SmtpSession> {
    const Client = loadPeer('nodemailer/lib/smtp-connection', owner, 'nodemailer') as SmtpClientClass;
    const socket = await connect(server, signal);
    const client = new Client(clientOptions(server, socket));
    const session = new SmtpSession(socket, client);
    try {
      await session.#call(signal, (done) => client.connect(done));
      const { user, password } = server;
      if (user !== undefined && password !== undefined) {
        await session.#call(signal, (done) => client.login({ method: LOGIN, user, pass: password }, done));
      }
    } catch (error) {
      session.destroy();
      throw error;
    }
    return session;
  }

  private constructor(socket: Socket, client: SmtpClient) {
    this.#socket = socket;
    this.#client = client;
    this.#ended = new Promise((_resolve, reject) => {
      const end = (error: Error): void => {
        this.#isOpen = false;
        reject(error);
      };
      client.on('error', end);
      client.on('end', () => end(new Error('the server closed the connection')));
      socket.once('close', () => end(new Error('the connection was closed')));
    });
    // Between two mails nobody awaits it: this prevents an unhandled rejection.
    this.#ended.catch(() => undefined);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether the server supports non-ASCII addresses (RFC 6531). */
  get takesUtf8(): boolean {
    // nodemailer has no public property for this, and sends such addresses to servers that do not support them.
    const extensions: unknown = Reflect.get(this.#client, '_supportedExtensions');
    return !Array.isArray(extensions) || extensions.includes('SMTPUTF8');
  }

  async send(envelope: SmtpEnvelope, message: Buffer, signal: AbortSignal): Promise<SmtpSent> {
    const sent = await this.#call<SmtpSent>(signal, (done) => this.#client.send(envelope, message, done));
    return sent ?? {};
  }

  /** Sets whether the connection keeps the process alive. */
  keepAlive(on: boolean): void {
    if (on) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Sends QUIT and ends the connection. */
  async quit(): Promise<void> {
    if (!this.#isOpen) return this.destroy();
    this.keepAlive(true);
    const timer = setTimeout(() => this.destroy(), QUIT_MS);
    this.#client.quit();
    // Ignore errors: the mails are already delivered. CPython reports such an error as a lost record.
    await this.#ended.catch(() => undefined);
    clearTimeout(timer);
    return this.destroy();
  }

  destroy(): void {
    this.#isOpen = false;
    this.#client.close();
    this.#socket.destroy();
  }

  /** Calls nodemailer; an abort ends the connection. */
  async #call<T>(signal: AbortSignal, start: (done: Done<T>) => void): Promise<T | undefined> {
    const abort = (): void => this.destroy();
    signal.throwIfAborted();
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([promisify(start)(), this.#ended]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}

/** Opens our own socket, which can be destroyed at any time and can be unref'ed. */
async function connect(server: MailServer, signal: AbortSignal): Promise<Socket> {
  const { host, port, timeoutMs } = server;
  signal.throwIfAborted();
  const implicit = server.encryption === 'implicit';
  const socket = implicit ? connectTls({ host, port, ...server.tls }) : connectPlain({ host, port });
  // SMTP sends small commands and waits for each reply: with Nagle's algorithm a mail takes 40 ms.
  socket.setNoDelay(true);
  // A socket without an error listener ends the process.
  socket.on('error', () => undefined);
  const timer = setTimeout(
    () => socket.destroy(new Error(`no connection to ${host}:${port} within ${timeoutMs} ms`)),
    timeoutMs,
  );
  try {
    await once(socket, implicit ? 'secureConnect' : 'connect', { signal });
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return socket;
}

function clientOptions(server: MailServer, socket: Socket): SmtpClientOptions {
  const { host, port, encryption, tls, timeoutMs, user = '', password = '' } = server;
  return {
    connection: socket,
    host,
    port,
    secure: encryption === 'implicit',
    secured: encryption === 'implicit',
    ignoreTLS: encryption === 'none',
    requireTLS: encryption === 'starttls',
    tls,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    customAuth: { [LOGIN]: async (context) => logIn(context, { user, password }) },
  };
}
