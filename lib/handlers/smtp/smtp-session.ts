/** One connection to a mail server, over which mails are sent one after another. */
import { createHmac } from 'node:crypto';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type {
  SmtpClient,
  SmtpClientClass,
  SmtpClientOptions,
  SmtpEnvelope,
  SmtpLoginContext,
  SmtpReply,
  SmtpSent,
} from './smtp-client';
import { SmtpLoginError } from './smtp-login.error';
import type { SmtpServer } from './smtp-server';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

type Send = SmtpLoginContext['sendCommand'];
type Method = (send: Send, credentials: Credentials) => Promise<SmtpReply>;

/** The first keeps the password to itself. The others send it, as it is. */
const METHODS: ReadonlyMap<string, Method> = new Map([
  ['CRAM-MD5', cramMd5],
  ['PLAIN', plain],
  ['LOGIN', login],
]);

/** Logged in; and logged in already (RFC 4954 section 4). */
const DONE: ReadonlySet<number> = new Set([235, 503]);

/**
 * Tries each method that the server offers until one succeeds.
 *
 * @throws SmtpLoginError with the server's last answer.
 */
export async function logIn(context: SmtpLoginContext, credentials: Credentials): Promise<void> {
  const send: Send = async (command) => context.sendCommand(command);
  let refusal = new SmtpLoginError('the server offers no way to log in that is known here', 0);
  for (const [name, method] of METHODS) {
    if (!context.authMethods.includes(name)) continue;
    const reply = await method(send, credentials);
    if (DONE.has(reply.status)) return;
    // nodemailer appends the answer.
    refusal = new SmtpLoginError('the server refused the credentials', reply.status);
  }
  throw refusal;
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** RFC 4616: in UTF-8. */
async function plain(send: Send, { user, password }: Credentials): Promise<SmtpReply> {
  return send(`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`);
}

async function login(send: Send, { user, password }: Credentials): Promise<SmtpReply> {
  const reply = await send(`AUTH LOGIN ${base64(user)}`);
  return reply.status === 334 ? send(base64(password)) : reply;
}

/** RFC 2195. */
async function cramMd5(send: Send, { user, password }: Credentials): Promise<SmtpReply> {
  const reply = await send('AUTH CRAM-MD5');
  if (reply.status !== 334) return reply;
  const challenge = Buffer.from(reply.text.trim(), 'base64');
  const digest = createHmac('md5', password).update(challenge).digest('hex');
  return send(base64(`${user} ${digest}`));
}

/** Name of our own login in nodemailer's table of them. */
const LOGIN = 'HINDSIGHT';
/** How long the server may take to say goodbye, in ms; the mails are delivered by then. */
const QUIT_MS = 1000;

type Done<T> = (error?: Error | null, value?: T) => void;

export class SmtpSession {
  readonly #socket: Socket;
  readonly #client: SmtpClient;
  /** Rejects when the connection ends: nodemailer does not answer every call then. */
  readonly #ended: Promise<never>;
  #isOpen = true;

  /**
   * @param Client - nodemailer's
   * @throws the error of the network, of nodemailer, or SmtpLoginError.
   */
  static async open(Client: SmtpClientClass, server: SmtpServer, signal: AbortSignal): Promise<SmtpSession> {
    const socket = await connected(server, signal);
    const session = new SmtpSession(socket, new Client(clientOptions(server, socket)));
    try {
      await session.#during(signal, async () => session.#begin(server));
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
    // Between two mails nobody waits for it.
    this.#ended.catch(() => undefined);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether the server said that it takes addresses beyond ASCII (RFC 6531). */
  get takesUtf8(): boolean {
    // nodemailer shows it in no other way, and would send such an address to a server that cannot take it.
    const extensions: unknown = Reflect.get(this.#client, '_supportedExtensions');
    return !Array.isArray(extensions) || extensions.includes('SMTPUTF8');
  }

  async send(envelope: SmtpEnvelope, message: Buffer, signal: AbortSignal): Promise<SmtpSent> {
    return this.#during(signal, async () =>
      this.#answer<SmtpSent>((done) => this.#client.send(envelope, message, done)),
    ).then((sent) => sent ?? {});
  }

  /** Whether the connection, which waits for the next mail, keeps the process alive. */
  keepAlive(on: boolean): void {
    if (on) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Says goodbye and ends the connection. */
  async quit(): Promise<void> {
    if (this.#isOpen) {
      this.keepAlive(true);
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, QUIT_MS);
      });
      this.#client.quit();
      // However the server takes it, the mails are delivered: CPython reports a failing QUIT as a lost record.
      await Promise.race([late, this.#ended.catch(() => undefined)]);
      clearTimeout(timer);
    }
    this.destroy();
  }

  destroy(): void {
    this.#isOpen = false;
    this.#client.close();
    this.#socket.destroy();
  }

  async #begin(server: SmtpServer): Promise<void> {
    await this.#answer((done) => this.#client.connect(done));
    const { user, password } = server;
    if (user === undefined || password === undefined) return;
    await this.#answer((done) => this.#client.login({ method: LOGIN, user, pass: password }, done));
  }

  async #answer<T>(start: (done: Done<T>) => void): Promise<T | undefined> {
    const answer = new Promise<T | undefined>((resolve, reject) => {
      start((error, value) => {
        if (error === undefined || error === null) resolve(value);
        else reject(error);
      });
    });
    return Promise.race([answer, this.#ended]);
  }

  async #during<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const abort = (): void => this.destroy();
    signal.throwIfAborted();
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await work();
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}

/** The socket is ours, so that it can be ended and need not keep the process alive; nodemailer speaks over it. */
async function connected(server: SmtpServer, signal: AbortSignal): Promise<Socket> {
  const { host, port, timeoutMs } = server;
  signal.throwIfAborted();
  const implicit = server.encryption === 'implicit';
  const socket = implicit ? connectTls({ host, port, ...server.tls }) : connectPlain({ host, port });
  // Small commands, each of which waits for its answer: with Nagle's algorithm a mail takes 40 ms.
  socket.setNoDelay(true);
  const late = setTimeout(
    () => socket.destroy(new Error(`no connection to ${host}:${port} within ${timeoutMs} ms`)),
    timeoutMs,
  );
  const abort = (): void => void socket.destroy(new Error('given up'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      // Stays: a socket whose errors nobody hears ends the process.
      socket.on('error', reject);
      socket.once(implicit ? 'secureConnect' : 'connect', resolve);
    });
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', abort);
  }
  return socket;
}

function clientOptions(server: SmtpServer, socket: Socket): SmtpClientOptions {
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
    customAuth: {
      [LOGIN]: (context) => {
        logIn(context, { user, password }).then(
          () => context.resolve(),
          (error: unknown) => context.reject(error as Error),
        );
      },
    },
  };
}
