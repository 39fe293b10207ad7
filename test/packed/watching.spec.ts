import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from './consumer';

/** A service with a file and an unreachable collector. It requests its own health check and prints the result. */
const HEALTH = `
  const { Handler, LoggingHealthIndicator, LoggingModule, getLogger } = hindsight;
  class Disk extends Handler {
    full = false;
    emit() { if (this.full) throw new Error('ENOSPC'); }
  }
  const disk = new Disk();
  class Health {
    constructor(health, logging) { Object.assign(this, { health, logging }); }
    check() { return this.health.check([() => this.logging.check('logs')]); }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Health.prototype, 'check');
  common.Get()(Health.prototype, 'check', descriptor);
  terminus.HealthCheck()(Health.prototype, 'check', descriptor);
  Object.defineProperty(Health.prototype, 'check', descriptor);
  common.Inject(terminus.HealthCheckService)(Health, undefined, 0);
  common.Inject(LoggingHealthIndicator)(Health, undefined, 1);
  common.Controller('health')(Health);
  class App {}
  common.Module({
    imports: [LoggingModule.forRoot({ handlers: { disk } }), terminus.TerminusModule],
    controllers: [Health],
  })(App);
  async function main() {
    const app = await core.NestFactory.create(App, { bufferLogs: true });
    await app.listen(0, '127.0.0.1');
    for (const full of [false, true]) {
      disk.full = full;
      getLogger('shop').info('sold');
      const response = await fetch((await app.getUrl()) + '/health');
      const body = await response.json();
      console.log(response.status, body.status, JSON.stringify(body.details.logs));
    }
    await app.close();
  }
  void main();`;

const LOAD = {
  module: (name: string, from: string) => `import * as ${name} from '${from}';`,
  commonjs: (name: string, from: string) => `const ${name} = require('${from}');`,
};

const PACKAGES = {
  _metadata: 'reflect-metadata',
  common: '@nestjs/common',
  core: '@nestjs/core',
  terminus: '@nestjs/terminus',
  hindsight: 'nestjs-hindsight',
};

describe.for([
  { major: 12, type: 'module' },
  { major: 11, type: 'commonjs' },
] as const)('LoggingHealthIndicator with @nestjs/terminus of Nest $major', ({ major, type }) => {
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = await Consumer.application(major, type);
  });
  afterAll(() => consumer.remove());

  it('answers 200 while the handlers deliver, and 503 with the reason when one does not', async () => {
    const loads = Object.entries(PACKAGES).map(([name, from]) => LOAD[type](name, from));
    const printed = (await consumer.run('health.js', [...loads, HEALTH].join('\n'))).split('\n');

    expect(printed[0]).toMatch(/^200 ok {"status":"up",/);
    expect(printed[1]).toMatch(/^503 error {"status":"down","message":"disk does not deliver",/);
    expect(printed).toHaveLength(2);
  });
});

/** One success and one failure, with one held record each. */
const WORK = `
  const { exportMetrics, getLogger, observeMetrics, runInScope, HindsightHandler, NullHandler } =
    require('nestjs-hindsight/logging');
  const log = getLogger('work');
  log.setLevel('DEBUG');
  log.propagate = false;
  log.addHandler(new HindsightHandler(new NullHandler()));
  function work() {
    runInScope({ lingerMs: 0 }, () => log.debug('held'));
    try { runInScope({}, () => { log.debug('held'); log.info('passed'); throw new Error('boom'); }); } catch {}
  }`;

describe('the metrics with prom-client and OpenTelemetry', () => {
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = await Consumer.install({
      dependencies: {
        'prom-client': '^15.0.0',
        '@opentelemetry/api': '^1.9.0',
        '@opentelemetry/sdk-metrics': '^2.0.0',
      },
    });
  });
  afterAll(() => consumer.remove());

  it('are in the registry of prom-client, with the values at the time when it is read', async () => {
    const printed = await consumer.run(
      'prometheus.cjs',
      `${WORK}
      const client = require('prom-client');
      const registry = new client.Registry();
      exportMetrics(client, { registers: [registry] });
      work();
      work();
      registry.metrics().then(async () => console.log(await registry.metrics()));`,
    );
    const lines = printed.split('\n');

    expect(lines).toEqual(
      expect.arrayContaining([
        '# TYPE hindsight_records_total counter',
        'hindsight_records_total{outcome="passed"} 2',
        'hindsight_records_total{outcome="dumped"} 2',
        'hindsight_records_total{outcome="dropped"} 2',
        'hindsight_scopes_total 4',
        'hindsight_dumps_total 2',
        '# TYPE hindsight_records_held gauge',
        'hindsight_records_held 0',
      ]),
    );
  });

  it('are observed by a Meter of OpenTelemetry', async () => {
    const printed = await consumer.run(
      'meter.cjs',
      `${WORK}
      const { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } =
        require('@opentelemetry/sdk-metrics');
      const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
      const reader = new PeriodicExportingMetricReader({ exporter });
      const provider = new MeterProvider({ readers: [reader] });
      observeMetrics(provider.getMeter('test'));
      work();
      provider.forceFlush().then(async () => {
        const found = exporter.getMetrics()[0].scopeMetrics[0].metrics.map(({ descriptor, dataPoints }) =>
          [descriptor.name, dataPoints.map(({ value, attributes }) => [attributes.outcome, value])]);
        console.log(JSON.stringify(Object.fromEntries(found)));
        await provider.shutdown();
      });`,
    );

    expect(JSON.parse(printed)).toMatchObject({
      'hindsight.records': [
        ['passed', 1],
        ['dumped', 1],
        ['dropped', 1],
        ['evicted', 0],
      ],
      'hindsight.scopes': [[null, 2]],
      'hindsight.dumps': [[null, 1]],
    });
  });
});
