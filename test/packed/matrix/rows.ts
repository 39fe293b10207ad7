/** The failure table as data: the request, the answer and the written records, which are the same on every platform. */

export interface Row {
  /** The application of the cell. @defaultValue 'plain', with our defaults */
  readonly app?: 'plain' | 'filtered' | 'vetoed' | 'decorated';
  /** @defaultValue a GET */
  readonly send?: Sending;
  /** The status that the client gets; null if it disconnected before. */
  readonly status: number | null;
  /** A part of the body of the answer. */
  readonly body?: string;
  /** The written records in order, without the INFO record of each request and its request record. */
  readonly lines: readonly string[];
}

export interface Sending {
  /** The body of a POST. */
  readonly json?: string;
  /** The body is sent in two packets, the second when the request is already running. */
  readonly slowly?: boolean;
  /** The client disconnects while the handler is running. */
  readonly leaves?: boolean;
}

/**
 * `*` is a dumped record, `!` the message of an Error that is written with its stack. The Error is written once, by the
 * framework or by the scope.
 */
const DUMP = ['* DEBUG arrived', '* DEBUG failing', 'ERROR !it broke'] as const;
const WITHOUT_ERROR = DUMP.slice(0, 2);
const NOTHING: readonly string[] = [];

const BODY = JSON.stringify({ items: 3 });

function failed(status: number | null = 500, error = 'ERROR !it broke'): Row {
  return { status, lines: [...WITHOUT_ERROR, error] };
}

/** Rows that are not failures. */
function silent(status: number | null = 200): Row {
  return { status, lines: NOTHING };
}

const leaves = { leaves: true } as const;

const SUCCESSES = {
  succeeds: { ...silent(), body: 'fine' },
  'succeeds later': { ...silent(), body: 'fine' },
  'succeeds by Observable': { ...silent(), body: 'fine' },
  'answers a body': { ...silent(), send: { json: BODY }, body: '3 items' },
  'answers a slow body': { ...silent(), send: { json: BODY, slowly: true }, body: '3 items' },
  'writes its answer by hand': { ...silent(), body: 'first second' },
  'generates its answer': { ...silent(), body: 'first second' },
  'sends a file': { ...silent(), body: 'first second' },
  'sends a stream': { ...silent(), body: 'first second' },
  'sends events': { ...silent(), body: 'data: second' },
} satisfies Record<string, Row>;

const HANDLERS = {
  'handler throws': failed(),
  'handler rejects': failed(),
  'handler of a slow body throws': { ...failed(), send: { json: BODY, slowly: true } },
  'Observable fails': failed(),
  'handler hands an Error to next': failed(),
  'handler throws text': failed(500, 'ERROR "it broke"'),
  'handler throws an object': failed(500, 'ERROR {"code":7}'),
  'handler throws undefined': failed(500, 'ERROR !failed with undefined'),
  'exception with status 500': failed(500),
  'exception with status 503': failed(503),
  'exception with status 404': silent(404),
  'exception with status 418': silent(418),
  // Errors of HTTP clients, with the status of another server.
  'Error with a foreign status 404': failed(500),
  'Error with a foreign statusCode 404': failed(500),
  'handler answers 503 by hand': { status: 503, body: 'closed', lines: WITHOUT_ERROR },
  'handler logs its Error and throws it': failed(),
  'handler logs at ERROR and succeeds': {
    status: 200,
    body: 'fine',
    lines: [...WITHOUT_ERROR, 'ERROR cannot reach the stock', 'DEBUG afterwards'],
  },
} satisfies Record<string, Row>;

const ON_THE_WAY = {
  'pipe throws': failed(),
  'pipe of a method throws': failed(),
  'pipe refuses': silent(400),
  'interceptor throws before': failed(),
  'interceptor throws after': failed(),
  'guard throws': failed(),
  'guard refuses': silent(403),
  'provider of the request cannot be made': failed(),
  'module middleware throws': failed(),
  'module middleware rejects': failed(),
  'module middleware hands an Error on': failed(),
  'app middleware throws': failed(),
  'app middleware rejects': failed(),
  'app middleware hands an Error on': failed(),
  'no route': silent(404),
  'body is no JSON': { ...silent(400), send: { json: '{"items":' } },
  'body is too large': { ...silent(413), send: { json: JSON.stringify('x'.repeat(1000)) } },
} satisfies Record<string, Row>;

const ANSWERS = {
  'answer is circular': failed(500, 'ERROR !Converting circular structure to JSON'),
  'answer has a BigInt': failed(500, 'ERROR !Do not know how to serialize a BigInt'),
  'handler throws after the first byte': { ...failed(200), body: 'first' },
  'stream that is piped by hand breaks': { ...failed(200), body: 'first' },
  'stream breaks': { ...failed(200), body: 'first' },
  'file breaks': { ...failed(200), body: 'first' },
  'generator breaks': { ...failed(200), body: 'first' },
  'events break': { ...failed(200), body: 'data: first' },
  'generator fails at once': failed(),
} satisfies Record<string, Row>;

const FILTERS = {
  'route filter answers 418': { ...silent(418), body: 'of the user' },
  'route filter answers 503': { ...failed(503), body: 'of the user' },
  // Nest itself logs the Error of the filter.
  'route filter throws': {
    status: 500,
    lines: [...WITHOUT_ERROR, 'ERROR !the filter broke', 'ERROR !it broke'],
  },
  'filter answers 418': { ...silent(418), app: 'filtered', body: 'of the user' },
  'filter answers 200': { ...failed(200), app: 'filtered', body: 'of the user' },
  'filter answers 503': { ...failed(503), app: 'filtered', body: 'of the user' },
  'filter answers a 404': { ...silent(404), app: 'filtered', body: 'of the user' },
  'filter answers a 404 with 503': { ...failed(503), app: 'filtered', body: 'of the user' },
  'filter throws': { ...failed(), app: 'filtered' },
  'filter beside a success': { ...silent(), app: 'filtered', body: 'fine' },
} satisfies Record<string, Row>;

const OPTIONS = {
  'status 503 is excluded': { ...silent(503), app: 'vetoed', body: 'of the user' },
  'status 502 is not excluded': { ...failed(502), app: 'vetoed', body: 'of the user' },
  'decorated route throws': { ...failed(), app: 'decorated' },
  'decorated route succeeds': { ...silent(), app: 'decorated', body: 'fine' },
  // Nest logs the Error, as it does without us.
  'undecorated route throws': { status: 500, lines: ['ERROR !it broke'], app: 'decorated' },
  'undecorated route answers 503': { ...silent(503), app: 'decorated' },
  'route that keeps out throws': { status: 500, lines: ['ERROR !it broke'] },
} satisfies Record<string, Row>;

const OUT_OF_REACH = {
  'client leaves, handler succeeds': { ...silent(null), send: leaves },
  'client leaves, handler throws': { ...failed(null), send: leaves },
  'client leaves a file': { ...silent(null), send: leaves },
  'client leaves a stream': { ...silent(null), send: leaves },
  'client leaves events': { ...silent(null), send: leaves },
  'promise that nobody waits for rejects': { ...failed(200), body: 'fine' },
  'timer throws': { ...failed(200), body: 'fine' },
} satisfies Record<string, Row>;

const ALL = {
  ...SUCCESSES,
  ...HANDLERS,
  ...ON_THE_WAY,
  ...ANSWERS,
  ...FILTERS,
  ...OPTIONS,
  ...OUT_OF_REACH,
} satisfies Record<string, Row>;

export type RowName = keyof typeof ALL;

export const ROWS: Readonly<Record<RowName, Row>> = ALL;
