import { describe, expect, it } from 'vitest';
import { MailLimit } from '../../../lib/handlers/smtp/mail-limit';
import { ManualClock } from '../../../lib/testing';

const HOUR = 3_600_000;

function limit(perHour: number): { readonly clock: ManualClock; readonly mails: MailLimit } {
  const clock = new ManualClock(10 * HOUR);
  return { clock, mails: new MailLimit(perHour, clock) };
}

describe('MailLimit', () => {
  it('lets as many mails go at once as it allows in an hour', () => {
    const { mails } = limit(2);
    mails.count();

    expect(mails.waitMs).toBe(0);
    mails.count();
    expect(mails.waitMs).toBe(HOUR);
  });

  it('lets one go when the oldest is an hour old', () => {
    const { clock, mails } = limit(2);
    mails.count();
    clock.advance(600);
    mails.count();
    clock.advance(HOUR - 601);

    expect(mails.waitMs).toBe(1);
    clock.advance(1);
    expect(mails.waitMs).toBe(0);
    mails.count();
    expect(mails.waitMs).toBe(600);
  });

  it('counts mails that are sent beyond it', () => {
    const { clock, mails } = limit(1);
    mails.count();
    clock.advance(10);
    mails.count();

    expect(mails.waitMs).toBe(HOUR);
  });

  it('has no limit at Infinity', () => {
    const { mails } = limit(Infinity);
    for (let at = 0; at < 1000; at++) mails.count();

    expect(mails.waitMs).toBe(0);
  });
});
