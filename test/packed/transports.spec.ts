/** Messages, events and GraphQL operations over real transports: one table of what is written, for each of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listedMethods } from '../docs/changes-in-nest';
import { freeTcpPort } from '../peers/daemon';
import { Mosquitto } from '../peers/mosquitto';
import { NatsServer } from '../peers/nats-server';
import { RabbitMqServer } from '../peers/rabbitmq-server';
import { RedisServer } from '../peers/redis-server';
import { haveCommands } from '../support/real-means';
import { Consumer, nestPackages, type ConsumerOptions } from './consumer';

const FAILED = ['DEBUG reading', 'ERROR !no stock'];
const REFUSED: readonly string[] = [];
/** The options of a decorator hold one record. */
const LAST_ONLY = ['DEBUG 2 records are missing here: the scope was full', 'DEBUG three', 'ERROR !no stock'];

/** Of a record that tells of an Error, `!` and its message, whoever logged it: Nest or the scope. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  succeeds: [],
  streams: [],
  throws: FAILED,
  rejects: FAILED,
  throwsText: FAILED,
  observableFails: FAILED,
  throwsBehindInterceptor: ['DEBUG before', ...FAILED],
  timesOut: ['DEBUG reading', 'ERROR !Timeout has occurred'],
  retries: ['DEBUG reading', 'DEBUG reading', ...FAILED],
  retriesAndSucceeds: [],
  interceptorThrows: FAILED,
  guardThrows: FAILED,
  guardRefuses: REFUSED,
  pipeThrows: FAILED,
  pipeRefuses: REFUSED,
  notFound: REFUSED,
  unavailable: ['DEBUG reading', 'ERROR !try later'],
  refuses: REFUSED,
  refusesFor503: ['DEBUG reading', 'ERROR !try later'],
  filterAnswers: ['DEBUG reading', 'ERROR !odd one'],
  logsAnError: ['DEBUG reading', 'ERROR cannot reach the stock', 'DEBUG afterwards'],
  keptApart: ['ERROR !no stock'],
  ownOptions: LAST_ONLY,
  classOwnOptions: LAST_ONLY,
  classKeptApart: ['ERROR !no stock'],
};

/** Its pattern is excluded: Nest logs the Error, and there is no scope. */
const EXCLUDED = { 'health.check': ['ERROR !no stock'] };

/** What is answered is found to be no JSON when the scope is settled: Nest 12 reports it, Nest 11 leaves it to the process. */
const UNSENDABLE = {
  'cannot be sent': ['DEBUG reading', 'ERROR !Do not know how to serialize a BigInt'],
};

const RPC = {
  ...TABLE,
  ...EXCLUDED,
  ...UNSENDABLE,
  'event throws': FAILED,
  'event rejects': FAILED,
  'event succeeds': [],
  'event observableFails': FAILED,
  'event guardThrows': FAILED,
  'event cannotBeMade': FAILED,
  'scoped cannotBeMade': FAILED,
  'scoped throws': FAILED,
  'scoped succeeds': [],
  'with ids': FAILED,
};

const BESIDE_HTTP = {
  ...RPC,
  'over HTTP': ['DEBUG reading over HTTP', 'ERROR !no stock'],
  // Two scopes: the message's, and the request's.
  'asks itself': [...FAILED, 'DEBUG asking itself', 'ERROR !no answer'],
};

const GRPC = {
  ...TABLE,
  scopedThrows: FAILED,
  scopedSucceeds: [],
  scopedCannotBeMade: FAILED,
  streamIsCut: FAILED,
  'with ids': FAILED,
};

const GATEWAY = {
  ...TABLE,
  ...EXCLUDED,
  ...UNSENDABLE,
  'afterInit throws': FAILED,
  'a connection throws': FAILED,
  'a connection rejects': FAILED,
  'a disconnection throws': FAILED,
  'a life succeeds': [],
};

/** From Nest 12 on a gateway can be made for each connection. */
const SCOPED_GATEWAY = {
  'a connection cannot be made': FAILED,
  'scoped cannotBeMade': FAILED,
};

const NO_PRICE = ['DEBUG reading the price', 'ERROR !no price'];
const NO_EVENT = 'ERROR !Cannot return null for non-nullable field Subscription.isNull.';

const GRAPHQL = {
  ...TABLE,
  // Nest reports each GraphQLError that was thrown; this one is no trigger.
  refuses: ['WARNING !not yours'],
  'a field succeeds': [],
  'a field throws': ['DEBUG reading the price', 'ERROR !no price'],
  'a field is not found': REFUSED,
  'a field is not found, another throws': ['DEBUG reading the price', 'ERROR !no price'],
  'a field is null': ['DEBUG nobody owns it', 'ERROR !Cannot return null for non-nullable field Item.owner.'],
  'a field cannot be written': ['ERROR !Int cannot represent non-integer value: "not a number"'],
  'a mutation succeeds': [],
  'a mutation throws': FAILED,
  'a mutation is not found': REFUSED,
  'a syntax error': REFUSED,
  'an unknown field': REFUSED,
  'a query over WebSockets succeeds': [],
  'a query over WebSockets throws': FAILED,
  'a subscription succeeds': [],
  'a subscription cannot begin': FAILED,
  // Each event is a scope of its own.
  'an event cannot be resolved': [...FAILED, ...FAILED],
  'an event cannot be filtered': ['ERROR !no stock'],
  'a field of an event throws': [...NO_PRICE, ...NO_PRICE],
  'an event is null': [NO_EVENT, NO_EVENT],
  'a source of events breaks': ['ERROR !broker is gone'],
  'a subscription is refused': REFUSED,
};

