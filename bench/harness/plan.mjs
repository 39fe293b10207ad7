/** How much of everything: the full run, `--quick` (under three minutes) and `--smoke` (seconds). */

export const PLANS = {
  full: {
    rounds: 5,
    warmMs: 400,
    budgetMs: 800,
    mostLines: 300_000,
    heldUnits: 1000,
    requests: 40_000,
    warmRequests: 15_000,
    stallSeconds: 20,
    stallBytes: 10_000_000,
  },
  quick: {
    rounds: 1,
    warmMs: 300,
    budgetMs: 250,
    mostLines: 200_000,
    heldUnits: 300,
    requests: 4000,
    warmRequests: 1500,
    stallSeconds: 2,
    stallBytes: 1_000_000,
  },
  smoke: {
    rounds: 1,
    warmMs: 5,
    budgetMs: 10,
    mostLines: 2000,
    heldUnits: 20,
    requests: 300,
    warmRequests: 100,
    all: true,
    stallSeconds: 0.1,
    stallBytes: 10_000,
  },
};
