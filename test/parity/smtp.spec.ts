/** SMTPHandler, and the cookbook's BufferingSMTPHandler, against what CPython did. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeLogRecord } from '../../lib/core/record-factory';
import { Formatter } from '../../lib/formatters';
import { BufferingSMTPHandler, SMTPHandler, type SMTPHandlerOptions } from '../../lib/handlers';
import { startScriptedSmtp, type ScriptedSmtp } from '../peers/scripted-smtp';
import { startSmtpServer, textOf } from '../peers/smtp-server';
import { capturedStderr } from '../support/captured-stderr';
import { certificates } from '../support/certificates';
import { shownMail } from '../support/mail-source';
import { untag } from '../support/python-value';
import { some } from '../support/some';
import { until } from '../support/until';
import { split, vectors, type Differences } from '../support/vectors';

interface EmitInput {
  readonly fromaddr: string;
  readonly toaddrs: string | readonly string[];
  readonly subject: string;
  readonly format: string | null;
  readonly credentials: unknown;
  readonly secure: unknown;
  readonly features: readonly string[];
  readonly features_tls: readonly string[] | null;
  readonly replies: Readonly<Record<string, string>> | null;
  readonly drop: string | null;
  readonly fail_auth: boolean;
  readonly records: readonly unknown[];
}

interface EmitExpected {
  readonly toaddrs: readonly string[];
  readonly sessions: readonly (readonly string[])[];
  readonly errors: readonly unknown[];
}

interface CreateInput {
  readonly args?: readonly unknown[];
}

interface CreateExpected {
  readonly value?: unknown;
  readonly error?: { readonly type: string };
  readonly SMTP_PORT?: number;
}

interface MailInput {
  readonly capacity: number;
  readonly records: number;
}

interface MailExpected {
  readonly batches_before_close: readonly number[];
  readonly batches_after_close: readonly number[];
  readonly last_line: string;
}

const AT_CONSTRUCTION = 'refused at construction; CPython connects, and loses every record';

const DIFFERENCES: Differences = {
  's03-two-records-two-connections': 'both go over one connection',
  's16-to-non-ascii-domain': 'the domain goes in its ASCII form, which every server takes',
  's21-subject-newline': AT_CONSTRUCTION,
  's25-to-newline': AT_CONSTRUCTION,
  's26-from-newline': AT_CONSTRUCTION,
  's28-to-angle-injection': 'refused at construction; CPython sends the header as it is',
  's31-body-latin1-mostly':
    'quoted-printable or base64: an 8bit text is only for servers that announce 8BITMIME',
  's46-body-equals': 'as s31',
  's49-bad-args': 'a record is formatted by util.format, for which %d of a text is NaN',
  's58-auth-non-ascii-password': 'sent in UTF-8, as RFC 4616 says; CPython fails',
  's65-secure-key-only': AT_CONSTRUCTION,
  's66-secure-missing-files': AT_CONSTRUCTION,
  's67-secure-starttls-not-offered':
    'STARTTLS is asked for all the same, and the refusal ends the connection',
  's79-drop-at-quit': 'the mail is delivered by then, so nothing is reported',
};

const CREATED = 1_700_000_000;
const PINNED_DATE = 'C: Date: Tue, 14 Nov 2023 22:13:20 +0000';

/** The lines of a session, with each header in one line: nodemailer folds at 76 characters, CPython at 78. */
function comparable(session: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const line of session) {
    const isFolded = /^C: [ \t]/.test(line);
    if (isFolded) lines.push(`${lines.pop() ?? ''}${line.slice(3)}`);
    else lines.push(pinned(line));
  }
  return lines;
}

/**
 * The date as in the vectors if it is the same moment, in whatever zone the test runs. nodemailer writes encoded words with
 * capital letters, and there is a space between two recipients.
 */
function pinned(line: string): string {
  const [, date] = /^C: Date: (.*)$/.exec(line) ?? [];
  if (date !== undefined && Date.parse(date) === CREATED * 1000) return PINNED_DATE;
  if (line.startsWith('C: To: ')) return line.replaceAll(', ', ',');
  return line.replace(/=\?UTF-8\?[QB]\?/g, (start) => start.toLowerCase());
}

function secureOf(value: unknown): Partial<SMTPHandlerOptions> {
  if (value === null) return {};
  const { ca, client } = certificates();
  const files = (untag(value) as string[]).map(
    (file) => ({ KEY: client.keyPath, CERT: client.certPath })[file] ?? file,
  );
  // CPython does not verify; here it takes an authority that is known.
  return { secure: files, tls: { ca } };
}

