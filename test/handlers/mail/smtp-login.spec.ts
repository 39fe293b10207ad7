import { describe, expect, it } from 'vitest';
import {
  logIn,
  SmtpLoginError,
  type SmtpLoginContext,
  type SmtpReply,
} from '../../../lib/handlers/mail/smtp-login';

/** A server that answers with `replies` in turn, and the commands it got. */
function server(
  authMethods: readonly string[],
  replies: readonly SmtpReply[],
): SmtpLoginContext & { readonly sent: string[] } {
  const sent: string[] = [];
  return {
    authMethods,
    sent,
    sendCommand: async (command) => {
      sent.push(command);
      return replies[sent.length - 1] ?? { status: 535, text: 'bad credentials' };
    },
  };
}

const CREDENTIALS = { user: 'user', password: 'pass' };
const OK = { status: 235, text: 'ok' };

describe('logIn', () => {
  it('prefers the method that does not send the password', async () => {
    const context = server(['PLAIN', 'LOGIN', 'CRAM-MD5'], [{ status: 334, text: 'PDEuMkBmYWtlPg==' }, OK]);

    await logIn(context, CREDENTIALS);

    expect(context.sent).toEqual(['AUTH CRAM-MD5', 'dXNlciAzMzE0NDg4ZjZkOTAwMjc2OThhMTY0ZDA1NjkwYjUzYw==']);
  });

  it('sends PLAIN in UTF-8', async () => {
    const context = server(['PLAIN'], [OK]);

    await logIn(context, { user: 'user', password: 'pä✓' });

    expect(context.sent).toEqual([`AUTH PLAIN ${Buffer.from('\0user\0pä✓').toString('base64')}`]);
  });

  it('sends the user with LOGIN and the password when asked for it', async () => {
    const context = server(['LOGIN'], [{ status: 334, text: 'UGFzc3dvcmQ6' }, OK]);

    await logIn(context, CREDENTIALS);

    expect(context.sent).toEqual(['AUTH LOGIN dXNlcg==', 'cGFzcw==']);
  });

  it('tries what else the server offers when a method fails', async () => {
    const replies = [
      { status: 504, text: 'not today' },
      { status: 503, text: 'you are in' },
    ];
    const context = server(['LOGIN', 'PLAIN', 'CRAM-MD5'], replies);

    await logIn(context, CREDENTIALS);

    expect(context.sent.length).toBe(2);
  });

  it('rejects with the last answer when all fail', async () => {
    await expect(logIn(server(['PLAIN', 'LOGIN'], []), CREDENTIALS)).rejects.toMatchObject({
      message: 'the server refused the credentials',
      status: 535,
    });
  });

  it('rejects when the server offers nothing that is known', async () => {
    await expect(logIn(server(['XOAUTH2'], []), CREDENTIALS)).rejects.toThrow('offers no way to log in');
  });
});

describe('SmtpLoginError', () => {
  it.each([
    [0, true],
    [454, false],
    [535, true],
  ])('with status %i is final: %s', (status, isFinal) => {
    expect(new SmtpLoginError('refused', status).isFinal).toBe(isFinal);
  });
});
