/** Null for an option is the default, as undefined is: one rule for all that takes options. */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { basicConfig } from '../../lib/config/basic-config';
import { HANDLER_ROWS } from '../../lib/config/registry';
import { getLogger } from '../../lib/core/manager';
import { Formatter, JsonFormatter, PrettyFormatter, Rfc5424Formatter } from '../../lib/formatters';
import { LogRecordSocketReceiver, NullHandler, QueueListener } from '../../lib/handlers';
import { InMemoryQueue, RedisStreamQueue } from '../../lib/queues';
import { compileScopeOptions } from '../../lib/scope/compile-options';
import { workerQueue } from '../queues/worker-entry';
import { tempDir } from '../support/temp-dir';

type Options = Readonly<Record<string, unknown>>;

interface Row {
  readonly name: string;
  readonly options: string;
  readonly make: (options: Options) => object;
  /** Without them it cannot be made. */
  readonly needed?: Options;
}

const HANDLER = 'level formatter name filters ';
const MAIL = { fromaddr: 'a@example.com', toaddrs: 'b@example.com', subject: 's' };

const NEEDED: Readonly<Record<string, Options>> = { SMTPHandler: MAIL, BufferingSMTPHandler: MAIL };

/** What a configuration gives beside the options of a handler: a queue's listener, and what cannot be without a system. */
const OF_CONFIGURATIONS = [
  'queue',
  'handlers',
  'api',
  'listener',
  'autoStart',
  'respectHandlerLevel',
  'flushBeforeAck',
  'turnMs',
];

function leading(name: string): readonly unknown[] {
  if (name.includes('File')) return [join(tempDir(), 'app.log')];
  if (name === 'StreamHandler') return [process.stderr];
  if (name === 'BufferingHandler' || name === 'MemoryHandler') return [10];
  if (name === 'SocketHandler' || name === 'DatagramHandler') return ['127.0.0.1', 9];
  if (name.includes('SMTP')) return ['127.0.0.1'];
  if (name === 'HTTPHandler') return ['127.0.0.1:9', '/log'];
  if (name === 'NTEventLogHandler') return ['app'];
  return name === 'QueueHandler' ? [new InMemoryQueue()] : [];
}

/** What shows which options an object was made with. */
function shown(made: object): Options {
  const own = Object.entries(made).filter(([, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  );
  return Object.fromEntries(
    own.filter(([name]) => !['id', 'baseFilename', 'consumer', 'rolloverAt'].includes(name)),
  );
}

const api = {
  register: () => 1,
  report: () => undefined,
  deregister: () => undefined,
  addSource: () => undefined,
};

const ROWS: readonly Row[] = [
  ...HANDLER_ROWS.map(({ type, optionNames: options }): Row => {
    const name = type.name;
    const Type = type as unknown as new (...args: unknown[]) => object;
    const needed = NEEDED[name];
    return {
      name,
      options: HANDLER + options.filter((option) => !OF_CONFIGURATIONS.includes(option)).join(' '),
      make: (given) => new Type(...leading(name), name === 'NTEventLogHandler' ? { api, ...given } : given),
      ...(needed === undefined ? {} : { needed }),
    };
  }),
  {
    name: 'Formatter',
    options: 'datefmt style validate defaults utc escape',
    make: (given) => new Formatter('%(message)s', given),
  },
  {
    name: 'JsonFormatter',
    options: 'fields base maxStringLength maxLineBytes maxDepth maxEntries redact censor',
    make: (given) => new JsonFormatter(given),
  },
  {
    name: 'PrettyFormatter',
    options: 'colors stream timeFormat utc redact censor',
    make: (given) => new PrettyFormatter(given),
  },
  {
    name: 'Rfc5424Formatter',
    options:
      'facility priorityMap appName hostname procId msgId sdId bom message escape maxStructuredDataBytes redact censor',
    make: (given) => new Rfc5424Formatter(given),
  },
  { name: 'InMemoryQueue', options: 'maxSize overflow', make: (given) => new InMemoryQueue(given) },
  {
    name: 'RedisStreamQueue',
    options:
      'url client stream maxLength group consumer batchSize claimAfter maxDeliveries untilEmpty timeout',
    make: (given) => new RedisStreamQueue(given),
  },
  {
    name: 'LogRecordSocketReceiver',
    options: 'host port udpPort path tls maxFrameBytes maxConnections idleTimeout hmacKey manager onRecord',
    make: (given) => new LogRecordSocketReceiver(given),
  },
  {
    name: 'QueueListener',
    options: 'respectHandlerLevel flushBeforeAck turnMs',
    make: (given) => new QueueListener(new InMemoryQueue(), [new NullHandler()], given),
  },
  {
    name: 'the options of scopes',
    options:
      'flushLevel capacity keepFirst totalCapacity maxRecordBytes maxDumpsPerSecond flushOn excludeStatus excludeErrors ' +
      'onDump slowMs sample force onAbort afterFlush lingerMs snapshot nested routes exclude requestId requestRecord dumpRecord',
    make: (given) => compileScopeOptions(given),
  },
];

const CASES = ROWS.flatMap(({ name, options, make, needed = {} }) =>
  options
    .split(' ')
    .filter((option) => option !== '' && !Object.hasOwn(needed, option))
    .map((option) => ({ name, option, make, needed })),
);

describe('null for an option', () => {
  it.each(CASES)('is the default: $option of $name', async ({ option, make, needed }) => {
    const made = [
      make({ ...needed }),
      make({ ...needed, [option]: undefined }),
      make({ ...needed, [option]: null }),
    ];
    onTestFinished(async () => {
      for (const one of made) await (one as { close?: () => unknown }).close?.();
    });

    const [without, ofUndefined, ofNull] = made.map(shown);

    expect(ofNull).toEqual(without);
    expect(ofUndefined).toEqual(without);
  });

  it('is the default, for all options of WorkerQueue', async () => {
    const names =
      'respectHandlerLevel flushBeforeAck maxBytes overflow waitMs flushTimeout resourceLimits module config';
    const nulls = Object.fromEntries(names.split(' ').map((name) => [name, null]));
    const handlers = { none: { class: 'NullHandler' } };

    const queue = await workerQueue({ handlers, ...nulls });

    expect(shown(queue)).toEqual(shown(await workerQueue({ handlers })));
  });

  it.each([
    'filename',
    'filemode',
    'datefmt',
    'style',
    'level',
    'stream',
    'handlers',
    'force',
    'encoding',
    'errors',
  ])('is the default: %s of basicConfig', (option) => {
    const root = getLogger();
    onTestFinished(() => {
      for (const handler of root.handlers) root.removeHandler(handler);
    });

    basicConfig({ [option]: null });

    expect(root.handlers.map(String)).toEqual(['<StreamHandler <stderr> (NOTSET)>']);
  });
});