function optionsOf(input: EmitInput): SMTPHandlerOptions {
  return {
    fromaddr: input.fromaddr,
    toaddrs: input.toaddrs,
    subject: input.subject,
    timeout: 5,
    retryStart: 1000,
    retryMax: 1000,
    flushTimeout: 0,
    ...(input.credentials === null ? {} : { credentials: untag(input.credentials) as [string, string] }),
    ...secureOf(input.secure),
    // Python's text: nothing is escaped.
    formatter: new Formatter(input.format, { escape: false }),
  };
}

interface Outcome {
  readonly peer: ScriptedSmtp;
  readonly handler: SMTPHandler;
  readonly stderr: string;
}

/** Logs the records of a case, waits until each is delivered or has failed, and closes after a success. */
async function emit(input: EmitInput): Promise<Outcome> {
  const stderr = capturedStderr();
  const peer = await startScriptedSmtp({
    features: input.features,
    featuresTls: input.features_tls ?? input.features,
    replies: input.replies ?? {},
    drop: input.drop ?? undefined,
    failAuth: input.fail_auth,
  });
  const handler = new SMTPHandler(['127.0.0.1', peer.port], optionsOf(input));
  onTestFinished(async () => handler.close());
  for (const fields of input.records) {
    handler.handle(makeLogRecord({ ...(untag(fields) as object), created: CREATED }));
  }
  await until(() => handler.stats().queued === 0 || stderr.text.includes('delivery failed'));
  if (handler.stats().queued === 0) await handler.close();
  return { peer, handler, stderr: stderr.text };
}

describe('emit vectors', () => {
  const cases = vectors<EmitInput, EmitExpected>('smtp', 'emit');
  const { run, listed } = split(cases, DIFFERENCES);

  it.each(run)('$id', async ({ in: input, expect: expected }) => {
    const { peer, handler } = await emit(input);

    expect(peer.sessions.map(comparable)).toEqual(expected.sessions.map(comparable));
    expect(handler.toaddrs).toEqual(expected.toaddrs);
    expect(handler.stats().sent).toBe(expected.errors.length === 0 ? input.records.length : 0);
  });

  it('runs or lists every case', () => {
    expect(run.length + listed.length).toBe(cases.length);
    expect(listed.map(({ id }) => id)).toEqual(Object.keys(DIFFERENCES));
  });
});

describe('differences from CPython', () => {
  const cases = vectors<EmitInput, EmitExpected>('smtp', 'emit');
  function input(id: string): EmitInput {
    const found = cases.find((each) => each.id === id);
    if (found === undefined) throw new Error(`no case ${id}`);
    return found.in;
  }

  it('s03-two-records-two-connections: sends both over one', async () => {
    const { peer, handler } = await emit(input('s03-two-records-two-connections'));

    expect(handler.stats().sent).toBe(2);
    expect(peer.sessions.length).toBe(1);
  });

  it('s16-to-non-ascii-domain: sends it in ASCII', async () => {
    const { peer } = await emit(input('s16-to-non-ascii-domain'));

    expect(peer.sessions.flat()).toEqual(
      expect.arrayContaining([
        'C: MAIL FROM:<app@example.com>',
        'C: RCPT TO:<ops@xn--e1afmkfd.xn--p1ai>',
        'C: To: ops@xn--e1afmkfd.xn--p1ai',
      ]),
    );
  });

  it.each([
    ['s21-subject-newline', '"subject" must not contain line breaks'],
    ['s25-to-newline', '"toaddrs" must not contain line breaks'],
    ['s26-from-newline', '"fromaddr" must not contain line breaks'],
    ['s28-to-angle-injection', '"toaddrs" must hold mail addresses'],
    ['s65-secure-key-only', '"secure" must be [] or [keyfile, certfile]'],
    ['s66-secure-missing-files', '"secure" names a file that cannot be read'],
  ])('%s: is refused at construction', async (id, message) => {
    await expect(emit(input(id))).rejects.toThrow(`SMTPHandler: ${message}`);
  });

  it.each([
    ['s31-body-latin1-mostly', 'é'],
    ['s46-body-equals', 'a=b é ='],
  ])('%s: is sent in 7 bits', async (id, text) => {
    const { peer } = await emit(input(id));
    const lines = peer.sessions.flat();
    const mail = lines.slice(lines.indexOf('S: 354 send it') + 1, lines.indexOf('C: <end of data>'));

    expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/);
    expect(shownMail(mail.map((line) => line.slice(3)).join('\n')).text.trimEnd()).toBe(text);
  });

  it('s49-bad-args: writes NaN', async () => {
    const { peer } = await emit(input('s49-bad-args'));

    expect(peer.sessions.flat()).toEqual(expect.arrayContaining(['C: NaN', 'C: next']));
  });

  it('s58-auth-non-ascii-password: sends it in UTF-8', async () => {
    const { peer, handler } = await emit(input('s58-auth-non-ascii-password'));

    expect(handler.stats().sent).toBe(1);
    expect(peer.sessions.flat()).toContain(`C: AUTH PLAIN ${Buffer.from('\0user\0pä✓').toString('base64')}`);
  });

  it('s67-secure-starttls-not-offered: sends neither credentials nor mail', async () => {
    const { peer, handler } = await emit(input('s67-secure-starttls-not-offered'));

    expect(handler.stats()).toMatchObject({ sent: 0, queued: 1 });
    expect(peer.sessions.flat().filter((line) => /^C: (AUTH|MAIL)/.test(line))).toEqual([]);
  });

  it('s79-drop-at-quit: reports nothing', async () => {
    const { handler, stderr } = await emit(input('s79-drop-at-quit'));

    expect(handler.stats()).toMatchObject({ sent: 1, queued: 0 });
    expect(stderr).toBe('');
  });
});

