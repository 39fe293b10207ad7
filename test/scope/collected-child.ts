/** Programs in a process of their own that can collect garbage. */
import { expect } from 'vitest';
import { runChild } from '../support/child';

/** A tree whose target keeps nothing, and a way to collect garbage. */
const CHILD = `
require('node:v8').setFlagsFromString('--expose-gc');
const gc = require('node:vm').runInNewContext('gc');
const { Manager, HindsightHandler, runInScope, currentScope, Handler, stats } = lib('logging');
class Nowhere extends Handler { emit() {} }
const manager = new Manager();
manager.root.setLevel('DEBUG');
manager.root.addHandler(new HindsightHandler(new Nowhere()));
const log = manager.getLogger('shop');
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function collect() { for (let i = 0; i < 5; i++) { await wait(1); gc(); } }
/** With garbage collected in between; the outcome is compared afterwards, also when it did not come true. */
async function until(condition) { for (let i = 0; i < 2000 && !condition(); i++) { await wait(5); gc(); } }
const alive = (refs) => refs.filter((ref) => ref.deref() !== undefined).length;
const say = (value) => console.log(JSON.stringify(value));
`;

/** Runs the body of an async function and returns what it hands to `say()`. */
export async function inChild(program: string): Promise<unknown> {
  const { stdout, stderr } = await runChild(`${CHILD}(async () => {${program}})();`);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}
