/** Hands the counts to the metrics library of the application: prom-client, or OpenTelemetry's. */
import { ConfigurationError } from '../errors';
import { checkedOptions, type OptionNames } from '../internal/checked-options';
import { METRICS, type Metric } from './metric-table';

/** A counter or gauge of prom-client, as far as it is used. */
export interface PromMetric {
  reset(): void;
  inc(labels: Record<string, string>, value: number): void;
}

/** The module `prom-client`, as far as it is used. */
export interface PromClient {
  readonly Counter: new (config: never) => PromMetric;
  readonly Gauge: new (config: never) => PromMetric;
}

export interface ExportMetricsOptions {
  /** Registries of prom-client. @defaultValue the library's own */
  readonly registers?: readonly object[];
}

const OPTIONS = { registers: true } as const satisfies OptionNames<ExportMetricsOptions>;

/** An observable instrument of OpenTelemetry, as far as it is used. */
export interface ObservableInstrument {
  addCallback(callback: ObservableCallback): void;
  removeCallback(callback: ObservableCallback): void;
}

export type ObservableCallback = (result: {
  observe(value: number, attributes?: Record<string, string>): void;
}) => void;

/** A `Meter` of OpenTelemetry, as far as it is used. */
export interface MetricsMeter {
  createObservableCounter(name: string, options: { description: string }): ObservableInstrument;
  createObservableGauge(name: string, options: { description: string }): ObservableInstrument;
}

/** Values are counted here and only copied when somebody asks; handlers of one name are added up. */
function collectFrom({ read }: Metric): (this: PromMetric) => void {
  return function (this: PromMetric) {
    this.reset();
    for (const { value, labels } of read()) this.inc({ ...labels }, value);
  };
}

/**
 * Registers the package's metrics with prom-client, under names such as `hindsight_records_total`. They are read when the
 * registry is.
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
    throw new ConfigurationError('exportMetrics: takes the module prom-client, with Counter and Gauge.');
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
    // It registers itself.
    void new Type(config as never);
  }
}

/** OpenTelemetry's names have dots, and no word for what a counter is. */
function dotted(name: string): string {
  return name.replace(/_total$/, '').replaceAll('_', '.');
}

/**
 * Registers the package's metrics with a Meter of OpenTelemetry, under names such as `hindsight.records`. Returns what
 * takes them back.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if `meter` is not a Meter.
 * @example
 * observeMetrics(metrics.getMeter('orders'));
 */
export function observeMetrics(meter: MetricsMeter): () => void {
  if (typeof meter?.createObservableCounter !== 'function') {
    throw new ConfigurationError('observeMetrics: takes a Meter of OpenTelemetry.');
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
