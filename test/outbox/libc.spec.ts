import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { loadLibc } from '../../lib/outbox/libc';

const onLinux = process.platform === 'linux';

describe.runIf(onLinux)('loadLibc', () => {
  it('calls the C library that Node runs on, and tells the number of a failure', () => {
    const libc = loadLibc('SysLogHandler');

    const fd = libc.socket();

    expect(fd).toBeGreaterThan(2);
    expect(libc.sendBufferOf(fd)).toBeGreaterThan(1000);
    expect(libc.close(fd)).toBe(0);
    expect(libc.close(fd)).toBe(-1);
    expect(libc.errno()).toBe(constants.errno.EBADF);
    expect(libc.sendBufferOf(fd)).toBe(-1);
  });
});
