/** A process must end in the same way with and without the package, on each Node, with Nest and Express, and must have written its dumps. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from './consumer';
import { CASES, type CrashCase, type Framework } from './crash-cases';
import { HAS_OTHERS, nodeIn, OTHER_NODES, OWN_NODE } from './nodes';
import { runToEnd, type Ending } from './service-process';

/** Each Node with Nest 12 and Express, and the Node of the tests also with Nest 11. */
const CELLS = [
  ...[OWN_NODE, ...OTHER_NODES].flatMap((node) => [
    { node, nest: 12, framework: 'express', title: 'Express' } as const,
    { node, nest: 12, framework: 'nest', title: 'Nest 12' } as const,
  ]),
  { node: OWN_NODE, nest: 11, framework: 'nest', title: 'Nest 11' } as const,
];

const consumers = new Map<11 | 12, Consumer>();

beforeAll(async () => {
  await Promise.all(
    ([11, 12] as const).map(async (major) => {
      const consumer = await Consumer.application(major);
      consumer.copy(join(__dirname, 'crashes'));
      consumers.set(major, consumer);
    }),
  );
});
afterAll(() => {
  for (const consumer of consumers.values()) consumer.remove();
});

const JOB_NAMES = { express: 'call', nest: 'Jobs.nightly' } as const;

interface Cell {
  readonly node: number;
  readonly framework: Framework;
  readonly nest: 11 | 12;
}

async function run(
  { node, framework, nest }: Cell,
  testCase: CrashCase,
  hasPackage: boolean,
): Promise<Ending> {
  const folder = consumers.get(nest)?.folder ?? '';
  const { requests, next = [], own = [], flags = [], setup } = testCase;
  return runToEnd({
    folder,
    node: nodeIn(folder, node),
    flags,
    setup: { framework, hasPackage, own, target: 'file', ...setup },
    steps: [...requests.map((request) => ({ request })), ...next],
  });
}

/** The endings without the package. They do not depend on the options of the package, so that cases share them. */
const controls = new Map<string, Promise<Ending>>();

async function controlOf(cell: Cell, testCase: CrashCase): Promise<Ending> {
  const { requests, next, own, flags, setup: all = {} } = testCase;
  const { target: _target, scope: _scope, predicate: _predicate, ...setup } = all;
  const { node, framework, nest } = cell;
  const key = JSON.stringify([node, framework, nest, requests, next, own, flags, setup]);
  const control = controls.get(key) ?? run(cell, { ...testCase, setup }, false);
  controls.set(key, control);
  return control;
}

/**
 * The cases of a cell. All run on the Node of the tests, and each of the other versions has its share of those that depend on
 * the version. With EVERY_CELL=1 all cases run in every cell, which takes minutes.
 */
function casesOf({ node, framework, nest }: Cell): readonly CrashCase[] {
  const all: readonly CrashCase[] = CASES[framework];
  if (process.env['EVERY_CELL'] === '1') return all;
  if (node === OWN_NODE && nest === 12) return all.filter(({ isVariant }) => isVariant !== true);
  const onEach = all.filter((testCase) => testCase.onEach === 'both' || testCase.onEach === framework);
  if (node === OWN_NODE) return onEach;
  const share = OTHER_NODES.indexOf(node);
  return onEach.filter(
    ({ writtenBefore24 }, index) => writtenBefore24 !== undefined || index % OTHER_NODES.length === share,
  );
}

function expectedIn({ node, framework, nest }: Cell, testCase: CrashCase): readonly string[] {
  const { written, writtenBefore24 = written, writtenOn11 } = testCase;
  const onNode = node < 24 ? writtenBefore24 : written;
  const lines = nest === 11 ? (writtenOn11 ?? onNode) : onNode;
  return lines.map((line) => line.replace('JOB', JOB_NAMES[framework]));
}

/** How much longer than without the package a process may take to end, in ms: less than any time limit of the package. */
const NO_DELAY_MS = 1500;

describe.each(CELLS)('Node $node with $title, when there is', (cell) => {
  it.each(casesOf(cell))('$title', async (testCase) => {
    const [ending, control] = await Promise.all([run(cell, testCase, true), controlOf(cell, testCase)]);

    expect(ending.written).toEqual(expectedIn(cell, testCase));
    const end = cell.nest === 11 ? (testCase.endOn11 ?? testCase.end) : testCase.end;
    expect(control.end).toBe(end);
    expect(ending.end).toBe(end);
    expect(ending.said).toEqual(control.said);
    expect(ending.stderr).toBe(control.stderr);
    expect(ending.tookMs).toBeLessThan(control.tookMs + NO_DELAY_MS);
  });
});

describe.runIf(HAS_OTHERS)('the other versions of Node', () => {
  it('run, too', () => {
    expect(new Set(CELLS.map(({ node }) => node)).size).toBeGreaterThanOrEqual(3);
  });
});
