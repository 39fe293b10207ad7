/** What becomes of request number n of the mixed load: server, client and judge read it here. */

/** DEBUG records of an ordinary request, and the most that a scope holds of a big one. */
const STEPS = 5;
export const BIG_STEPS = 1200;
const CAPACITY = 1000;

/**
 * `fails`: it must be written, with its Error. `steps`: DEBUG records that are written if it is. `status`: what the client
 * gets, 0 where it leaves first. `rejects`: nobody handles a rejection. `inner`: calls that open a scope of their own.
 */
export const KINDS = {
  success: { status: 200 },
  /** The handler throws. */
  failure: { status: 500, fails: true, steps: STEPS },
  /** The handler logs its Error at ERROR and throws it. */
  logged: { status: 500, fails: true, steps: STEPS },
  /** Answered; a floating promise rejects after the response. */
  'late failure': { status: 200, fails: true, steps: STEPS + 1, rejects: true },
  /** A floating promise rejects while the handler goes on; the service survives it. */
  rejection: { status: 200, fails: true, steps: STEPS, rejects: true },
  /** The client leaves before the first byte, or after it; the handler succeeds. */
  'left early': { status: 0 },
  'left midway': { status: 0 },
  /** The client leaves, and the handler throws then. */
  'left, then failure': { status: 0, fails: true, steps: STEPS },
  /** The client leaves, and the handler never comes to an end. */
  abandoned: { status: 0 },
  /** One floating promise and one call with a scope of its own, neither of which ever settles. */
  leak: { status: 200, inner: 1 },
  /** Logs on, in pieces, after the response. */
  'late logs': { status: 200 },
  /** A call inside, with a scope of its own, that succeeds, or throws through the request. */
  nested: { status: 200, inner: 1 },
  'nested failure': { status: 500, fails: true, steps: STEPS + 2, inner: 1 },
  /** No such route. */
  unknown: { status: 404 },
  /** More records than a scope holds. */
  big: { status: 200 },
  'big failure': { status: 500, fails: true, steps: CAPACITY },
};

/** Of a hundred requests, up to which place each kind goes; those above are successes. */
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

/** `abandons`: one in ten thousand is abandoned; its scope waits a minute for it, as a test in the suite cannot. */
export function kindOf(n, { abandons }) {
  if (n % 2000 === 1999) return 'big failure';
  if (n % 1000 === 999) return 'big';
  if (abandons && n % 10_000 === 5050) return 'abandoned';
  const place = n % 100;
  return PLACES.find(([end]) => place < end)?.[1] ?? 'success';
}

/** How many of the first `count` requests satisfy `condition`, or the sum of what it returns. */
export function sumOver(count, mix, condition) {
  let sum = 0;
  for (let n = 0; n < count; n++) sum += Number(condition(KINDS[kindOf(n, mix)]) ?? 0);
  return sum;
}
