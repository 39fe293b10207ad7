import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { messageHead, Rfc3164Header, rfc3164Time } from '../../../lib/handlers/syslog/message-head';
import { some } from '../../support/some';

const record = some.record({ created: new Date(2024, 1, 29, 8, 15).getTime() / 1000 });
const OPTIONS = { ident: 'shop[42]: ', hostname: undefined, isUnix: false } as const;

describe('messageHead', () => {
  it('is priority and ident in the format of Python', () => {
    expect(messageHead({ ...OPTIONS, format: 'python' })(record, 14, 1000)).toBe('<14>shop[42]: ');
  });

  it('takes program and process from ident in the RFC formats', () => {
    expect(messageHead({ ...OPTIONS, format: 'rfc3164' })(record, 14, 1000)).toBe(
      `<14>Feb 29 08:15:00 ${hostname()} shop[42]: `,
    );
    expect(messageHead({ ...OPTIONS, format: 'rfc5424' })(record, 14, 1000)).toContain(
      ` ${hostname()} shop 42 shop.orders - `,
    );
  });

  it('leaves the host out on a Unix socket, unless it is given', () => {
    const unix = { ...OPTIONS, format: 'rfc3164', isUnix: true } as const;

    expect(messageHead(unix)(record, 14, 1000)).toBe('<14>Feb 29 08:15:00 shop[42]: ');
    expect(messageHead({ ...unix, hostname: 'web-1' })(record, 14, 1000)).toBe(
      '<14>Feb 29 08:15:00 web-1 shop[42]: ',
    );
  });
});

function epochOf(...parts: readonly [number, number, number, number, number, number]): number {
  return new Date(...parts).getTime() / 1000;
}

describe('rfc3164Time', () => {
  it('pads the day with a space and the clock with zeros, in local time', () => {
    expect(rfc3164Time(epochOf(2024, 10, 5, 8, 1, 7))).toBe('Nov  5 08:01:07');
    expect(rfc3164Time(epochOf(2024, 1, 29, 23, 59, 59))).toBe('Feb 29 23:59:59');
  });

  it('is now for a time that is none', () => {
    expect(rfc3164Time(Number.NaN)).toMatch(/^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d$/);
  });
});

describe('Rfc3164Header', () => {
  const created = epochOf(2024, 1, 29, 8, 15, 0) + 0.999;

  it('names host, program and process', () => {
    const header = new Rfc3164Header({ appName: 'shop', procId: '42', hostname: 'web-1' });

    expect(header.text(created, 14)).toBe('<14>Feb 29 08:15:00 web-1 shop[42]: ');
    expect(header.text(created + 1, 11)).toBe('<11>Feb 29 08:15:01 web-1 shop[42]: ');
  });

  it('leaves the host out when it has none', () => {
    expect(new Rfc3164Header({ appName: 'shop', procId: '42' }).text(created, 14)).toBe(
      '<14>Feb 29 08:15:00 shop[42]: ',
    );
  });

  it('makes a tag of any name', () => {
    expect(new Rfc3164Header({ appName: 'my shop[1]: é', procId: 'a b' }).text(created, 14)).toBe(
      '<14>Feb 29 08:15:00 my_shop_1____[a_b]: ',
    );
  });
});
