import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import {
  cutMessage,
  frame,
  messageHead,
  Rfc3164Header,
  rfc3164Time,
  unframed,
} from '../../../lib/handlers/syslog/syslog-message';
import { some } from '../../support/some';

const record = some.record({ created: new Date(2024, 1, 29, 8, 15).getTime() / 1000 });
const OPTIONS = { ident: 'shop[42]: ', hostname: undefined, isUnix: false } as const;

describe('messageHead', () => {
  it('is priority and ident in the format of Python', () => {
    expect(messageHead({ ...OPTIONS, format: 'python' })(record, 14, 1000)).toBe('<14>shop[42]: ');
  });

  it('reads program and process from ident in the RFC formats', () => {
    expect(messageHead({ ...OPTIONS, format: 'rfc3164' })(record, 14, 1000)).toBe(
      `<14>Feb 29 08:15:00 ${hostname()} shop[42]: `,
    );
    expect(messageHead({ ...OPTIONS, format: 'rfc5424' })(record, 14, 1000)).toContain(
      ` ${hostname()} shop 42 shop.orders - `,
    );
  });

  it('omits the host on a Unix socket, unless it is given', () => {
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

  it('is the current time for an invalid time', () => {
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

  it('omits the host if there is none', () => {
    expect(new Rfc3164Header({ appName: 'shop', procId: '42' }).text(created, 14)).toBe(
      '<14>Feb 29 08:15:00 shop[42]: ',
    );
  });

  it('makes a tag from any name', () => {
    expect(new Rfc3164Header({ appName: 'my shop[1]: é', procId: 'a b' }).text(created, 14)).toBe(
      '<14>Feb 29 08:15:00 my_shop_1____[a_b]: ',
    );
  });
});

describe('cutMessage', () => {
  it('leaves a message of exactly the limit as it is', () => {
    const message = Buffer.from('x'.repeat(64));

    expect(cutMessage(message, 64)).toBe(message);
  });

  it('appends how many bytes are missing', () => {
    expect(cutMessage(Buffer.from('x'.repeat(65)), 64).toString()).toBe(
      `${'x'.repeat(46)}[... 19 bytes cut]`,
    );
  });

  it.each(['é', '你', '😀'])('never cuts through %s', (character) => {
    const message = Buffer.from(character.repeat(100));
    for (let limit = 40; limit < 90; limit++) {
      const cut = cutMessage(message, limit);
      const [, kept = '', missing = ''] = /^(.*)\[\.\.\. (\d+) bytes cut\]$/u.exec(cut.toString()) ?? [];

      expect(cut.length).toBeLessThanOrEqual(limit);
      expect(kept).toBe(character.repeat([...kept].length));
      expect(Buffer.byteLength(kept) + Number(missing)).toBe(message.length);
    }
  });

  it('keeps the NUL that ends the message', () => {
    expect(cutMessage(Buffer.from(`${'x'.repeat(100)}\0`), 64).toString()).toBe(
      `${'x'.repeat(44)}[... 56 bytes cut]\0`,
    );
  });
});

const message = Buffer.from('<14>é\n\0');

describe('frame', () => {
  it('counts bytes, not characters, and does not change the message', () => {
    expect(frame(message, 'octet-counted').toString()).toBe('8 <14>é\n\0');
  });

  it('ends a message with a newline, and writes those in it as rsyslog does', () => {
    expect(frame(message, 'newline').toString()).toBe('<14>é#012\0\n');
  });

  it('ends a message with a NUL, and replaces NULs in it', () => {
    expect(frame(message, 'nul').toString()).toBe('<14>é\n#000\0');
  });

  it('frames an empty message', () => {
    expect(frame(Buffer.alloc(0), 'octet-counted').toString()).toBe('0 ');
  });
});

describe('unframed', () => {
  it.each([
    ['<14>a', '<14>a'],
    ['<14>a\0', '<14>a\0'],
    ['<14>a\n<0>forged\0', '<14>a#012<0>forged\0'],
    ['<14>a\0<0>forged\n\0', '<14>a#000<0>forged#012\0'],
    ['<14>é\n', '<14>é#012'],
    ['', ''],
  ])('sends %j as %j: one message', (text, sent) => {
    expect(unframed(Buffer.from(text)).toString()).toBe(sent);
  });

  it('does not change a message with framing none', () => {
    expect(frame(message, 'none')).toBe(message);
  });
});