describe('create vectors', () => {
  const cases = vectors<CreateInput, CreateExpected>('smtp', 'create');

  function create([
    mailhost,
    fromaddr,
    toaddrs,
    subject,
    credentials,
    secure,
  ]: readonly unknown[]): SMTPHandler {
    const options = { fromaddr, toaddrs, subject, credentials, secure };
    return new SMTPHandler(mailhost as string, options as SMTPHandlerOptions);
  }

  const made = cases.filter(({ expect: { value } }) => value !== undefined);
  const refused = cases.filter(({ expect: { error } }) => error !== undefined);
  const ports = cases.filter(({ expect: { SMTP_PORT } }) => SMTP_PORT !== undefined);

  it.each(made)('$id', ({ in: { args = [] }, expect: expected }) => {
    const handler = create(args.map(untag));
    // The password is not shown.
    const {
      password: _password,
      getSubject,
      ...attributes
    } = untag(expected.value) as Record<string, unknown>;
    const shown = Object.fromEntries(
      Object.keys(attributes).map((name) => [name, Reflect.get(handler, name) ?? null]),
    );

    expect(shown).toEqual(attributes);
    expect(handler.getSubject(some.record())).toBe(getSubject);
  });

  it.each(refused)('$id', ({ in: { args = [] } }) => {
    expect(() => create(args.map(untag))).toThrow(
      'SMTPHandler: "subject" must be a string without line breaks, got undefined.',
    );
  });

  it.each(ports)('$id', ({ expect: { SMTP_PORT } }) => {
    expect(create(['h', 'f', 't', 's']).describe()).toBe(`SMTPHandler h:${SMTP_PORT}`);
  });

  it('runs every case', () => {
    expect(made.length + refused.length + ports.length).toBe(cases.length);
  });
});

describe('mail vectors of the cookbook', () => {
  const cases = vectors<MailInput, MailExpected>('memory', 'mail');

  it.each(cases)('$id', async ({ in: input, expect: expected }) => {
    const peer = await startSmtpServer();
    const handler = new BufferingSMTPHandler(['127.0.0.1', peer.port], {
      fromaddr: 'app@example.com',
      toaddrs: 'ops@example.com',
      subject: 'Log',
      capacity: input.capacity,
      intervalMs: Infinity,
      maxMailsPerHour: Infinity,
      flushTimeout: 30,
      formatter: new Formatter('%(levelname)-5s %(message)s'),
    });
    onTestFinished(async () => handler.close());
    for (let at = 0; at < input.records; at++) {
      handler.handle(some.record({ message: 'Info index = %d', args: [at] }));
    }
    const batches = (): number[] => peer.mails.map((mail) => textOf(mail).split('\r\n').length);
    const count = expected.batches_before_close.reduce((sum, batch) => sum + batch, 0);

    await until(() => handler.stats().sent === count);
    expect(batches()).toEqual(expected.batches_before_close);
    await handler.close();
    expect(batches()).toEqual(expected.batches_after_close);
    expect(peer.texts.at(-1)?.split('\r\n').at(-1)).toBe(expected.last_line);
  });
});
