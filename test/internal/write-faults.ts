/** Faults of write(2) that no real disk produces on demand: short writes followed by an errno. */
import type * as fileSystem from 'node:fs';

/** What the next calls of writeSync do: take so many bytes, or fail with a code; 'ok' and afterwards: all. */
export const faults: (number | string)[] = [];

/** The module with a writeSync that obeys `faults`, for `vi.mock('node:fs')`. */
export function withWriteFaults(fs: typeof fileSystem): typeof fileSystem {
  return {
    ...fs,
    writeSync(fd: number, data: string | NodeJS.ArrayBufferView): number {
      const fault = faults.shift() ?? 'ok';
      if (fault === 'ok') return fs.writeSync(fd, data as string);
      if (typeof fault === 'number') return fs.writeSync(fd, Buffer.from(data as string).subarray(0, fault));
      throw Object.assign(new Error(`${fault}: forced`), { code: fault });
    },
  };
}
