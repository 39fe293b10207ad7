import { describe, expect, it } from 'vitest';
import { frame, unframed } from '../../../lib/handlers/syslog/framing';

const message = Buffer.from('<14>é\n\0');

describe('frame', () => {
  it('counts bytes, not characters, and leaves the message as it is', () => {
    expect(frame(message, 'octet-counted').toString()).toBe('8 <14>é\n\0');
  });

  it('ends a message with a newline, and writes those in it as rsyslog does', () => {
    expect(frame(message, 'newline').toString()).toBe('<14>é#012\0\n');
  });

  it('ends a message with a NUL, and no NUL in it can end it before', () => {
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

  it('leaves a message with framing none as it is', () => {
    expect(frame(message, 'none')).toBe(message);
  });
});
