/** Starts the shop, sends real requests, and shows which records were written and which were dropped. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScopeStats } from 'nestjs-hindsight/logging';
import { linesOf, readLog, type LogLine } from './log-file';
import { bold, COLORED, HEADER, rowText, totalsText, type Row, type Totals } from './report';
import { ShopProcess } from './shop-process';
import { play, STEPS, type Answer, type Step } from './traffic';

/** The request whose console output is shown. */
const FAILING = 'POST /orders/13/checkout';
const PROGRAM = join(__dirname, '../src/main.js');
/** The console and the file: `stats()` counts a record once for each target. */
const TARGETS = 2;

interface Visit {
  readonly logFile: string;
  readonly level: string;
  /** Called after each step with its row and its console output. */
  readonly onStep?: (row: Row, shown: string) => void;
}

function titleOf({ title, requests }: Step, answers: readonly Answer[]): string {
  if (answers.length === 1) return title ?? `${requests[0]?.method} ${requests[0]?.path}`;
  const failed = answers.filter(({ status }) => status >= 500).length;
  return `${answers.length} at once: ${answers.length - failed}×201, ${failed}×500`;
}

/** All records that were held so far. */
function heldIn({ records }: ScopeStats): number {
  return (records.dumped + records.dropped + records.held) / TARGETS;
}

function rowOf(
  step: Step,
  answers: readonly Answer[],
  log: { lines: readonly LogLine[]; held: number },
): Row {
  const written = log.lines.filter(
    ({ hindsight }) => hindsight !== undefined && hindsight.dump === undefined,
  );
  return {
    title: titleOf(step, answers),
    status: answers.length === 1 ? String(answers[0]?.status) : '',
    ms: Math.max(...answers.map(({ ms }) => ms)),
    atOnce: log.lines.filter(({ hindsight }) => hindsight === undefined).length,
    held: log.held,
    written: written.length,
    bytes: log.lines.reduce((sum, { bytes }) => sum + bytes, 0),
    reason: written[0]?.hindsight?.reason ?? '',
  };
}

/** Runs all steps with one shop, and stops it. */
async function visit({ logFile, level, onStep }: Visit): Promise<Totals> {
  const shop = await ShopProcess.start({ program: PROGRAM, logFile, level, colors: COLORED });
  try {
    let held = heldIn(await shop.settled());
    for (const step of STEPS) {
      const before = shop.output.length;
      const answers = await play(shop, step);
      const heldNow = heldIn(await shop.settled());
      const lines = linesOf(readLog(logFile), new Set(answers.map(({ requestId }) => requestId)));
      const shown = await shop.shown(before, lines.at(-1)?.message ?? '');
      onStep?.(rowOf(step, answers, { lines, held: heldNow - held }), shown);
      held = heldNow;
    }
  } catch (error) {
    shop.kill();
    throw error;
  }
  await shop.stop();
  const lines = readLog(logFile);
  // The first line of a dump is not a logged record.
  const logged = lines.filter(({ hindsight }) => hindsight?.dump === undefined);
  return { lines: logged.length, bytes: lines.reduce((sum, { bytes }) => sum + bytes, 0) };
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'shop-'));
  let output = '';
  let dropped = 0;
  try {
    console.log(HEADER);
    const ours = await visit({
      logFile: join(folder, 'shop.jsonl'),
      level: 'INFO',
      onStep: (row, shown) => {
        console.log(rowText(row));
        dropped += row.held - row.written;
        if (row.title === FAILING) output = shown;
      },
    });
    console.log(`\n${bold(`What ${FAILING} wrote on the console`)}\n${output}`);
    const everything = await visit({ logFile: join(folder, 'everything.jsonl'), level: 'DEBUG' });
    console.log(totalsText(ours, everything));
    if (ours.lines + dropped !== everything.lines) {
      throw new Error(
        `${ours.lines} written + ${dropped} dropped are not the ${everything.lines} lines of DEBUG`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