const haveRedis = haveCommands('redis-server');
const haveNats = haveCommands('nats-server');
const haveRabbitMq = haveCommands('rabbitmq-server', 'epmd');
const haveMosquitto = haveCommands('mosquitto');

type Table = Readonly<Record<string, readonly string[]>>;

const TRANSPORTS: Readonly<Record<string, Table>> = {
  TCP: RPC,
  'TCP beside HTTP': BESIDE_HTTP,
  'TCP beside HTTP, with its configuration': BESIDE_HTTP,
  gRPC: GRPC,
  ...(haveRedis ? { Redis: RPC } : {}),
  ...(haveNats ? { NATS: RPC } : {}),
  ...(haveRabbitMq ? { RabbitMQ: RPC } : {}),
  ...(haveMosquitto ? { MQTT: RPC } : {}),
  'socket.io': GATEWAY,
  WebSocket: GATEWAY,
  GraphQL: GRAPHQL,
};

/** Those that have no place for ids beside the data; Nest 12 gives them one. */
const WITHOUT_HEADERS = /TCP|Redis/;

const dependencies = (nest: number, graphql: string): Record<string, string> => ({
  '@grpc/grpc-js': '^1.13.0',
  '@grpc/proto-loader': '^0.8.0',
  'amqp-connection-manager': '^5.0.0',
  amqplib: '^0.10.0 || ^1.0.0',
  ...nestPackages(nest),
  '@nestjs/microservices': `^${nest}.0.0`,
  '@nestjs/websockets': `^${nest}.0.0`,
  '@nestjs/platform-socket.io': `^${nest}.0.0`,
  '@nestjs/platform-ws': `^${nest}.0.0`,
  '@nestjs/graphql': graphql,
  '@nestjs/apollo': graphql,
  '@apollo/server': '^5.0.0',
  '@as-integrations/express5': '^1.0.0',
  graphql: '^16.11.0',
  'graphql-ws': '^6.0.0',
  ioredis: '^5.0.0',
  mqtt: '^5.0.0',
  'socket.io-client': '^4.0.0',
  ws: '^8.0.0',
});

interface Observed {
  readonly lines: readonly string[];
  readonly ids: readonly string[];
  readonly traces: readonly string[];
  readonly scopes: number;
}

interface Found {
  readonly found: Readonly<Record<string, Readonly<Record<string, Observed>>>>;
  readonly stats: { readonly scopes: { readonly opened: number; readonly settled: number } };
  /** Such as `ExceptionsHandler#next`. */
  readonly wrapped: readonly string[];
}

/** What was sent along. */
const SENT = { requestId: 'sent-along', traceId: '0af7651916cd43dd8448eb211c80319c' };

interface Broker {
  readonly port: number;
  end(): Promise<void>;
}

/** In a directory of its own. */
async function startRedis(): Promise<Broker> {
  const directory = mkdtempSync(join(tmpdir(), 'hindsight-redis-'));
  const server = new RedisServer(directory, await freeTcpPort());
  const end = async (): Promise<void> => {
    await server.kill();
    rmSync(directory, { recursive: true, force: true });
  };
  await server.start();
  return { port: server.port, end };
}

/** Each version has its own: what is published reaches every subscriber of a broker. */
const BROKERS: Readonly<Record<string, () => Promise<Broker>>> = {
  ...(haveRedis ? { redis: startRedis } : {}),
  ...(haveNats ? { nats: async () => NatsServer.start() } : {}),
  ...(haveMosquitto ? { mqtt: async () => Mosquitto.start() } : {}),
};

/** One for both, since it is slow to start: each has a queue of its own there. */
const rabbitMq = haveRabbitMq ? RabbitMqServer.start() : undefined;
// It is told of by who awaits it first.
rabbitMq?.catch(() => undefined);

interface RunOptions extends ConsumerOptions {
  readonly knowsScopedGateways: boolean;
}

/** One version of Nest: a project with every transport, and what its program found. */
class Run {
  readonly #options: RunOptions;
  readonly #brokers: Broker[] = [];
  #consumer: Consumer | undefined;
  #result: Found | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  get result(): Found {
    if (this.#result === undefined) throw new Error('the program has not run');
    return this.#result;
  }

