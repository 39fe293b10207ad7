/** dictConfig: a randomly changed configuration works, or is refused with a ConfigurationError. Nothing stays open. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { built } from './built.mjs';
import { literal, text } from './random.mjs';

const { ConfigurationError, dictConfig, loggingSettings, Manager } = built('logging');

/** Valid configurations. Their files are in the working directory, which is a temporary directory. */
const CONFIGS = [
  {
    version: 1,
    formatters: {
      line: { format: '%(asctime)s %(levelname)-8s %(name)s: %(message)s', datefmt: '%H:%M:%S', utc: true },
      braces: { format: '{levelname:<8} {message}', style: '{', defaults: { user: 'none' } },
      lines: { class: 'JsonFormatter', redact: ['password', '**.token'], maxDepth: 3 },
      pretty: { class: 'PrettyFormatter', colors: false, timeFormat: '%H:%M' },
      sys: { class: 'Rfc5424Formatter', appName: 'shop', sdId: 'shop@32473', facility: 'local0' },
    },
    filters: { orders: { name: 'shop.orders' } },
    handlers: {
      file: {
        class: 'FileHandler',
        filename: 'app.log',
        formatter: 'line',
        level: 'INFO',
        filters: ['orders'],
      },
      rotating: {
        class: 'logging.handlers.RotatingFileHandler',
        filename: 'sub/b.log',
        mkdir: true,
        maxBytes: 100,
        backupCount: 2,
      },
      timed: {
        class: 'TimedRotatingFileHandler',
        filename: 'c.log',
        when: 'midnight',
        backupCount: 1,
        formatter: 'lines',
      },
      memory: { class: 'MemoryHandler', capacity: 10, target: 'file', flushLevel: 'ERROR' },
    },
    loggers: {
      'shop.orders': { level: 'DEBUG', handlers: ['memory'], propagate: false },
      shop: { filters: ['orders'] },
    },
    root: { level: 'INFO', handlers: ['file', 'rotating', 'timed'] },
  },
  {
    version: 1,
    common: { format: '%(message)s', handler: { class: 'NullHandler', level: 'ERROR' }, list: ['a', 'b'] },
    formatters: { f: { format: 'cfg://common.format' } },
    handlers: {
      a: 'cfg://common.handler',
      b: {
        class: 'WatchedFileHandler',
        filename: 'd.log',
        formatter: 'f',
        delay: true,
        '.': { terminator: '\r\n' },
      },
      queue: {
        class: 'QueueHandler',
        queue: { '()': 'queue.Queue', maxsize: 10 },
        handlers: ['a', 'b'],
        respect_handler_level: true,
      },
    },
    root: { handlers: 'cfg://common.list' },
    disable_existing_loggers: false,
  },
  {
    version: 1,
    handlers: {
      sys: {
        class: 'SysLogHandler',
        address: ['127.0.0.1', 9],
        format: 'rfc5424',
        ident: 'shop',
        facility: 'ext://logging.handlers.SysLogHandler.LOG_LOCAL0',
      },
      socket: { class: 'SocketHandler', host: '127.0.0.1', port: 9, retryMax: 2, serializer: 'json' },
      datagram: { class: 'DatagramHandler', host: '127.0.0.1', port: 9 },
      http: { class: 'HTTPHandler', host: '127.0.0.1:9', url: '/log', method: 'POST', body: 'ndjson' },
      smtp: {
        class: 'SMTPHandler',
        mailhost: ['127.0.0.1', 9],
        fromaddr: 'a@b',
        toaddrs: ['c@d'],
        subject: 'x',
        timeout: 1,
      },
      stream: { class: 'StreamHandler', stream: 'ext://sink', level: 'WARNING' },
    },
    root: { level: 'ext://logging.DEBUG', handlers: ['sys', 'socket', 'datagram', 'http', 'smtp', 'stream'] },
  },
];
/** Configurations with these names write to the console or connect to a peer, so no records are logged with them. */
const NOT_LOGGED_TO = /StreamHandler|SysLog|Socket|Datagram|HTTP|SMTP|NTEvent|Queue/;

