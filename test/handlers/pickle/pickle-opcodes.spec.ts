import { describe, expect, it } from 'vitest';
import { PickleMachine } from '../../../lib/handlers/pickle/pickle-machine';
import { operate } from '../../../lib/handlers/pickle/pickle-opcodes';

describe('operate', () => {
  it('leaves its value on the stack', () => {
    const machine = new PickleMachine(Buffer.from([0x2a]));
    operate(0x4b, machine);

    expect(machine.pop()).toBe(42);
  });

  it.each([
    [0x62, 'BUILD'],
    [0x69, 'INST'],
    [0x6f, 'OBJ'],
    [0x81, 'NEWOBJ'],
    [0x92, 'NEWOBJ_EX'],
    [0x50, 'PERSID'],
    [0x82, 'EXT1'],
    [0x97, 'NEXT_BUFFER'],
  ])('refuses 0x%x by its name', (code, name) => {
    expect(() => operate(code, new PickleMachine(Buffer.alloc(9)))).toThrow(`${name} makes an object`);
  });

  it('refuses a byte that is no opcode', () => {
    expect(() => operate(0xff, new PickleMachine(Buffer.alloc(0)))).toThrow('0xff is no opcode');
  });
});
