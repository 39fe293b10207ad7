/** The login of a mail client: by the methods of CPython's smtplib, in its order. */
import { createHmac } from 'node:crypto';
import type { SmtpLoginContext, SmtpReply } from './smtp-client';
import { SmtpLoginError } from './smtp-login.error';

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
