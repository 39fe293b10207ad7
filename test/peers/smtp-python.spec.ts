/** The mails of SMTPHandler beside those of the real CPython, field by field. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { SMTPHandler } from '../../lib/handlers';
import { shownMail } from '../support/mail-source';
import { haveCommands } from '../support/real-means';
import { some } from '../support/some';
import { runPython } from './python';
import { startSmtpServer, type ReceivedMail } from './smtp-server';

interface Case {
  readonly fromaddr: string;
  readonly toaddrs: string | readonly string[];
  readonly subject: string;
  readonly message: string;
}

const PROGRAM = `
import json, logging, logging.handlers, sys
case = json.load(sys.stdin)
handler = logging.handlers.SMTPHandler(
    ('127.0.0.1', int(sys.argv[1])), case['fromaddr'], case['toaddrs'], case['subject'], timeout=20)
handler.handle(logging.makeLogRecord({'name': 'shop', 'levelno': 40, 'levelname': 'ERROR', 'msg': case['message']}))
`;

const BASE: Case = {
  fromaddr: 'app@example.com',
  toaddrs: ['ops@example.com'],
  subject: 'Log',
  message: 'Hello',
};

const CASES: readonly (readonly [string, Partial<Case>])[] = [
  ['plain text', {}],
  ['several lines', { message: 'one\n.two\n\n  three  \r\nFrom four\n' }],
  ['no text', { message: '' }],
  ['several recipients', { toaddrs: ['a@example.com', 'B <b@example.com>', 'c@example.com'] }],
  ['recipients in one text', { toaddrs: 'a@example.com,b@example.com' }],
  ['a name', { fromaddr: 'My App <app@example.com>' }],
  ['a name in quotes', { fromaddr: '"Smith, J." <app@example.com>' }],
  ['a name beyond ASCII', { fromaddr: 'Приложение <app@example.com>' }],
  ['a subject beyond ASCII', { subject: 'Ошибка в сервисе ✓' }],
  ['a subject of which a word is beyond ASCII', { subject: 'order é refused' }],
  ['a long subject', { subject: 'word '.repeat(40) }],
  ['a long line', { message: `at ${'/srv/app/node_modules/package'.repeat(10)} = 5` }],
  ['a long line beyond ASCII', { message: 'ж'.repeat(200) }],
  [
    'a stack',
    { message: `Error: failed\n${'    at run (/srv/app/dist/orders/orders.service.js:10:11)\n'.repeat(30)}` },
  ],
  ['a long stack line', { message: `Error: é\n    at run (${'/srv/app/dist'.repeat(9)}:10:11)\n` }],
];

/** All that must be the same: not the time, nor where lines are broken. */
function comparable({ source, ...mail }: ReceivedMail): unknown {
  const { headers, text } = shownMail(source);
  return {
    ...mail,
    headers: { ...headers, date: '', to: headers['to']?.replaceAll(', ', ',') },
    text,
  };
}

describe.runIf(haveCommands('python3'))('SMTPHandler beside CPython', { timeout: 30_000 }, () => {
  it.each(CASES)('mails what CPython mails for %s', async (_what, fields) => {
    const peer = await startSmtpServer();
    const { message, ...options } = { ...BASE, ...fields };
    const handler = new SMTPHandler(['127.0.0.1', peer.port], options);
    onTestFinished(async () => handler.close());

    await runPython(PROGRAM, { args: [peer.port], input: JSON.stringify({ ...options, message }) });
    handler.handle(some.record({ message }));
    await handler.flush();

    const [theirs, ours] = peer.mails.map(comparable);
    expect(peer.mails.length).toBe(2);
    expect(ours).toEqual(theirs);
  });

  it('says the time in the same form', async () => {
    const peer = await startSmtpServer();
    const { message: _message, ...options } = BASE;
    const handler = new SMTPHandler(['127.0.0.1', peer.port], options);
    onTestFinished(async () => handler.close());

    await runPython(PROGRAM, { args: [peer.port], input: JSON.stringify(BASE) });
    handler.handle(some.record());
    await handler.flush();

    const dates = peer.mails.map(({ source }) => /^Date: (.*)\r$/m.exec(source)?.[1] ?? '');
    expect(dates.map((date) => date.replace(/\d/g, '0').replace(/[A-Z][a-z]{2}/g, 'Xxx'))).toEqual(
      Array.from({ length: 2 }, () => `Xxx, 00 Xxx 0000 00:00:00 ${dates[0]?.at(-5)}0000`),
    );
    expect(Math.abs(Date.parse(dates[0] ?? '') - Date.parse(dates[1] ?? ''))).toBeLessThan(60_000);
  });
});
