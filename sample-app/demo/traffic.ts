/** The requests of the demo. */
import type { ShopProcess } from './shop-process';

export interface Step {
  /** The name of a single request in the table. @defaultValue method and path */
  readonly title?: string;
  readonly requests: readonly PlannedRequest[];
}

export interface PlannedRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expect: number;
}

export interface Answer {
  readonly status: number;
  readonly requestId: string;
  readonly ms: number;
}

function one(method: 'GET' | 'POST', path: string, expect: number): Step {
  return { requests: [{ method, path, expect }] };
}

function checkouts(count: number, failing: number): Step {
  const requests = Array.from({ length: count }, (_, i): PlannedRequest => {
    const id = i === failing ? 13 : 1 + (i % 2);
    return { method: 'POST', path: `/orders/${id}/checkout`, expect: id === 13 ? 500 : 201 };
  });
  return { requests };
}

function session(text: string): Readonly<Record<string, string>> {
  return { 'x-session': Buffer.from(text).toString('base64url') };
}

const broken = { ...session('{"customer": 4'), accept: 'application/json' };

export const STEPS: readonly Step[] = [
  { requests: [{ method: 'GET', path: '/orders/1', headers: session('{"customer": 42}'), expect: 200 }] },
  one('POST', '/orders/1/checkout', 201),
  one('POST', '/orders/2/checkout', 201),
  one('GET', '/orders/99', 404),
  one('POST', '/orders/4/checkout', 422),
  one('POST', '/orders/8/checkout', 201),
  {
    title: 'GET /orders/1, bad session',
    requests: [{ method: 'GET', path: '/orders/1', headers: broken, expect: 500 }],
  },
  one('POST', '/orders/13/checkout', 500),
  one('GET', '/health', 200),
  checkouts(50, 24),
];

async function send(shop: ShopProcess, { method, path, headers, expect }: PlannedRequest): Promise<Answer> {
  const started = performance.now();
  const response = await fetch(shop.url + path, { method, headers: { ...headers } });
  const body = await response.text();
  const ms = Math.round(performance.now() - started);
  if (response.status !== expect) {
    throw new Error(`${method} ${path}: expected ${expect}, got ${response.status}: ${body}\n${shop.output}`);
  }
  return { status: response.status, requestId: response.headers.get('x-request-id') ?? '', ms };
}

/** Sends the requests of a step, all at once. @throws Error if an answer is not as expected. */
export function play(shop: ShopProcess, step: Step): Promise<Answer[]> {
  return Promise.all(step.requests.map((request) => send(shop, request)));
}
