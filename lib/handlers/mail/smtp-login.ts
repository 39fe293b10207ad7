/**
 * Logs in to a mail server. As in CPython, it tries each method that the server offers until one succeeds. nodemailer's
 * own login tries only one method.
 */
import { createHmac } from 'node:crypto';

/** A reply of the server to a command of the login. */
export interface SmtpReply {
  /** 0 if the reply has no status. */
  readonly status: number;
  /** Without the status. */
  readonly text: string;
}

/** The part of the context that nodemailer passes to a custom login. */
export interface SmtpLoginContext {
  readonly authMethods: readonly string[];
  sendCommand(command: string): Promise<SmtpReply>;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** The server refused the login. */
export class SmtpLoginError extends Error {
  override readonly name = 'SmtpLoginError';
  /** The status of the server's last reply; 0 if the server offers no known method. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }

  /** Whether the same credentials will be refused again. Temporary: 454 means that the user database is unavailable. */
  get isFinal(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

type Method = (context: SmtpLoginContext, credentials: Credentials) => Promise<SmtpReply>;

/** CRAM-MD5 does not send the password. The others send it in clear text. */
const METHODS: ReadonlyMap<string, Method> = new Map([
  ['CRAM-MD5', cramMd5],
  ['PLAIN', plain],
  ['LOGIN', login],
]);

/** 235: logged in; 503: already logged in (RFC 4954 section 4). */
const DONE: ReadonlySet<number> = new Set([235, 503]);

/** @throws SmtpLoginError with the status of the server's last answer. */
export async function logIn(context: SmtpLoginContext, credentials: Credentials): Promise<void> {
  let refusal = new SmtpLoginError('the server offers no way to log in that is known here', 0);
  for (const [name, method] of METHODS) {
    if (!context.authMethods.includes(name)) continue;
    const reply = await method(context, credentials);
    if (DONE.has(reply.status)) return;
    // nodemailer appends the server's reply.
    refusal = new SmtpLoginError('the server refused the credentials', reply.status);
  }
  throw refusal;
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** AUTH PLAIN of RFC 4616, in UTF-8. */
async function plain(context: SmtpLoginContext, { user, password }: Credentials): Promise<SmtpReply> {
  return context.sendCommand(`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`);
}

async function login(context: SmtpLoginContext, { user, password }: Credentials): Promise<SmtpReply> {
  const reply = await context.sendCommand(`AUTH LOGIN ${base64(user)}`);
  return reply.status === 334 ? context.sendCommand(base64(password)) : reply;
}

/** CRAM-MD5 of RFC 2195. */
async function cramMd5(context: SmtpLoginContext, { user, password }: Credentials): Promise<SmtpReply> {
  const reply = await context.sendCommand('AUTH CRAM-MD5');
  if (reply.status !== 334) return reply;
  const challenge = Buffer.from(reply.text.trim(), 'base64');
  const digest = createHmac('md5', password).update(challenge).digest('hex');
  return context.sendCommand(base64(`${user} ${digest}`));
}
