/** The opcodes of protocols 0 to 5 that create plain data; all others are refused. */
import { UnpicklingError } from '../../errors';
import { COST, type PickleMachine } from './pickle-machine';
import { keyOf, PickleName } from './pickle-names';
import {
  byteString,
  decimal,
  floatText,
  quotedString,
  rawUnicodeEscape,
  twosComplement,
  utf8,
} from './pickle-texts';

type Operation = (machine: PickleMachine) => void;

const HIGHEST_PROTOCOL = 5;

function pushText(machine: PickleMachine, text: string): void {
  // At most two bytes per character.
  machine.push(text, COST.text + text.length * 2);
}

/** A line costs more than a binary number, and is charged before it is read. */
function readLine(machine: PickleMachine): Buffer {
  machine.charge(COST.line);
  return machine.reader.line();
}

function pushNumber(machine: PickleMachine, value: number | bigint): void {
  machine.push(value, typeof value === 'bigint' ? COST.bigint : COST.number);
}

function pushBytes(machine: PickleMachine, length: number): void {
  const view = machine.reader.take(length);
  machine.charge(COST.bytes + view.length);
  // A copy: a view would keep the whole frame in memory.
  machine.push(Buffer.from(view));
}

function pushTuple(machine: PickleMachine, items: unknown[]): void {
  machine.push(Object.freeze(items), COST.list);
}

function tupleOf(count: number): Operation {
  return (machine) => {
    const items: unknown[] = [];
    for (let i = 0; i < count; i++) items.unshift(machine.pop());
    pushTuple(machine, items);
  };
}

function setItems(machine: PickleMachine, dict: Map<unknown, unknown>, items: readonly unknown[]): void {
  if (items.length % 2 !== 0) throw new UnpicklingError('a dict has a key without a value');
  for (let i = 0; i < items.length; i += 2)
    dict.set(keyOf(items[i], dict.size, machine.charge), items[i + 1]);
}

function add(machine: PickleMachine, set: Set<unknown>, items: readonly unknown[]): void {
  for (const item of items) set.add(keyOf(item, set.size, machine.charge));
}

function readInt(machine: PickleMachine): void {
  const line = readLine(machine);
  const truth = line.length === 2 && line[0] === 0x30 ? line[1] : undefined;
  if (truth === 0x30 || truth === 0x31) machine.push(truth === 0x31);
  else pushNumber(machine, decimal(line));
}

function readLong(machine: PickleMachine): void {
  const line = readLine(machine);
  pushNumber(machine, decimal(line.at(-1) === 0x4c ? line.subarray(0, -1) : line));
}

function index(machine: PickleMachine): number {
  const value = decimal(readLine(machine));
  if (typeof value === 'number' && value >= 0) return value;
  throw new UnpicklingError('a memo index is not one');
}

function readProtocol(machine: PickleMachine): void {
  const protocol = machine.reader.byte();
  if (protocol > HIGHEST_PROTOCOL) throw new UnpicklingError(`the protocol ${protocol} is unknown`);
}

function readFrame(machine: PickleMachine): void {
  machine.reader.length64();
}

function readGlobal(machine: PickleMachine): void {
  const module = readLine(machine).toString('latin1');
  machine.pushName(new PickleName(module, readLine(machine).toString('latin1')));
}

function readStackGlobal(machine: PickleMachine): void {
  const [attribute, module] = [machine.pop(), machine.pop()];
  if (typeof module !== 'string' || typeof attribute !== 'string')
    throw new UnpicklingError('a name is not text');
  machine.pushName(new PickleName(module, attribute));
}

function reduce(machine: PickleMachine): void {
  const args = machine.pop();
  const name = machine.popName();
  machine.charge(COST.dict);
  const value = name.reduce(args, machine.charge);
  machine.push(value, Buffer.isBuffer(value) ? value.length : 0);
}

function readDict(machine: PickleMachine): void {
  const items = machine.popMark();
  const dict = new Map<unknown, unknown>();
  setItems(machine, dict, items);
  machine.push(dict, COST.dict);
}

/** Names of opcodes that are refused, for the report; all other bytes are not opcodes. */
const REFUSED: ReadonlyMap<number, string> = new Map([
  [0x50, 'PERSID'],
  [0x51, 'BINPERSID'],
  [0x62, 'BUILD'],
  [0x69, 'INST'],
  [0x6f, 'OBJ'],
  [0x81, 'NEWOBJ'],
  [0x82, 'EXT1'],
  [0x83, 'EXT2'],
  [0x84, 'EXT4'],
  [0x92, 'NEWOBJ_EX'],
  [0x97, 'NEXT_BUFFER'],
  [0x98, 'READONLY_BUFFER'],
]);

