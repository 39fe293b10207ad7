/** Messages, events and GraphQL operations over real transports: one table of what is written, for each of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freeTcpPort } from '../peers/daemon';
import { RedisServer } from '../peers/redis-server';
import { haveCommands } from '../support/real-means';
import { Consumer, type ConsumerOptions } from './consumer';

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

const RPC = {
  ...TABLE,
  ...EXCLUDED,
  'event throws': FAILED,
  'event rejects': FAILED,
  'event succeeds': [],
  'event observableFails': FAILED,
  'event guardThrows': FAILED,
  'event cannotBeMade': FAILED,
  'scoped cannotBeMade': FAILED,
  'scoped throws': FAILED,
  'scoped succeeds': [],
  'with an id': FAILED,
};

const BESIDE_HTTP = { ...RPC, 'over HTTP': ['DEBUG reading over HTTP', 'ERROR !no stock'] };

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
};

const haveRedis = haveCommands('redis-server');

const TRANSPORTS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  TCP: RPC,
  'TCP beside HTTP': BESIDE_HTTP,
  'TCP beside HTTP, with its configuration': BESIDE_HTTP,
  ...(haveRedis ? { Redis: RPC } : {}),
  'socket.io': { ...TABLE, ...EXCLUDED },
  WebSocket: { ...TABLE, ...EXCLUDED },
  GraphQL: GRAPHQL,
};

const dependencies = (nest: number, graphql: string): Record<string, string> => ({
  '@nestjs/common': `^${nest}.0.0`,
  '@nestjs/core': `^${nest}.0.0`,
  '@nestjs/platform-express': `^${nest}.0.0`,
  '@nestjs/microservices': `^${nest}.0.0`,
  '@nestjs/websockets': `^${nest}.0.0`,
  '@nestjs/platform-socket.io': `^${nest}.0.0`,
  '@nestjs/platform-ws': `^${nest}.0.0`,
  '@nestjs/graphql': graphql,
  '@nestjs/apollo': graphql,
  '@apollo/server': '^5.0.0',
  '@as-integrations/express5': '^1.0.0',
  graphql: '^16.11.0',
  ioredis: '^5.0.0',
  'reflect-metadata': '^0.2.0',
  rxjs: '^7.8.0',
  'socket.io-client': '^4.0.0',
  ws: '^8.0.0',
});

interface Found {
  readonly found: Readonly<
    Record<string, Readonly<Record<string, { readonly lines: string[]; readonly ids: string[] }>>>
  >;
  readonly stats: { readonly scopes: { readonly opened: number; readonly settled: number } };
}

/** One version of Nest: a project with every transport, and what its program found. */
class Run {
  readonly #options: ConsumerOptions;
  #consumer: Consumer | undefined;
  #redis: RedisServer | undefined;
  #directory: string | undefined;
  #result: Found | undefined;

  constructor(options: ConsumerOptions) {
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
    const port = haveRedis ? await this.#startRedis() : 0;
    this.#result = JSON.parse(await consumer.execute('main.mjs', String(port))) as Found;
  }

  async end(): Promise<void> {
    await this.#redis?.kill();
    this.#consumer?.remove();
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
  }

  /** One for each version: what is published reaches every subscriber of a server. */
  async #startRedis(): Promise<number> {
    this.#directory = mkdtempSync(join(tmpdir(), 'hindsight-redis-'));
    this.#redis = new RedisServer(this.#directory, await freeTcpPort());
    await this.#redis.start();
    return this.#redis.port;
  }
}

const versions = [
  {
    title: 'Nest 12',
    run: new Run({ dependencies: dependencies(12, '^14.0.0') }),
    takesMetadata: true,
    knowsScopedGateways: true,
  },
  {
    title: 'Nest 11',
    run: new Run({
      dependencies: dependencies(11, '^13.2.0'),
      // It asks for an older Apollo than the package that needs it does.
      overrides: { '@apollo/server-plugin-landing-page-graphql-playground': { '@apollo/server': '^5.0.0' } },
    }),
    takesMetadata: false,
  },
] as const;

// Together: most of the time is npm's, and the machine's disk.
beforeAll(async () => {
  await Promise.all(versions.map(async ({ run }) => run.start()));
});
afterAll(async () => {
  await Promise.all(versions.map(async ({ run }) => run.end()));
});

describe.each(versions)('scopes beyond HTTP under $title', ({ run, takesMetadata }) => {
  it.each(Object.keys(TRANSPORTS))('are written as the table says over %s', (transport) => {
    const cases = Object.entries(run.result.found[transport] ?? {});

    const lines = Object.fromEntries(cases.map(([name, { lines }]) => [name, lines]));

    expect(lines).toEqual(TRANSPORTS[transport]);
  });

  it.each(Object.keys(TRANSPORTS))('have one request id each over %s', (transport) => {
    const cases = Object.entries(run.result.found[transport] ?? {});
    const written = cases.filter(([name, { lines }]) => lines.length > 0 && name !== 'health.check');

    expect(written.filter(([, { ids }]) => ids.length !== 1)).toEqual([]);
    expect(new Set(written.flatMap(([, { ids }]) => ids)).size).toBe(written.length);
  });

  it.each(Object.keys(TRANSPORTS).filter((name) => /TCP|Redis/.test(name)))(
    takesMetadata
      ? 'take over the request id that was sent over %s'
      : 'see nothing of a packet but its data over %s',
    (transport) => {
      const [id, ...others] = run.result.found[transport]?.['with an id']?.ids ?? [];

      expect(others).toEqual([]);
      expect(id === 'sent-along').toBe(takesMetadata);
    },
  );

  it('are all settled', () => {
    const { opened, settled } = run.result.stats.scopes;

    expect(opened).toBe(settled);
    expect(opened).toBeGreaterThan(150);
  });
});
