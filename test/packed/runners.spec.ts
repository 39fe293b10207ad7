/** One application, started with all common runners of TypeScript and of tests. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer, nestPackages, outputOf } from './consumer';
import { NODE_PACKAGES, nodeIn, OTHER_NODES, OWN_NODE } from './nodes';

/** An application with a successful and a failing route; `ask` returns the answers and the written records. */
const SHOP = `
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { InjectLogger, LogIfErrors, LoggingModule, type Logger } from 'nestjs-hindsight';
import { getLogger } from 'nestjs-hindsight/logging';
import { CollectingHandler } from 'nestjs-hindsight/testing';

const handler = new CollectingHandler();
const log = getLogger('stock');

@Controller()
@LogIfErrors()
class Shop {
  constructor(@InjectLogger() private readonly logger: Logger) {}

  @Get('good')
  good(): string {
    this.logger.debug('of a success');
    log.info('in stock');
    return 'ok';
  }

  @Get('bad')
  bad(): string {
    this.logger.debug('reading');
    log.debug('nothing left');
    throw new Error('no stock');
  }
}

@Module({ imports: [LoggingModule.forRoot({ handlers: { handler } })], controllers: [Shop] })
class App {}

export async function ask(): Promise<string[]> {
  const app = await NestFactory.create(App, { bufferLogs: true });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const statuses = [(await fetch(url + '/good')).status, (await fetch(url + '/bad')).status];
  await app.close();
  const told = handler.records.filter(({ name }) => ['Shop', 'stock', 'ExceptionsHandler'].includes(name));
  return [String(statuses), ...told.map((record) => record.levelname + ' ' + record.getMessage())];
}
`;

const DUMP = ['200,500', 'INFO in stock', 'DEBUG reading', 'DEBUG nothing left', 'ERROR no stock'];

const MAIN = `
import { ask } from './shop.js';
void ask().then((dump) => console.log('DUMP ' + JSON.stringify(dump)));
`;

/** The globals of vitest and jest. */
const TEST = `
import { ask } from './shop.js';
declare const test: (name: string, run: () => Promise<void>) => void;
declare const expect: (value: unknown) => { toEqual(other: unknown): void };
test('dumps the failing request', async () => {
  const dump = await ask();
  console.log('DUMP ' + JSON.stringify(dump));
  expect(dump).toEqual(${JSON.stringify(DUMP)});
});
`;

const TSCONFIG = {
  compilerOptions: {
    target: 'ES2022',
    module: 'nodenext',
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    strict: true,
    skipLibCheck: true,
    types: ['node'],
    rootDir: 'src',
    outDir: 'dist',
  },
  include: ['src'],
};

const TOOLS = { '@types/node': '^20.19.0', jest: '^30.0.0', tsx: '^4.23.0', typescript: '~5.9.0' };

interface Tool {
  /** A program in node_modules. @defaultValue none: runs the compiled program */
  readonly file?: string;
  readonly flags?: readonly string[];
  readonly args: readonly string[];
}

const NODE: Tool = { args: ['dist/main.js'] };
const TSX: Tool = { file: 'tsx/dist/cli.mjs', args: ['src/main.ts'] };
const JEST: Tool = { file: 'jest/bin/jest.js', args: ['--config', 'jest.config.json'] };
const JEST_ESM: Tool = { ...JEST, flags: ['--experimental-vm-modules'] };
const vitest = (pool: string): Tool => ({ file: 'vitest/vitest.mjs', args: ['run', '--pool', pool] });

interface Runner {
  readonly title: string;
  readonly nest: 11 | 12;
  readonly type: 'module' | 'commonjs';
  readonly tool: Tool;
}