const NUMBERS: readonly (readonly [number, Operation])[] = [
  [0x46, (m) => pushNumber(m, floatText(readLine(m)))],
  [0x47, (m) => pushNumber(m, m.reader.double())],
  [0x49, readInt],
  [0x4a, (m) => pushNumber(m, m.reader.int32())],
  [0x4b, (m) => pushNumber(m, m.reader.byte())],
  [0x4c, readLong],
  [0x4d, (m) => pushNumber(m, m.reader.uint16())],
  [0x4e, (m) => m.push(null)],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  [0x8a, (m) => pushNumber(m, twosComplement(m.reader.take(m.reader.byte())))],
  [0x8b, (m) => pushNumber(m, twosComplement(m.reader.take(m.reader.int32())))],
];

const TEXTS: readonly (readonly [number, Operation])[] = [
  [0x42, (m) => pushBytes(m, m.reader.uint32())],
  [0x43, (m) => pushBytes(m, m.reader.byte())],
  [0x53, (m) => pushText(m, quotedString(readLine(m)))],
  [0x54, (m) => pushText(m, byteString(m.reader.take(m.reader.int32())))],
  [0x55, (m) => pushText(m, byteString(m.reader.take(m.reader.byte())))],
  [0x56, (m) => pushText(m, rawUnicodeEscape(readLine(m)))],
  [0x58, (m) => pushText(m, utf8(m.reader.take(m.reader.uint32())))],
  [0x8c, (m) => pushText(m, utf8(m.reader.take(m.reader.byte())))],
  [0x8d, (m) => pushText(m, utf8(m.reader.take(m.reader.length64())))],
  [0x8e, (m) => pushBytes(m, m.reader.length64())],
  [0x96, (m) => pushBytes(m, m.reader.length64())],
];

const CONTAINERS: readonly (readonly [number, Operation])[] = [
  [0x28, (m) => m.mark()],
  [0x29, tupleOf(0)],
  [0x5d, (m) => m.push([], COST.list)],
  [0x61, append],
  [0x64, readDict],
  [0x65, appends],
  [0x6c, (m) => m.push(m.popMark(), COST.list)],
  [0x73, setItem],
  [0x74, (m) => pushTuple(m, m.popMark())],
  [0x75, setMany],
  [0x7d, (m) => m.push(new Map(), COST.dict)],
  [0x85, tupleOf(1)],
  [0x86, tupleOf(2)],
  [0x87, tupleOf(3)],
  [0x8f, (m) => m.push(new Set(), COST.dict)],
  [0x90, addItems],
  [0x91, frozenSet],
];

function append(machine: PickleMachine): void {
  const item = machine.pop();
  machine.charge(COST.slot);
  machine.list().push(item);
}

function appends(machine: PickleMachine): void {
  const items = machine.popMark();
  const list = machine.list();
  for (const item of items) list.push(item);
}

function setItem(machine: PickleMachine): void {
  const value = machine.pop();
  const key = machine.pop();
  setItems(machine, machine.dict(), [key, value]);
}

function setMany(machine: PickleMachine): void {
  const items = machine.popMark();
  setItems(machine, machine.dict(), items);
}

function addItems(machine: PickleMachine): void {
  const items = machine.popMark();
  add(machine, machine.set(), items);
}

function frozenSet(machine: PickleMachine): void {
  const set = new Set<unknown>();
  add(machine, set, machine.popMark());
  machine.push(set, COST.dict);
}

const STATE: readonly (readonly [number, Operation])[] = [
  [0x30, (m) => m.drop()],
  [0x31, (m) => void m.popMark()],
  [0x32, (m) => m.push(m.peek())],
  [0x52, reduce],
  [0x63, readGlobal],
  [0x67, (m) => m.recall(index(m))],
  [0x68, (m) => m.recall(m.reader.byte())],
  [0x6a, (m) => m.recall(m.reader.uint32())],
  [0x70, (m) => m.memoize(index(m))],
  [0x71, (m) => m.memoize(m.reader.byte())],
  [0x72, (m) => m.memoize(m.reader.uint32())],
  [0x80, readProtocol],
  [0x93, readStackGlobal],
  [0x94, (m) => m.memoizeNext()],
  [0x95, readFrame],
];

function table(): readonly (Operation | undefined)[] {
  const operations = Array.from<Operation | undefined>({ length: 256 });
  for (const [code, operation] of [...NUMBERS, ...TEXTS, ...CONTAINERS, ...STATE])
    operations[code] = operation;
  return operations;
}

const OPERATIONS = table();

/** Executes one opcode. @throws UnpicklingError if it is refused, unknown, or does not match the stack. */
export function operate(code: number, machine: PickleMachine): void {
  const operation = OPERATIONS[code];
  if (operation !== undefined) {
    operation(machine);
    return;
  }
  const name = REFUSED.get(code);
  throw new UnpicklingError(
    name === undefined ? `0x${code.toString(16)} is no opcode` : `${name} makes an object, which is refused`,
  );
}
