/** The kind of request number n in the mixed load, for the server, the client and the checks. */

/** DEBUG records of an ordinary request, and the maximum that a scope holds of a big one. */
const STEPS = 5;
export const BIG_STEPS = 1200;
const CAPACITY = 1000;

/**
 * `fails`: the request must be dumped, with its Error. `steps`: DEBUG records of its dump. `status`: the status that the client
 * gets, 0 if it disconnects first. `rejects`: has an unhandled rejection. `inner`: the number of calls with their own scope.
 */
export const KINDS = {
  success: { status: 200 },
  /** The handler throws. */
  failure: { status: 500, fails: true, steps: STEPS },
  /** The handler logs its Error at ERROR and throws it. */
  logged: { status: 500, fails: true, steps: STEPS },
  /** The handler succeeds; a floating promise rejects after the response. */
  'late failure': { status: 200, fails: true, steps: STEPS + 1, rejects: true },
  /** A floating promise rejects while the handler is running; the service survives it. */
  rejection: { status: 200, fails: true, steps: STEPS, rejects: true },
  /** The client disconnects before the first byte, or after it; the handler succeeds. */
  'left early': { status: 0 },
  'left midway': { status: 0 },
  /** The client disconnects, and then the handler throws. */
  'left, then failure': { status: 0, fails: true, steps: STEPS },
  /** The client disconnects, and the handler never ends. */
  abandoned: { status: 0 },
  /** A floating promise and a call with its own scope, which both never settle. */
  leak: { status: 200, inner: 1 },
  /** Continues to log after the response, in pieces. */
  'late logs': { status: 200 },
  /** An inner call with its own scope that succeeds, or makes the request fail. */
  nested: { status: 200, inner: 1 },
  'nested failure': { status: 500, fails: true, steps: STEPS + 2, inner: 1 },
  /** No such route. */
  unknown: { status: 404 },
  /** More records than a scope holds. */
  big: { status: 200 },
  'big failure': { status: 500, fails: true, steps: CAPACITY },
};

/** For each kind, its end among a hundred requests; all requests after the last one are successes. */
const PLACES = [
  [10, 'failure'],
  [14, 'logged'],
  [16, 'late failure'],
  [17, 'left early'],
  [18, 'left midway'],
  [19, 'left, then failure'],
  [23, 'leak'],
  [27, 'late logs'],
  [28, 'nested'],
  [29, 'nested failure'],
  [31, 'unknown'],
  [32, 'rejection'],
];

/** `abandons`: one of ten thousand requests is abandoned. Its scope waits long for it, too long for a test in the suite. */
export function kindOf(n, { abandons }) {
  if (n % 2000 === 1999) return 'big failure';
  if (n % 1000 === 999) return 'big';
  if (abandons && n % 10_000 === 5050) return 'abandoned';
  const place = n % 100;
  return PLACES.find(([end]) => place < end)?.[1] ?? 'success';
}

/** The number of the first `count` requests that satisfy `condition`, or the sum of its results. */
export function sumOver(count, mix, condition) {
  let sum = 0;
  for (let n = 0; n < count; n++) sum += Number(condition(KINDS[kindOf(n, mix)]) ?? 0);
  return sum;
}