const RUNNERS: readonly Runner[] = [
  { title: 'node, ES modules', nest: 12, type: 'module', tool: NODE },
  { title: 'node, CommonJS', nest: 12, type: 'commonjs', tool: NODE },
  {
    title: 'nest start',
    nest: 12,
    type: 'module',
    tool: { file: '@nestjs/cli/bin/nest.js', args: ['start'] },
  },
  { title: 'tsx, ES modules', nest: 12, type: 'module', tool: TSX },
  { title: 'tsx, CommonJS', nest: 12, type: 'commonjs', tool: TSX },
  { title: 'jiti', nest: 12, type: 'module', tool: { file: 'jiti/lib/jiti-cli.mjs', args: ['src/main.ts'] } },
  { title: 'Jest 30, ES modules', nest: 12, type: 'module', tool: JEST_ESM },
  { title: 'vitest 4, forks', nest: 12, type: 'module', tool: vitest('forks') },
  { title: 'vitest 4, threads', nest: 12, type: 'module', tool: vitest('threads') },
  { title: 'vitest 4, vmThreads', nest: 12, type: 'module', tool: vitest('vmThreads') },
  { title: 'vitest 4, vmForks', nest: 12, type: 'module', tool: vitest('vmForks') },
  { title: 'node, CommonJS', nest: 11, type: 'commonjs', tool: NODE },
  { title: 'tsx, ES modules', nest: 11, type: 'module', tool: TSX },
  { title: 'tsx, CommonJS', nest: 11, type: 'commonjs', tool: TSX },
  { title: 'Jest 30, ES modules', nest: 11, type: 'module', tool: JEST_ESM },
  // Nest 12 has only ES modules, which Jest cannot load from CommonJS.
  { title: 'Jest 30, CommonJS', nest: 11, type: 'commonjs', tool: JEST },
];

/** Runners whose module loading depends on the version of Node. With EVERY_CELL=1 all runners run on each version. */
const ON_EACH_NODE: readonly Tool[] = [NODE, TSX, JEST_ESM];

const EVERY_CELL = process.env['EVERY_CELL'] === '1';

function runnersOn(major: number): readonly Runner[] {
  if (major === OWN_NODE || EVERY_CELL) return RUNNERS;
  return RUNNERS.filter(({ tool, nest }) => nest === 12 && ON_EACH_NODE.includes(tool));
}

/** The folder of a project. The project with ES modules has the packages. */
const FOLDERS = { module: '.', commonjs: 'commonjs' } as const;

const consumers = new Map<11 | 12, Consumer>();

async function install(major: 11 | 12, more: Readonly<Record<string, string>>): Promise<void> {
  const dependencies = { ...nestPackages(major), ...TOOLS, ...more };
  // On Node 20, vitest's VM pools cannot load a dependency of the next release of this part of Express.
  const overrides = { 'get-intrinsic': '1.2.7' };
  const consumer = await Consumer.install({ type: 'module', dependencies, overrides });
  consumers.set(major, consumer);
  consumer.write('commonjs/package.json', JSON.stringify({ name: 'shop', type: 'commonjs' }));
  for (const folder of Object.values(FOLDERS)) {
    const files = {
      'tsconfig.json': JSON.stringify(TSCONFIG),
      'nest-cli.json': JSON.stringify({ sourceRoot: 'src' }),
      'vitest.config.mjs': `export default { test: { globals: true, include: ['src/*.test.ts'] } };`,
      'jest.config.json': JSON.stringify({ transform: {}, testMatch: ['<rootDir>/dist/*.test.js'] }),
      'src/shop.ts': SHOP,
      'src/main.ts': MAIN,
      'src/shop.test.ts': TEST,
    };
    for (const [name, text] of Object.entries(files)) consumer.write(join(folder, name), text);
    await consumer.execute('node_modules/typescript/bin/tsc', '-p', folder);
  }
}

beforeAll(async () => {
  await Promise.all([
    install(12, { '@nestjs/cli': '^12.0.0', jiti: '^2.7.0', vitest: '^4.1.0', ...NODE_PACKAGES }),
    // The other versions of Node run Nest 12 only.
    install(11, EVERY_CELL ? NODE_PACKAGES : {}),
  ]);
});
afterAll(() => {
  for (const consumer of consumers.values()) consumer.remove();
});

describe.each([OWN_NODE, ...OTHER_NODES])('on Node %i', (major) => {
  it.each(runnersOn(major))(
    'an application of Nest $nest works under $title',
    async ({ nest, type, tool }) => {
      const { folder } = consumers.get(nest) as Consumer;
      const { file, flags = [], args } = tool;
      const program = file === undefined ? [] : [join(folder, 'node_modules', file)];

      const output = await outputOf([...flags, ...program, ...args], {
        cwd: join(folder, FOLDERS[type]),
        node: nodeIn(folder, major),
      });

      const dump = /DUMP (\[.*\])/.exec(output)?.[1];
      expect(dump === undefined ? output : JSON.parse(dump)).toEqual(DUMP);
      expect(output).not.toMatch(/failed|UnhandledPromise/);
    },
  );
});
