/** The metrics of the package: their names, and how each is read off the counts. */
import { diagnostics } from '../core/diagnostics';
import { handlerStats, type HandlerStats } from '../handlers';
import { stats } from './counts';

/** One value of a metric, with its labels. */
export interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** A metric by the conventions of Prometheus: counters end in `_total`. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  readonly labelNames: readonly string[];
  readonly read: () => readonly Sample[];
}

function plain(value: number): readonly Sample[] {
  return [{ value, labels: {} }];
}

function byOutcome(counts: Readonly<Record<string, number>>, labels: Sample['labels'] = {}): Sample[] {
  return Object.entries(counts).map(([outcome, value]) => ({ value, labels: { ...labels, outcome } }));
}

function byHandler(read: (handler: HandlerStats) => number, all = false): Sample[] {
  return handlerStats()
    .filter(({ isQueued }) => isQueued || all)
    .map((handler) => ({ value: read(handler), labels: { handler: handler.handler } }));
}

/** Each is counted since the process began, over all applications in it. */
export const METRICS: readonly Metric[] = [
  {
    name: 'hindsight_records_total',
    help: 'Records that reached a scope, by what became of them: passed, dumped, dropped, evicted.',
    kind: 'counter',
    labelNames: ['outcome'],
    read: () => {
      const { passed, dumped, dropped, evicted } = stats().records;
      // Apart, so that the outcomes add up.
      return byOutcome({ passed, dumped, dropped: dropped - evicted, evicted });
    },
  },
  {
    name: 'hindsight_records_held',
    help: 'Records held by scopes now.',
    kind: 'gauge',
    labelNames: [],
    read: () => plain(stats().records.held),
  },
  {
    name: 'hindsight_scopes_total',
    help: 'Scopes opened: requests, messages, jobs and calls.',
    kind: 'counter',
    labelNames: [],
    read: () => plain(stats().scopes.opened),
  },
  {
    name: 'hindsight_scopes_live',
    help: 'Scopes opened and not settled.',
    kind: 'gauge',
    labelNames: [],
    read: () => plain(stats().scopes.live),
  },
  {
    name: 'hindsight_dumps_total',
    help: 'Scopes that wrote what they held.',
    kind: 'counter',
    labelNames: [],
    read: () => plain(stats().scopes.dumps),
  },
  {
    name: 'hindsight_flooded_total',
    help: 'Failed scopes that were only counted, because too many failed at once.',
    kind: 'counter',
    labelNames: [],
    read: () => plain(stats().scopes.flooded),
  },
  {
    name: 'hindsight_skipped_total',
    help: 'Scopes picked by sample, slowMs or onAbort that were not written for it, because there were too many at once.',
    kind: 'counter',
    labelNames: [],
    read: () => plain(stats().scopes.skipped),
  },
  {
    name: 'hindsight_handler_records_total',
    help: 'Records of handlers that deliver from a queue: sent, dropped.',
    kind: 'counter',
    labelNames: ['handler', 'outcome'],
    read: () =>
      handlerStats()
        .filter(({ isQueued }) => isQueued)
        .flatMap(({ handler, sent, dropped }) => byOutcome({ sent, dropped }, { handler })),
  },
  {
    name: 'hindsight_handler_retried_total',
    help: 'Records that were sent again because their connection broke.',
    kind: 'counter',
    labelNames: ['handler'],
    read: () => byHandler(({ retried }) => retried),
  },
  {
    name: 'hindsight_handler_queued_records',
    help: 'Records that wait to be delivered.',
    kind: 'gauge',
    labelNames: ['handler'],
    read: () => byHandler(({ queued }) => queued),
  },
  {
    name: 'hindsight_handler_queued_bytes',
    help: 'Bytes of the records that wait to be delivered.',
    kind: 'gauge',
    labelNames: ['handler'],
    read: () => byHandler(({ queuedBytes }) => queuedBytes),
  },
  {
    name: 'hindsight_handler_failures_total',
    help: 'Failures of a handler that were reported on stderr.',
    kind: 'counter',
    labelNames: ['handler'],
    read: () => byHandler(({ failures }) => failures, true),
  },
  {
    name: 'hindsight_failures_total',
    help: 'Failures of logging itself that were reported on stderr.',
    kind: 'counter',
    labelNames: [],
    read: () => plain(diagnostics.total),
  },
];
