/** The hand-written minimum of a log file: strings joined in memory, one writeSync for each 64 KiB. */
import { closeSync, openSync, writeSync } from 'node:fs';

const PIECE = 64 * 1024;

export function batchedFile(file) {
  const fd = openSync(file, 'a');
  let piece = '';
  return {
    write(line) {
      piece += line;
      if (piece.length >= PIECE) {
        writeSync(fd, piece);
        piece = '';
      }
    },
    close() {
      writeSync(fd, piece);
      closeSync(fd);
    },
  };
}

export function directFile(file) {
  const fd = openSync(file, 'a');
  return { write: (line) => writeSync(fd, line), close: () => closeSync(fd) };
}
