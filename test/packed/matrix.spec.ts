/** All ways in which a request can fail, in one table: on Nest 11 and 12 with Express and Fastify, and on Express 4 and 5. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from './consumer';
import { ROWS, type Row, type RowName } from './matrix/rows';

interface Found {
  readonly status: number | null;
  readonly body: string;
  readonly cut: boolean;
  readonly requestId?: string;
  readonly lines: readonly string[];
  /** INFO records that were written at once. */
  readonly passing: number;
  /** The request records. */
  readonly ends: readonly {
    readonly status: number | null;
    readonly aborted: boolean;
    readonly route: string | null;
  }[];
  readonly ids: readonly string[];
  readonly bytesBelowInfo: number;
}

interface Report {
  readonly found: Readonly<Partial<Record<RowName, Found>>>;
  /** Errors outside every request. */
  readonly strays: readonly string[];
  readonly stats: {
    readonly scopes: { readonly opened: number; readonly settled: number; readonly live: number };
    readonly records: Readonly<Record<'passed' | 'dumped' | 'dropped' | 'held', number>>;
  };
}

type Reasons = Readonly<Partial<Record<RowName, string>>>;
type Differences = Readonly<Partial<Record<RowName, Partial<Row> & { readonly why: string }>>>;

interface Cell {
  readonly title: string;
  readonly folder: Folder;
  /** The version of Nest. */
  readonly platform: 'express' | 'fastify' | 'none';
  /** Rows that are impossible on the platform, with the reason. */
  readonly absent: Reasons;
  /** Rows in which the platform itself behaves differently. */
  readonly different: Differences;
  /** The number of rows that run. */
  readonly count: number;
}

/** A project with the packed package. Its cells run one after the other. */
class Folder {
  readonly reports = new Map<string, Report>();
  readonly #install: () => Promise<Consumer>;
  #consumer: Consumer | undefined;

  constructor(install: () => Promise<Consumer>) {
    this.#install = install;
  }

  async run(cells: readonly Cell[]): Promise<void> {
    const consumer = await this.#install();
    this.#consumer = consumer;
    consumer.copy(join(__dirname, 'matrix'));
    for (const { title, platform, absent } of cells) {
      const rows = Object.fromEntries(Object.entries(ROWS).filter(([name]) => !(name in absent)));
      const file = `${platform}.json`;
      consumer.write(file, JSON.stringify({ platform, rows }));
      this.reports.set(title, JSON.parse(await consumer.execute('main.mjs', file)) as Report);
    }
  }

  remove(): void {
    this.#consumer?.remove();
  }
}

const nest12 = new Folder(async () => Consumer.application(12));
const nest11 = new Folder(async () => Consumer.application(11));
const express = (range: string): Folder =>
  new Folder(async () => Consumer.install({ dependencies: { express: range, 'http-errors': '^2.0.0' } }));

const NO_NEXT: Reasons = { 'handler hands an Error to next': 'handlers of Nest have no next()' };

/** Nest 12 supports them. */
const NO_GENERATORS: Reasons = {
  'generates its answer': 'Nest 11 writes the generator as an object',
  'generator breaks': 'Nest 11 writes the generator as an object',
  'generator fails at once': 'Nest 11 writes the generator as an object',
};

