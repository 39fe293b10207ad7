/** SMTPHandler with Exim. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { BufferingSMTPHandler } from '../../lib/handlers';
import { certificates } from '../support/certificates';
import { haveRoot } from '../support/real-means';
import { some } from '../support/some';
import { until } from '../support/until';
import { startExim } from './exim';
import { shownMail } from '../support/mail-source';
import { itMails } from './mail-server-claims';

describe.runIf(haveRoot('exim4'))('SMTPHandler with Exim', { timeout: 30_000 }, () => {
  itMails(startExim);
});

describe.runIf(haveRoot('exim4'))('BufferingSMTPHandler with Exim', { timeout: 30_000 }, () => {
  it('mails many records at once', async () => {
    const server = await startExim();
    const handler = new BufferingSMTPHandler(['localhost', server.starttls], {
      fromaddr: 'app@example.test',
      toaddrs: 'ops@example.test',
      subject: 'Ошибки',
      credentials: ['u', 'p'],
      secure: { ca: certificates().ca },
      capacity: 50,
    });
    onTestFinished(async () => handler.close());

    for (let at = 0; at < 120; at++) handler.handle(some.record({ message: `record ${at}` }));
    await handler.close();
    await until(() => server.mails.length === 3);

    const lines = server.mails.map((mail) => shownMail(mail.source).text.trimEnd().split('\n'));
    expect(lines.map((each) => each.length).toSorted((a, b) => a - b)).toEqual([20, 50, 50]);
    expect(new Set(lines.flat()).size).toBe(120);
    expect(server.mails[0]?.source).toMatch(/with esmtpsa\s+\(TLS1.3\)/);
  });
});