  async start(): Promise<void> {
    const consumer = await Consumer.install(this.#options);
    this.#consumer = consumer;
    consumer.copy(join(__dirname, 'transports'));
    const ports = await this.#startBrokers();
    const brokers = { ...ports, rabbitMq: (await rabbitMq)?.port };
    const { knowsScopedGateways } = this.#options;
    const options = { brokers, queue: `orders-${knowsScopedGateways}`, knowsScopedGateways };
    this.#result = JSON.parse(await consumer.execute('main.mjs', JSON.stringify(options))) as Found;
  }

  async end(): Promise<void> {
    await Promise.all(this.#brokers.map(async (broker) => broker.end()));
    this.#consumer?.remove();
  }

  async #startBrokers(): Promise<Readonly<Record<string, number>>> {
    const started = Object.entries(BROKERS).map(async ([name, start]) => {
      const broker = await start();
      this.#brokers.push(broker);
      return [name, broker.port] as const;
    });
    return Object.fromEntries(await Promise.all(started));
  }
}

interface Version {
  readonly title: string;
  readonly major: number;
  readonly run: Run;
  /** Packets of transports without headers have metadata. */
  readonly takesMetadata: boolean;
  /** What is different from the table, by transport. */
  readonly differences: Readonly<Record<string, Table>>;
}

const versions: readonly Version[] = [
  {
    title: 'Nest 12',
    major: 12,
    run: new Run({
      dependencies: { ...dependencies(12, '^14.0.0'), '@nats-io/transport-node': '^3.0.0' },
      knowsScopedGateways: true,
    }),
    takesMetadata: true,
    differences: { 'socket.io': SCOPED_GATEWAY, WebSocket: SCOPED_GATEWAY },
  },
  {
    title: 'Nest 11',
    major: 11,
    run: new Run({
      dependencies: { ...dependencies(11, '^13.2.0'), nats: '^2.0.0' },
      // It asks for an older Apollo than the package that needs it does.
      overrides: { '@apollo/server-plugin-landing-page-graphql-playground': { '@apollo/server': '^5.0.0' } },
      knowsScopedGateways: false,
    }),
    takesMetadata: false,
    // The client of NATS has an Error of its own for it.
    differences: { NATS: { 'cannot be sent': ['DEBUG reading', 'ERROR !Bad JSON'] } },
  },
];

// Together: most of the time is npm's, and the machine's disk.
beforeAll(async () => {
  await Promise.all(versions.map(async ({ run }) => run.start()));
});
afterAll(async () => {
  await Promise.all(versions.map(async ({ run }) => run.end()));
  await (await rabbitMq)?.end();
});

describe.each(versions)('the methods that are wrapped under $title', ({ run, major }) => {
  it('are those that CONTRIBUTING.md lists', () => {
    expect(run.result.wrapped.toSorted()).toEqual(listedMethods(major));
  });
});

describe.each(versions)('scopes beyond HTTP under $title', ({ run, takesMetadata, differences }) => {
  it.each(Object.keys(TRANSPORTS))('are written as the table says over %s', (transport) => {
    const cases = Object.entries(run.result.found[transport] ?? {});

    const lines = Object.fromEntries(cases.map(([name, { lines }]) => [name, lines]));

    expect(lines).toEqual({ ...TRANSPORTS[transport], ...differences[transport] });
  });

  it.each(Object.keys(TRANSPORTS))('have one request id each over %s', (transport) => {
    const cases = Object.entries(run.result.found[transport] ?? {}).filter(
      ([name]) => name !== 'asks itself',
    );
    const made = cases.flatMap(([, { ids }]) => ids).filter((id) => id !== SENT.requestId);

    expect(cases.filter(([, { ids, scopes }]) => ids.length !== scopes)).toEqual([]);
    expect(new Set(made).size).toBe(made.length);
  });

  it.each(Object.keys(TRANSPORTS).filter((name) => 'with ids' in (TRANSPORTS[name] ?? {})))(
    'take over the ids that were sent over %s, where it has a place for them',
    (transport) => {
      const { ids, traces } = run.result.found[transport]?.['with ids'] ?? {};

      const arrives = takesMetadata || !WITHOUT_HEADERS.test(transport);
      expect(ids?.includes(SENT.requestId)).toBe(arrives);
      expect(traces).toEqual(arrives ? [SENT.traceId] : []);
    },
  );

  it.each(Object.keys(TRANSPORTS).filter((name) => name.includes('beside HTTP')))(
    'are two of one trace where a request sends a message to its own application, over %s',
    (transport) => {
      const { ids, traces, scopes } = run.result.found[transport]?.['asks itself'] ?? {};

      expect(scopes).toBe(2);
      expect(traces).toEqual([SENT.traceId]);
      expect(ids).toHaveLength(takesMetadata ? 1 : 2);
    },
  );

  it('are all settled', () => {
    const { opened, settled } = run.result.stats.scopes;

    expect(opened).toBe(settled);
    expect(opened).toBeGreaterThan(250);
  });
});
