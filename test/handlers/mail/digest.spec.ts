import { describe, expect, it } from 'vitest';
import { DigestTransport, MailLimit, type DigestEntry } from '../../../lib/handlers/mail/digest';
import { SendFailure, type Transport } from '../../../lib/outbox/transport';
import { ManualClock } from '../../../lib/testing';
import { some } from '../../support/some';

const HOUR = 3_600_000;
const never = new AbortController().signal;

function entries(count: number): DigestEntry[] {
  return Array.from({ length: count }, (_, at) => ({ record: some.record(), text: String(at) }));
}

function trial(): {
  readonly digests: DigestTransport;
  readonly mails: string[];
  readonly failures: Error[];
  readonly state: { sent: number; closed: number };
} {
  const [mails, failures]: [string[], Error[]] = [[], []];
  const state = { sent: 0, closed: 0 };
  const inner: Transport<Buffer> = {
    batchSize: 1,
    deliver: async (messages) => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      mails.push(...messages.map(String));
    },
    close: () => void state.closed++,
  };
  const digests = new DigestTransport({
    mails: inner,
    capacity: 2,
    compose: (all) => Buffer.from(all.map(({ text }) => text).join(',')),
    onSent: () => void state.sent++,
  });
  return { digests, mails, failures, state };
}

describe('DigestTransport', () => {
  it('makes one mail of a batch', async () => {
    const { digests, mails, state } = trial();

    await digests.deliver(entries(2), never);

    expect(mails).toEqual(['0,1']);
    expect(state.sent).toBe(1);
    expect(digests.batchSize).toBe(2);
  });

  it('takes all that waits after a failure, until a mail has no more than usual', async () => {
    const { digests, failures, state } = trial();
    failures.push(new Error('down'));

    await expect(digests.deliver(entries(2), never)).rejects.toMatchObject({ message: 'down', drop: false });
    expect(digests.batchSize).toBeGreaterThan(1_000_000);
    await digests.deliver(entries(50), never);
    expect(digests.batchSize).toBeGreaterThan(1_000_000);
    await digests.deliver(entries(1), never);

    expect(digests.batchSize).toBe(2);
    expect(state.sent).toBe(2);
  });

  it('drops all records of a mail that is refused', async () => {
    const { digests, failures, state } = trial();
    failures.push(new SendFailure('spam', { drop: true }));

    await expect(digests.deliver(entries(2), never)).rejects.toMatchObject({ drop: true, dropCount: 2 });
    expect(digests.batchSize).toBe(2);
    expect(state.sent).toBe(0);
  });

  it('takes all that waits when it is told that much waits', () => {
    const { digests } = trial();

    digests.catchUp();

    expect(digests.batchSize).toBeGreaterThan(1_000_000);
  });

  it('ends the connection of the mails', async () => {
    const { digests, state } = trial();

    await digests.close();

    expect(state.closed).toBe(1);
    expect(digests.connected).toBe(false);
  });
});

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
