/** The hand-written minimum of a log file: joins strings in memory and calls writeSync for every 64 KiB. */
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
