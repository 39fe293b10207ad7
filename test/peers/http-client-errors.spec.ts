import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import axios from 'axios';
import superagent from 'supertest';
import { interceptors, Agent, request as undiciRequest, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Manager } from '../../lib/core/manager';
import { Formatter, JsonFormatter, PrettyFormatter } from '../../lib/formatters';
import { decodeRecord, encodeRecord } from '../../lib/queues';
import { logIfErrors } from '../../lib/scope/log-if-errors';
import { isFrameworkRefusal, isRefusal } from '../../lib/scope/refusals';
import { CollectingHandler } from '../../lib/testing';
import { some } from '../support/some';

/** Of credentials, of the body that was sent, of cookies that came back. */
const SECRET = 's3cret';

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(401, { 'Set-Cookie': `session=${SECRET}`, 'Content-Type': 'application/json' });
    response.end('{"reason":"no"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pay?token=${SECRET}&page=2`;
});

afterAll(() => server.close());

async function failure(call: () => Promise<unknown>): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('the call did not fail');
}

const headers = { Authorization: `Bearer ${SECRET}`, Cookie: `sid=${SECRET}`, 'X-Api-Key': SECRET };
const body = { card: SECRET, filler: 'x'.repeat(10_000) };

/** By the client: what a call that fails throws. */
const clients: Record<string, () => Promise<Error>> = {
  axios: () => failure(() => axios.post(url, body, { headers, auth: { username: 'u', password: SECRET } })),
  'axios without a server': () =>
    failure(() => axios.post(`http://u:${SECRET}@127.0.0.1:1/pay?token=${SECRET}`, body, { headers })),
  got: async () => {
    const { got } = await import('got');
    return failure(() =>
      got.post(url, { json: body, headers, username: 'u', password: SECRET, retry: { limit: 0 } }),
    );
  },
  undici: () => {
    const dispatcher = new Agent().compose(interceptors.responseError());
    return failure(() =>
      undiciRequest(url, { dispatcher, method: 'POST', headers, body: JSON.stringify(body) }),
    );
  },
  'fetch without a server': () => failure(() => fetch(`http://127.0.0.1:1/pay?token=${SECRET}`, { headers })),
  'the fetch of undici': () =>
    failure(() => undiciFetch(`http://127.0.0.1:1/pay?token=${SECRET}`, { headers })),
  superagent: () =>
    failure(async () => {
      const response = await superagent(server).post(`/pay?token=${SECRET}`).set(headers).send(body);
      if (response.error !== false) throw response.error;
    }),
  'node:http without a server': () =>
    failure(
      () =>
        new Promise((_resolve, reject) => {
          const sent = request({ port: 1, path: `/pay?token=${SECRET}`, headers });
          sent.on('error', (error) => reject(Object.assign(error, { request: sent }))).end();
        }),
    ),
};

/** How records are printed: here, and behind a queue. */
const outputs = {
  JsonFormatter: (record) => new JsonFormatter().format(record),
  'JsonFormatter with redact': (record) => new JsonFormatter({ redact: ['password'] }).format(record),
  PrettyFormatter: (record) => new PrettyFormatter({ colors: false }).format(record),
  Formatter: (record) => new Formatter('%(message)s %(err)s', { defaults: { err: '' } }).format(record),
  'a queue': (record) => encodeRecord(record),
} satisfies Record<string, (record: ReturnType<typeof some.record>) => string>;

describe.each(Object.keys(clients))('the Error of %s', (client) => {
  let error: Error;
  beforeAll(async () => {
    error = await (clients[client] as () => Promise<Error>)();
  });

  describe.each(Object.keys(outputs) as (keyof typeof outputs)[])('in %s', (output) => {
    const print = outputs[output];

    it('has no credential as the Error of the record, and is short', () => {
      const text = print(some.record({ message: 'call failed', error }));

      expect(text).toContain('call failed');
      expect(text).not.toContain(SECRET);
      expect(text.length).toBeLessThan(4096);
    });

    it('has none as a field', () => {
      expect(print(some.record({ extra: { err: error } }))).not.toContain(SECRET);
    });

    it.each(['%o', '%O', '%j', 'left over:'])('has none in the message by %s', (message) => {
      const text = print(some.record({ message, args: [error, { n: 1 }], error: new Error('another') }));

      expect(text).not.toContain(SECRET);
    });
  });

  it('is printed alike before and behind a queue', () => {
    const record = some.record({ message: 'call failed', error });

    expect(new JsonFormatter().format(decodeRecord(encodeRecord(record)))).toBe(
      new JsonFormatter().format(record),
    );
  });

  it('is printed in less than a millisecond', () => {
    const record = some.record({ message: 'call failed', error });
    const formatter = new JsonFormatter();
    const times = Array.from({ length: 50 }, () => {
      const start = performance.now();
      formatter.format(record);
      return performance.now() - start;
    });

    expect(Math.min(...times)).toBeLessThan(1);
  });
});

describe('the status that another server answered', () => {
  it.each(['axios', 'got', 'undici', 'superagent'])('makes no refusal of the Error of %s', async (client) => {
    const error = await (clients[client] as () => Promise<Error>)();

    expect((['http', 'rpc', 'ws', 'call'] as const).filter((kind) => isRefusal(error, kind))).toEqual([]);
    expect(isFrameworkRefusal(error)).toBe(false);
  });

  it.each(['axios', 'got', 'undici', 'superagent'])(
    'is a failure of the job that %s fails',
    async (client) => {
      const error = await (clients[client] as () => Promise<Error>)();
      const log = new Manager().getLogger('payments');
      log.setLevel('DEBUG');
      const target = new CollectingHandler();
      const job = logIfErrors(log, { target })(() => {
        log.debug('paying');
        throw error;
      });

      expect(job).toThrow(error);
      expect(target.messages).toEqual(['paying', 'call failed']);
      expect(target.records[1]?.excInfo).toBe(error);
    },
  );
});

describe('what an HTTP client asked and got', () => {
  it.each([
    ['axios', { method: 'POST', status: 401, code: 'ERR_BAD_REQUEST' }],
    ['got', { method: 'POST', status: 401, code: 'ERR_NON_2XX_3XX_RESPONSE' }],
    ['superagent', { method: 'POST', status: 401 }],
  ])('is printed of %s, the address without user and values', async (client, shown) => {
    const error = await (clients[client] as () => Promise<Error>)();
    const line = JSON.parse(new JsonFormatter().format(some.record({ error }))) as { error: object };

    expect(line.error).toMatchObject({ ...shown, url: expect.stringMatching(/\/pay\?token=…/) });
  });
});
