/** Values for log calls, as JavaScript source: plain data, and objects that throw, contain themselves or imitate others. */
import { literal, text } from './random.mjs';

const LEAVES = [
  'undefined',
  'null',
  'true',
  'NaN',
  'Infinity',
  '-0',
  '1e21',
  '5',
  '1n << 70n',
  'Symbol("s\\n")',
  'function f() {}',
  '() => 1',
  'class A {}',
  'new Date(NaN)',
  'new Date(0)',
  'new Date(8.64e15)',
  '/a\\n[\\u2028]/g',
  'new Map([[{}, 1], [Symbol("k"), 2], ["\\n", 3]])',
  'new Set([1, "\\u2028"])',
  'new WeakMap()',
  'Promise.resolve(1)',
  'new Uint8Array(100)',
  'Buffer.from("x\\ny")',
  'new ArrayBuffer(3)',
  'new Float64Array([NaN, 1])',
  'new DataView(new ArrayBuffer(2))',
  'Object(1n)',
  'Object("boxed\\n")',
  'Object(Symbol("b"))',
  'new URL("http://user:pass@host/?q=1")',
  'new URLSearchParams("a=1")',
  'Object.create(null)',
  'process.stdout',
  '(() => { const a = []; a[1e6] = 1; return a; })()',
  '(() => { const a = {}; a.a = a; return a; })()',
  '(() => { const a = []; a.push(a, a); return a; })()',
  '(() => { let a = 1; for (let i = 0; i < 5000; i++) a = [a]; return a; })()',
  '(() => { let a = 1; for (let i = 0; i < 5000; i++) a = { a }; return a; })()',
  '(() => { let a = 1; for (let i = 0; i < 40; i++) a = [a, a]; return a; })()',
  '(() => { let a = new Error("0"); for (let i = 0; i < 500; i++) a = new Error("n", { cause: a }); return a; })()',
  '(() => { const e = new Error("loop"); e.cause = e; return e; })()',
  'Array.from({ length: 3000 }, (_, i) => ({ i }))',
  'Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`k${i}`, i]))',
  '({ get a() { throw new Error("getter\\n"); } })',
  '({ get a() { throw null; } })',
  '({ toJSON() { throw new Error("json"); } })',
  '({ toJSON() { return this; } })',
  '({ toJSON: () => "x\\n" })',
  '({ toString() { throw new Error("text"); } })',
  '({ toString: 1, valueOf: 2 })',
  '({ [Symbol.toPrimitive]: () => ({}) })',
  '({ [Symbol.for("nodejs.util.inspect.custom")]() { throw new Error("inspect"); } })',
  '({ [Symbol.for("nodejs.util.inspect.custom")]: () => "x\\n{}" })',
  '({ [Symbol.toStringTag]: "A\\nB" })',
  'new Proxy({}, { ownKeys() { throw new Error("keys"); } })',
  'new Proxy({}, { get() { throw new Error("get"); } })',
  'new Proxy({}, { getPrototypeOf() { throw new Error("prototype"); } })',
  '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()',
  '(() => { const { proxy, revoke } = Proxy.revocable([], {}); revoke(); return proxy; })()',
  'new (class { #a = 1; get a() { return this.#a; } })()',
  'new (class A extends Map { get size() { throw 1; } })()',
  'Object.assign(new Error("e"), { message: { toString() { throw 1; } } })',
  'Object.assign(new Error("e"), { stack: 5, name: "N\\nE" })',
  'Object.assign(new Error("e"), { name: Symbol("n"), code: Symbol("c") })',
  'Object.defineProperty(new Error("e"), "stack", { get() { throw 1; } })',
  'Object.defineProperty(new Error("e"), "message", { get() { throw 1; } })',
  'new AggregateError([1, new Error("m"), null], "all\\n")',
  'Object.setPrototypeOf(new Error("e"), null)',
  'Object.create(Error.prototype)',
];

/** Source of a value. */
export function value(random, depth = 3) {
  const kind = random.below(10);
  if (kind < 3) return literal(text(random));
  if (kind < 5 || depth === 0) return random.pick(LEAVES);
  if (kind === 5) return error(random, depth - 1);
  if (kind === 6) return `[${random.some(4, () => value(random, depth - 1)).join(', ')}]`;
  return fields(random, depth - 1);
}

/** Source of an object with hostile keys. */
export function fields(random, depth = 2) {
  const entries = random.some(4, () => {
    const key = random.chance(0.5)
      ? text(random, 3)
      : random.pick(['a', 'err', 'headers', 'level', 'time', 'message']);
    return `[${literal(key)}]: ${value(random, depth)}`;
  });
  return `{ ${entries.join(', ')} }`;
}

export function error(random, depth = 2) {
  const options = random.chance(0.3) ? `, { cause: ${value(random, depth)} }` : '';
  const made = `new ${random.pick(['Error', 'TypeError', 'RangeError'])}(${literal(text(random))}${options})`;
  return random.chance(0.4) ? `Object.assign(${made}, ${fields(random, depth)})` : made;
}

/** Source of a record: level, logger, message, arguments, and further attributes. */
export function logged(random) {
  const parts = [
    `name: ${literal(random.chance(0.7) ? 'shop.orders' : text(random))}`,
    `levelno: ${random.pick([10, 20, 30, 40, 50, 25, 0, -1])}`,
    `msg: ${random.chance(0.7) ? literal(text(random)) : value(random)}`,
    `args: [${random.some(4, () => value(random)).join(', ')}]`,
    `created: ${random.pick([1_709_194_500.123, 0, -1.5, 0.0005, 1e12, 8.64e12, 1e300, 253_402_300_800])}`,
  ];
  if (random.chance(0.4)) parts.push(`extra: ${fields(random)}`);
  if (random.chance(0.3)) parts.push(`excInfo: ${random.chance(0.7) ? error(random) : value(random)}`);
  if (random.chance(0.1)) parts.push(`levelname: ${literal(text(random))}`);
  if (random.chance(0.1)) parts.push(`stackInfo: ${literal(text(random))}`);
  if (random.chance(0.1)) parts.push(`excText: ${literal(text(random))}`);
  if (random.chance(0.1)) parts.push(`ids: ${fields(random)}`);
  if (random.chance(0.1)) parts.push(`seq: ${random.below(100)}`);
  if (random.chance(0.1))
    parts.push(`hindsight: { reason: ${literal(text(random))}, scope: "s", dropped: ${random.below(3)} }`);
  return `{ ${parts.join(', ')} }`;
}
