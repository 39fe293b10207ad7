/**
 * The amounts of work for the full run, `--quick` and `--smoke` (seconds). The warm-up must be long: the CPU time of a process
 * includes the threads on which V8 compiles, and with a warm-up of 2 s ours cost a third more than with 10 s.
 */

/** The load of a server's job, in seconds, if the plan has them. */
export function loadOf({ loadSeconds, warmSeconds }) {
  return loadSeconds === undefined ? {} : { loadSeconds, warmSeconds };
}

export const PLANS = {
  full: {
    rounds: 5,
    warmMs: 2000,
    budgetMs: 1500,
    mostLines: 1_500_000,
    heldUnits: 1000,
    requests: 40_000,
    loadSeconds: 5,
    warmSeconds: 10,
    warmRequests: 15_000,
    waves: 12,
    stallSeconds: 20,
    stallBytes: 10_000_000,
    networkRecords: 100_000,
  },
  quick: {
    rounds: 1,
    warmMs: 1000,
    budgetMs: 500,
    mostLines: 600_000,
    heldUnits: 300,
    requests: 4000,
    loadSeconds: 2,
    warmSeconds: 6,
    warmRequests: 1500,
    waves: 4,
    stallSeconds: 2,
    stallBytes: 1_000_000,
    networkRecords: 100_000,
  },
  smoke: {
    rounds: 1,
    warmMs: 5,
    budgetMs: 10,
    mostLines: 2000,
    heldUnits: 20,
    requests: 300,
    warmRequests: 100,
    waves: 0.2,
    all: true,
    stallSeconds: 0.1,
    stallBytes: 10_000,
    networkRecords: 500,
  },
};
