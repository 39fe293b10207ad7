import { describe, expect, it } from 'vitest';
import { counted, Outage, type DeliveryTotals } from '../../lib/outbox/outage';

const totals = (some: Partial<DeliveryTotals> = {}): DeliveryTotals => ({
  queued: 0,
  queuedBytes: 0,
  sent: 0,
  dropped: 0,
  retried: 0,
  unconfirmed: 0,
  ...some,
});

function watched(): { outage: Outage; told: string[] } {
  const told: string[] = [];
  const outage = new Outage({
    report: (what, error) => void told.push(`! ${what}${error === undefined ? '' : `: ${String(error)}`}`),
    recovered: (what) => void told.push(`= ${what.replace(/\d+\.\d s/, 'N s')}`),
  });
  return { outage, told };
}

describe('Outage', () => {
  it('is reported once when it begins, with the first error', () => {
    const { outage, told } = watched();

    outage.failed(new Error('first'), totals({ queued: 2 }), 2);
    outage.failed(new Error('second'), totals({ queued: 3 }), 3);

    expect(told).toEqual(['! delivery failed, 2 records wait: Error: first']);
    expect(outage.isOn).toBe(true);
  });

  it('is over when everything that waited at the last failure is delivered or dropped', () => {
    const { outage, told } = watched();
    outage.failed(new Error('down'), totals({ queued: 3, sent: 10 }), 13);

    outage.progressed(12, () => totals({ sent: 12 }));
    expect(told).toHaveLength(1);
    outage.progressed(13, () => totals({ sent: 13 }));

    expect(told[1]).toBe('= delivering again after N s: 3 records delivered, 0 dropped (0 since the start)');
    expect(outage.isOn).toBe(false);
  });

  it('counts records that were dropped, sent again and perhaps lost', () => {
    const { outage, told } = watched();
    outage.failed(new Error('down'), totals({ queued: 1, dropped: 5, retried: 1, unconfirmed: 1 }), 1);

    outage.progressed(1, () => totals({ sent: 1, dropped: 7, retried: 4, unconfirmed: 3 }));

    expect(told[1]).toBe(
      '= delivering again after N s: 1 record delivered, 3 sent again, 2 perhaps lost with their connection, ' +
        '2 dropped (7 since the start)',
    );
  });

  it('reports once that the queue is full, before or after a delivery fails', () => {
    const { outage, told } = watched();
    const full = totals({ queued: 5, queuedBytes: 50 });

    outage.overflowed(() => full, 5, 'the oldest are');
    outage.overflowed(() => full, 6, 'the oldest are');
    outage.failed(new Error('down'), totals({ queued: 5, dropped: 2 }), 7);

    expect(told).toEqual([
      '! the queue is full (5 records, 50 bytes), the oldest are dropped until there is room',
      '! delivery failed, 5 records wait and 2 were dropped: Error: down',
    ]);
  });

  it('begins again after forget()', () => {
    const { outage, told } = watched();
    outage.failed(new Error('down'), totals({ queued: 1 }), 1);

    outage.forget();
    outage.progressed(1, () => totals());
    outage.failed(new Error('down'), totals({ queued: 1 }), 2);

    expect(told).toHaveLength(2);
  });
});

describe('counted', () => {
  it('uses the singular', () => {
    expect([counted(0), counted(1), counted(2)]).toEqual(['0 records', '1 record', '2 records']);
  });
});