const WITHOUT_NEST: Reasons = {
  'succeeds by Observable': 'what a handler returns is nothing to Express',
  'generates its answer': 'what a handler returns is nothing to Express',
  'sends a file': 'StreamableFile is of Nest; see "sends a stream"',
  'sends events': '@Sse() is of Nest; see "writes its answer by hand"',
  'Observable fails': 'what a handler returns is nothing to Express',
  'handler throws undefined': 'Express takes undefined for no Error, and goes on to the next route',
  'pipe throws': 'Express has no pipes',
  'pipe of a method throws': 'Express has no pipes',
  'pipe refuses': 'Express has no pipes',
  'interceptor throws before': 'Express has no interceptors; see the middleware',
  'interceptor throws after': 'Express has no interceptors; see the middleware',
  'guard throws': 'Express has no guards; see the middleware',
  'guard refuses': 'Express has no guards; see "exception with status 404"',
  'provider of the request cannot be made': 'Express has no providers',
  'file breaks': 'StreamableFile is of Nest; see "stream breaks"',
  'generator breaks': 'what a handler returns is nothing to Express',
  'generator fails at once': 'what a handler returns is nothing to Express',
  'events break': '@Sse() is of Nest; see "handler throws after the first byte"',
  'route filter answers 418':
    'the error handlers of Express are for the whole application; see "filter answers 418"',
  'route filter answers 503':
    'the error handlers of Express are for the whole application; see "filter answers 503"',
  'route filter throws': 'the error handlers of Express are for the whole application; see "filter throws"',
  'decorated route throws': 'Express has no decorators',
  'decorated route succeeds': 'Express has no decorators',
  'undecorated route throws': 'Express has no decorators',
  'undecorated route answers 503': 'Express has no decorators',
  'route that keeps out throws': 'Express has no decorators',
  'client leaves a file': 'StreamableFile is of Nest; see "client leaves a stream"',
  'client leaves events': '@Sse() is of Nest',
};

const FOREIGN_STATUSES: Differences = {
  'Error with a foreign status 404': { status: 404, why: 'Express answers with the status of any Error' },
  'Error with a foreign statusCode 404': { status: 404, why: 'Express answers with the status of any Error' },
};

const ANSWERED_BY_NEST_11: Differences = {
  'Error with a foreign statusCode 404': {
    status: 404,
    why: 'Nest 11 answers with the statusCode of any Error',
  },
};

const CELLS: readonly Cell[] = [
  {
    title: 'Nest 12 with Express',
    folder: nest12,
    platform: 'express',
    absent: NO_NEXT,
    different: {},
    count: 76,
  },
  {
    title: 'Nest 12 with Fastify',
    folder: nest12,
    platform: 'fastify',
    absent: NO_NEXT,
    different: {},
    count: 76,
  },
  {
    title: 'Nest 11 with Express',
    folder: nest11,
    platform: 'express',
    absent: {
      ...NO_NEXT,
      ...NO_GENERATORS,
      'sends a stream': 'Nest 11 writes the stream as an object on Express; see "sends a file"',
      'stream breaks': 'Nest 11 writes the stream as an object on Express; see "file breaks"',
    },
    different: {
      ...ANSWERED_BY_NEST_11,
      'body is too large': {
        lines: ['WARNING !request entity too large'],
        why: 'Nest 11 reports it at ERROR, which is no trigger',
      },
    },
    count: 71,
  },
  {
    title: 'Nest 11 with Fastify',
    folder: nest11,
    platform: 'fastify',
    absent: {
      ...NO_NEXT,
      ...NO_GENERATORS,
      'app middleware rejects': 'nobody waits for the promise, and the client gets no answer',
    },
    different: ANSWERED_BY_NEST_11,
    count: 72,
  },
  {
    title: 'Express 5',
    folder: express('^5.0.0'),
    platform: 'none',
    absent: WITHOUT_NEST,
    different: FOREIGN_STATUSES,
    count: 49,
  },
  {
    title: 'Express 4',
    folder: express('^4.0.0'),
    platform: 'none',
    absent: WITHOUT_NEST,
    different: FOREIGN_STATUSES,
    count: 49,
  },
];

const NAMES = Object.keys(ROWS) as RowName[];

function reportOf({ title, folder }: Cell): Report {
  const report = folder.reports.get(title);
  if (report === undefined) throw new Error(`${title} has not run`);
  return report;
}

/** A row as the client and the target saw it, in the format of the table. */
function seen({ status, body, lines }: Found, row: Row): Pick<Row, 'status' | 'body' | 'lines'> {
  // Only the expected part of the body is compared.
  return { status, body: row.body !== undefined && body.includes(row.body) ? row.body : body, lines };
}

