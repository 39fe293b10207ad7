import { describe, expect, it } from 'vitest';
import { runChild } from '../support/child';

const PROGRAM = `
const { keepConsoleOrder } = lib('internal/console-order');
const { holdBack, endHoldingBack, writeToDescriptor } = lib('internal/stdio');
const { channel } = require('node:diagnostics_channel');
keepConsoleOrder();
keepConsoleOrder();
const heldBack = (fd, text) => {
  const write = () => { endHoldingBack(fd, write); writeToDescriptor(fd, text); };
  holdBack(fd, write);
};
heldBack(1, 'held back\\n');
heldBack(2, 'held back too\\n');
`;

describe('keepConsoleOrder', () => {
  it('has what is held back written when Node tells of a line of console, once', async () => {
    const { stdout, stderr } = await runChild(`${PROGRAM}
      for (const name of ['log', 'log', 'error']) channel('console.' + name).publish(['line']);`);

    expect({ stdout, stderr }).toEqual({ stdout: 'held back\n', stderr: 'held back too\n' });
  });

  it('leaves the other stream as it is', async () => {
    const { stdout, stderr } = await runChild(`${PROGRAM}channel('console.warn').publish(['line']);`);

    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: 'held back too\n' });
  });
});
