/** The metrics of the package; registers them with prom-client or OpenTelemetry. */
import { diagnostics } from '../core/diagnostics';
import { ConfigurationError } from '../errors';
import { handlerStats, type HandlerStats } from '../handlers';
import { checkedOptions, type OptionNames } from '../internal/options';
import { stats } from './counts';

/** One value of a metric, with its labels. */
interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** A metric by the conventions of Prometheus: counters end in `_total`. */
interface Metric {
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

/** Counts since the process began, for all applications in it. */
export const METRICS: readonly Metric[] = [
  {
    name: 'hindsight_records_total',
    help: 'Records that reached a scope, by outcome: passed, dumped, dropped, evicted.',
    kind: 'counter',
    labelNames: ['outcome'],
    read: () => {
      const { passed, dumped, dropped, evicted } = stats().records;
      // Without the evicted ones, so that the sum of all outcomes is correct.
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
    help: 'Scopes that were dumped.',
    kind: 'counter',
    labelNames: [],
    read: () => plain(stats().scopes.dumps),
  },
  {
    name: 'hindsight_flooded_total',
    help: 'Failed scopes beyond the limit, which were only counted.',
    kind: 'counter',
    labelNames: [],
    read: () => plain(stats().scopes.flooded),
  },
  {
    name: 'hindsight_skipped_total',
    help: 'Scopes beyond the limit that sample, slowMs or onAbort would have dumped.',
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

/** The part of a counter or gauge of prom-client that we need. */
export interface PromMetric {
  reset(): void;
  inc(labels: Record<string, string>, value: number): void;
}

/** The part of the module `prom-client` that we need. */
export interface PromClient {
  readonly Counter: new (config: never) => PromMetric;
  readonly Gauge: new (config: never) => PromMetric;
}

export interface ExportMetricsOptions {
  /** Registries of prom-client. @defaultValue its default registry */
  readonly registers?: readonly object[];
}

const OPTIONS = { registers: true } as const satisfies OptionNames<ExportMetricsOptions>;

/** The part of an observable instrument of OpenTelemetry that we need. */
export interface ObservableInstrument {
  addCallback(callback: ObservableCallback): void;
  removeCallback(callback: ObservableCallback): void;
}

export type ObservableCallback = (result: {
  observe(value: number, attributes?: Record<string, string>): void;
}) => void;

/** The part of a `Meter` of OpenTelemetry that we need. */
export interface MetricsMeter {
  createObservableCounter(name: string, options: { description: string }): ObservableInstrument;
  createObservableGauge(name: string, options: { description: string }): ObservableInstrument;
}

/** Copies the values when the registry is read. The values of handlers with the same name are added. */
function collectFrom({ read }: Metric): (this: PromMetric) => void {
  return function (this: PromMetric) {
    this.reset();
    for (const { value, labels } of read()) this.inc({ ...labels }, value);
  };
}

/**
 * Registers the package's metrics with prom-client, under names such as `hindsight_records_total`. They are read when the
 * registry is read.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if `client` is not prom-client. prom-client itself throws if they are
 * registered twice.
 * @example
 * import * as client from 'prom-client';
 * exportMetrics(client);
 */
export function exportMetrics(client: PromClient, options: ExportMetricsOptions = {}): void {
  const { registers } = checkedOptions('exportMetrics', options, OPTIONS);
  if (typeof client?.Counter !== 'function' || typeof client.Gauge !== 'function') {
    throw new ConfigurationError(
      'exportMetrics: "client" must be the module prom-client, with Counter and Gauge.',
    );
  }
  for (const metric of METRICS) {
    const { name, help, kind, labelNames } = metric;
    const config = {
      name,
      help,
      labelNames: [...labelNames],
      ...(registers === undefined ? {} : { registers: [...registers] }),
      collect: collectFrom(metric),
    };
    const Type = kind === 'counter' ? client.Counter : client.Gauge;
    // The constructor registers the metric.
    void new Type(config as never);
  }
}

/** OpenTelemetry's names have dots, and counters have no suffix. */
function dotted(name: string): string {
  return name.replace(/_total$/, '').replaceAll('_', '.');
}

/**
 * Registers the package's metrics with a Meter of OpenTelemetry, under names such as `hindsight.records`. Returns a function
 * that removes them.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if `meter` is not a Meter.
 * @example
 * observeMetrics(metrics.getMeter('orders'));
 */
export function observeMetrics(meter: MetricsMeter): () => void {
  if (typeof meter?.createObservableCounter !== 'function') {
    throw new ConfigurationError('observeMetrics: "meter" must be a Meter of OpenTelemetry.');
  }
  const undo = METRICS.map(({ name, help, kind, read }) => {
    const create = kind === 'counter' ? 'createObservableCounter' : 'createObservableGauge';
    const instrument = meter[create](dotted(name), { description: help });
    const callback: ObservableCallback = (result) => {
      for (const { value, labels } of read()) result.observe(value, { ...labels });
    };
    instrument.addCallback(callback);
    return () => instrument.removeCallback(callback);
  });
  return () => {
    for (const remove of undo) remove();
  };
}