/** The expected and the actual rows of a cell. */
function compared(cell: Cell): { readonly expected: object; readonly found: object } {
  const rows = NAMES.filter((name) => !(name in cell.absent)).map((name) => {
    const { why: _why, ...different } = cell.different[name] ?? { why: '' };
    const row: Row = { ...ROWS[name], ...different };
    const found = reportOf(cell).found[name];
    const { status, body = '', lines } = row;
    const isSeen = found?.lines !== undefined;
    return {
      name,
      expected: { status, body, lines },
      // Without an expected body, every body is accepted.
      found: isSeen ? { ...seen(found, row), ...(row.body === undefined ? { body } : {}) } : found,
    };
  });
  return {
    expected: Object.fromEntries(rows.map(({ name, expected }) => [name, expected])),
    found: Object.fromEntries(rows.map(({ name, found }) => [name, found])),
  };
}

/** The rows of a cell that satisfy a condition. */
function rowsWhere(
  cell: Cell,
  holds: (found: Found, name: RowName) => boolean,
): Readonly<Record<string, Found>> {
  return Object.fromEntries(
    Object.entries(reportOf(cell).found).filter(([name, found]) => holds(found, name as RowName)),
  );
}

// In parallel, because npm and the disk take most of the time. The cells of one project run one after the other.
beforeAll(async () => {
  const folders = [...new Set(CELLS.map(({ folder }) => folder))];
  await Promise.all(
    folders.map(async (folder) => folder.run(CELLS.filter((cell) => cell.folder === folder))),
  );
});
afterAll(() => {
  for (const { folder } of CELLS) folder.remove();
});

describe('the failure table', () => {
  it('has every row in each cell, or a reason why it is missing', () => {
    const counts = CELLS.map((cell) => [cell.title, NAMES.length - Object.keys(cell.absent).length]);

    expect(counts).toEqual(CELLS.map(({ title, count }) => [title, count]));
    expect(NAMES).toHaveLength(77);
  });

  it('has rows with a dump, failures without a dump, and successes', () => {
    const dumping = NAMES.filter((name) => ROWS[name].lines.some((line) => line.startsWith('*')));
    const silent = NAMES.filter((name) => ROWS[name].lines.length === 0);

    expect(dumping.length).toBeGreaterThan(40);
    expect(silent.length).toBeGreaterThan(20);
  });
});

describe.each(CELLS)('under $title', (cell) => {
  it('the client and the target get what the table says', () => {
    const { expected, found } = compared(cell);

    expect(found).toEqual(expected);
  });

  it('a success, or a mistake of the client, writes nothing below INFO', () => {
    const silent = rowsWhere(cell, (_found, name) => ROWS[name].lines.length === 0);

    expect(Object.values(silent).map(({ bytesBelowInfo }) => bytesBelowInfo)).toEqual(
      Object.keys(silent).map(() => 0),
    );
    expect(Object.keys(silent).length).toBeGreaterThan(15);
  });

  it('each request has one request record, one id, which its client gets, and its INFO records', () => {
    const odd = rowsWhere(
      cell,
      ({ ends, ids, passing, requestId }) =>
        ends.length !== 1 || ids.length !== 1 || passing !== 1 || (requestId ?? ids[0]) !== ids[0],
    );

    expect(odd).toEqual({});
  });

  it('each incomplete response counts as aborted and has no status, except an event stream', () => {
    const odd = rowsWhere(cell, ({ status, cut, ends: [end] }, name) => {
      if (name === 'client leaves events') return end?.aborted !== false || end.status !== 200;
      return cut || status === null ? end?.aborted !== true || end.status !== null : end?.status !== status;
    });

    expect(odd).toEqual({});
  });

  it('a request record has the route exactly if a handler matched', () => {
    const odd = rowsWhere(cell, ({ ends: [end] }, name) => {
      const path = `/${name.replaceAll(/\W+/g, '-')}`;
      return name.startsWith('handler ') ? end?.route !== path : ![null, path].includes(end?.route ?? null);
    });

    expect(odd).toEqual({});
  });

  it('no Error occurs outside the requests, and all scopes are settled', () => {
    const { strays, stats } = reportOf(cell);

    expect(strays).toEqual([]);
    expect(stats.scopes).toMatchObject({ opened: cell.count, settled: cell.count, live: 0 });
  });
});