const VALUES = [
  null,
  true,
  false,
  0,
  1,
  -1,
  1.5,
  1e21,
  '',
  'a',
  'INFO',
  'file',
  'NullHandler',
  'FileHandler',
  'JsonFormatter',
  'cfg://handlers.file',
  'cfg://common',
  'cfg://root.handlers[0]',
  'cfg://',
  'ext://sys.stdin',
  'ext://logging.INFO',
  'ext://sink',
  [],
  {},
  ['file'],
  ['a', 1],
  { class: 'NullHandler' },
  { '()': 'JsonFormatter' },
  { '()': 'make' },
  { a: { b: ['x'] } },
];
const KEYS = [
  'class',
  '()',
  '.',
  'level',
  'handlers',
  'filters',
  'formatter',
  'version',
  'target',
  '__proto__',
  'constructor',
  'delay',
  'incremental',
  'encoding',
  'errors',
  'mode',
];

/** All objects and lists of a tree, with their keys. */
function containers(tree) {
  const found = [];
  const walk = (value) => {
    if (typeof value !== 'object' || value === null) return;
    found.push(value);
    Object.values(value).forEach(walk);
  };
  walk(tree);
  return found;
}

function set(holder, key, value) {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function mutate(config, random) {
  const holder = random.pick(containers(config));
  const key = random.pick([...Object.keys(holder), random.pick(KEYS)]);
  // The length of a list is also a key.
  if (Array.isArray(holder) && !/^\d+$/.test(key)) return;
  const kind = random.below(8);
  // Always copies: a value that is in the tree twice could otherwise contain itself.
  const own = Object.hasOwn(holder, key) ? structuredClone(holder[key]) : null;
  const other = structuredClone(random.pick(VALUES));
  if (kind === 0) delete holder[key];
  else if (kind === 1) set(holder, `${key}${random.pick(['s', '_', 'x'])}`, own);
  else if (kind === 2) set(holder, key, structuredClone(random.pick(containers(config))));
  else if (kind === 3) set(holder, key, text(random, 3).replaceAll('/', ''));
  else if (kind === 4) set(holder, key, nested(random, other));
  else set(holder, key, other);
}

function nested(random, value) {
  let deep = value;
  for (let i = random.pick([1, 3, 97, 300]); i > 0; i--) deep = random.chance(0.5) ? [deep] : { a: deep };
  return deep;
}

/** The source as JavaScript. It uses JSON.parse, which `__proto__` needs. */
const sourceOf = (config) => `JSON.parse(${literal(JSON.stringify(config))})`;

const directory = mkdtempSync(join(tmpdir(), 'hindsight-fuzz-'));
const home = process.cwd();
const sink = { write: () => true };

function open() {
  return JSON.stringify([readdirSync('/proc/self/fd').length, process.getActiveResourcesInfo().toSorted()]);
}

/** Waits until no more resources are open than before. */
async function problemOfOpen(before) {
  for (let i = 0; i < 200; i++) {
    if (open() === before) return undefined;
    await sleep(5);
  }
  return `open before: ${before}, after: ${open()}`;
}

function configure(config, manager) {
  const start = performance.now();
  try {
    dictConfig(config, { manager, externals: { sink }, factories: { make: (options) => options } });
    const loggers = ['', 'shop', 'shop.orders'].map((name) => manager.getLogger(name));
    if (!NOT_LOGGED_TO.test(JSON.stringify(config)))
      for (const logger of loggers) if (logger.hasHandlers()) logger.error('placed %s', logger.name);
    return { ms: performance.now() - start };
  } catch (error) {
    return { error, ms: performance.now() - start };
  }
}

export const dictConfigs = {
  name: 'dict-configs',

  make(random) {
    const config = structuredClone(random.pick(CONFIGS));
    for (let i = random.below(4); i >= 0; i--) mutate(config, random);
    return sourceOf(config);
  },

  async check(config) {
    process.chdir(directory);
    loggingSettings.raiseExceptions = false;
    const manager = new Manager();
    const before = open();
    const { error, ms } = configure(config, manager);
    let problem;
    if (error !== undefined) {
      const left = readdirSync('.');
      if (!(error instanceof ConfigurationError)) problem = `threw ${error.stack}`;
      else if (left.length > 0) problem = `refused, and ${left.join(', ')} is there: ${error.message}`;
    }
    dictConfig({ version: 1, root: { level: 'NOTSET', handlers: [] } }, { manager });
    problem ??= await problemOfOpen(before);
    for (const entry of readdirSync('.')) rmSync(entry, { recursive: true });
    process.chdir(home);
    return { problem, ms };
  },

  end() {
    rmSync(directory, { recursive: true, force: true });
  },
};
