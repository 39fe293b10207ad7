import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { messageHead } from '../../../lib/handlers/syslog/message-head';
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
