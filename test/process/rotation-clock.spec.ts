/** Rotation while the clock of the process is moved: over the changes of the year, back, and a thousand times as fast. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runChild, startChild } from '../support/child';
import { haveCommands } from '../support/real-means';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

const SETUP = `
const [, path, options] = process.argv;
const { Manager } = lib('core/manager');
const { TimedRotatingFileHandler } = lib('handlers');
const log = new Manager().getLogger('app');
log.setLevel('DEBUG');
log.addHandler(new TimedRotatingFileHandler(path, JSON.parse(options)));
`;

/** Moves the clock of a child in New York to a time and has it log that time. */
type LogAt = (time: string) => Promise<void>;

async function movable(
  path: string,
  options: { readonly when: string; readonly start: string },
): Promise<LogAt> {
  const library = execFileSync('faketime', ['-f', '+0', 'sh', '-c', 'printf %s "$LD_PRELOAD"'], {
    encoding: 'utf8',
  });
  const clock = join(tempDir(), 'clock');
  const setClock = (time: string): void => writeFileSync(clock, `${new Date(time).getTime() / 1000}\n`);
  setClock(options.start);
  const child = await startChild(
    `${SETUP}
    process.stdin.setEncoding('utf8').on('data', (text) => { log.info(text); process.stdout.write('.'); });
    process.stdout.write('ready');`,
    {
      args: [path, JSON.stringify({ when: options.when })],
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        TZ: 'America/New_York',
        LD_PRELOAD: library,
        FAKETIME_FMT: '%s',
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    },
  );
  // The first rollover is computed from the time at which the handler is made.
  await until(() => child.stdout !== '');
  return async (time) => {
    const { length } = child.stdout;
    setClock(time);
    child.process.stdin?.write(time);
    await until(() => child.stdout.length > length);
  };
}

/** What the files hold, by what follows `app.log` in their names. */
function contents(path: string): Record<string, string> {
  const directory = join(path, '..');
  const names = readdirSync(directory).toSorted();
  return Object.fromEntries(
    names.map((name) => [name.slice('app.log'.length), readFileSync(join(directory, name), 'utf8')]),
  );
}

describe.runIf(haveCommands('faketime'))('a clock that is moved', () => {
  it('over the spring night makes a file of each day', async () => {
    const path = join(tempDir(), 'app.log');
    const logAt = await movable(path, { when: 'midnight', start: '2024-03-09T12:00:00-05:00' });
    const [saturday, sunday, late, monday] = [
      '2024-03-09T23:59:59-05:00',
      '2024-03-10T00:00:00-05:00',
      '2024-03-10T23:59:59-04:00',
      '2024-03-11T00:00:00-04:00',
    ];

    for (const time of [saturday, sunday, late, monday]) await logAt(time);

    expect(contents(path)).toEqual({
      '': `${monday}\n`,
      '.2024-03-09': `${saturday}\n`,
      '.2024-03-10': `${sunday}\n${late}\n`,
    });
  });

  it('through the autumn hour makes a file of each hour', async () => {
    const path = join(tempDir(), 'app.log');
    const logAt = await movable(path, { when: 'H', start: '2024-11-03T00:00:00-04:00' });
    const hours = ['00:30:00-04:00', '01:30:00-04:00', '01:30:00-05:00', '02:30:00-05:00', '03:30:00-05:00'];

    for (const hour of hours) await logAt(`2024-11-03T${hour}`);

    expect(contents(path)).toEqual({
      '.2024-11-03_00': '2024-11-03T00:30:00-04:00\n',
      '.2024-11-03_01': '2024-11-03T01:30:00-04:00\n',
      '.2024-11-03_01.1': '2024-11-03T01:30:00-05:00\n',
      '.2024-11-03_02': '2024-11-03T02:30:00-05:00\n',
      '': '2024-11-03T03:30:00-05:00\n',
    });
  });

  it('back by a day loses nothing, and rotates when its time comes', async () => {
    const path = join(tempDir(), 'app.log');
    const logAt = await movable(path, { when: 'H', start: '2024-06-02T12:00:00-04:00' });
    const times = ['02T12:10', '01T12:00', '01T14:00', '02T13:00'].map((time) => `2024-06-${time}:00-04:00`);

    for (const time of times) await logAt(time);

    const [last = ''] = times.splice(3);
    expect(contents(path)).toEqual({
      '.2024-06-02_12': times.map((time) => `${time}\n`).join(''),
      '': `${last}\n`,
    });
  });

  it('a thousand times as fast keeps each record exactly once', async () => {
    const path = join(tempDir(), 'app.log');

    const result = await runChild(
      `${SETUP}
      let at = 0;
      const more = () => {
        for (let n = 0; n < 10; n++) log.info('line %d', at++);
        if (at < 3000) setTimeout(more, 3);
      };
      more();`,
      {
        under: ['faketime', '-f', '@2024-02-28 23:30:00 x1000'],
        env: { FAKETIME_DONT_FAKE_MONOTONIC: '1' },
        args: [path, JSON.stringify({ when: 'M' })],
      },
    );

    const files = Object.values(contents(path));
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(files.flatMap((text) => text.split('\n').slice(0, -1)).toSorted()).toEqual(
      Array.from({ length: 3000 }, (_, at) => `line ${at}`).toSorted(),
    );
    expect(files.length).toBeGreaterThan(10);
  });
});
