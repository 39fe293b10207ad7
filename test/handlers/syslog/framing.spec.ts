import { describe, expect, it } from 'vitest';
import { frame } from '../../../lib/handlers/syslog/framing';

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
