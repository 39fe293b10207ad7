/** One configuration, loaded by Python and by us: both write the same. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dictConfig, Manager, type DictConfig } from '../../lib/logging';
import { haveCommands } from '../support/real-means';
import { tempDir } from '../support/temp-dir';

const CONFIG = {
  version: 1,
  disable_existing_loggers: false,
  formatters: {
    simple: { format: '%(levelname)s:%(name)s:%(message)s' },
    braces: { format: '{levelname:>8} {name} {message}', style: '{', validate: true },
    dollars: { '()': 'logging.Formatter', fmt: '$levelno $message', style: '$' },
  },
  filters: { shop: { name: 'shop' }, all: {} },
  common: { level: 'INFO', files: ['rotating', 'memory'] },
  handlers: {
    plain: {
      class: 'logging.FileHandler',
      filename: 'plain.log',
      mode: 'w',
      encoding: 'utf-8',
      formatter: 'simple',
    },
    rotating: {
      class: 'logging.handlers.RotatingFileHandler',
      filename: 'rotating.log',
      maxBytes: 80,
      backupCount: 3,
      formatter: 'braces',
      filters: ['shop', 'all'],
    },
    daily: {
      class: 'logging.handlers.TimedRotatingFileHandler',
      filename: 'daily.log',
      when: 'midnight',
      backupCount: 2,
      utc: true,
      level: 'cfg://common.level',
      formatter: 'dollars',
    },
    watched: {
      class: 'logging.handlers.WatchedFileHandler',
      filename: 'watched.log',
      delay: true,
      level: 'ERROR',
    },
    memory: {
      class: 'logging.handlers.MemoryHandler',
      capacity: 4,
      flushLevel: 50,
      target: 'target',
      formatter: null,
    },
    target: {
      class: 'logging.FileHandler',
      filename: 'target.log',
      formatter: 'dollars',
      '.': { terminator: '|\n' },
    },
    unused: { class: 'logging.NullHandler' },
  },
  loggers: {
    shop: { level: 'DEBUG', handlers: 'cfg://common.files' },
    'shop.audit': { level: 'WARNING', propagate: false, handlers: ['plain'], filters: ['shop'] },
    noisy: { level: 'ERROR', propagate: true },
  },
  root: { level: 'INFO', handlers: ['plain', 'daily', 'watched'] },
};

/** Logger, level and text of what is logged, in order. */
const CALLS = Array.from({ length: 24 }, (_, i) => ({
  name: ['shop', 'shop.orders', 'shop.audit', 'noisy', 'other', 'shopping'][i % 6] ?? '',
  level: [10, 20, 30, 40, 50][i % 5] ?? 0,
  text: `number ${i}`,
}));

const PYTHON = `
import json, logging, logging.config, sys
given = json.load(sys.stdin)
logging.config.dictConfig(given['config'])
for call in given['calls']:
    logging.getLogger(call['name']).log(call['level'], call['text'])
logging.shutdown()
`;

function filesIn(dir: string): Readonly<Record<string, string>> {
  const names = readdirSync(dir).toSorted();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(dir, name), 'utf8')]));
}

/** The same configuration with its files in a directory, as it comes out of JSON. */
function configIn(dir: string): DictConfig {
  mkdirSync(dir);
  const text = JSON.stringify(CONFIG);
  return JSON.parse(text.replaceAll('"filename":"', `"filename":"${dir}/`)) as DictConfig;
}

describe.runIf(haveCommands('python3'))('dictConfig beside Python', () => {
  it('writes the same files with the same configuration', () => {
    const dir = tempDir();
    const [theirs, ours] = [join(dir, 'python'), join(dir, 'ours')] as const;
    const manager = new Manager();
    onTestFinished(() => dictConfig({ version: 1, root: { level: 'INFO' } }, { manager }));
    const input = JSON.stringify({ config: configIn(theirs), calls: CALLS });
    execFileSync('python3', ['-X', 'utf8', '-c', PYTHON], { input });

    dictConfig(configIn(ours), { manager });
    for (const { name, level, text } of CALLS) manager.getLogger(name).log(level, text);
    dictConfig({ version: 1, root: { level: 'INFO' } }, { manager });

    const files = filesIn(ours);
    expect(Object.keys(files)).toContain('rotating.log.3');
    expect(files).toEqual(filesIn(theirs));
  });
});
