/** One application under test: sends a message for each case, and collects the written records. */
import { stats } from 'nestjs-hindsight';
import { CollectingHandler } from 'nestjs-hindsight/testing';

export const seen = new CollectingHandler();

/** Level and message of a record; for a record with an Error, the message of the Error, whoever logged it. */
function lineOf(record) {
  const { levelname, excInfo } = record;
  if (excInfo === undefined) return `${levelname} ${record.getMessage()}`;
  return `${levelname} !${excInfo instanceof Error ? excInfo.message : String(excInfo)}`;
}

async function until(condition, what) {
  const end = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited too long for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The sender of an event gets no answer, so this waits for the end of its scope, or for a record if it has no scope. */
async function written(before, what) {
  await until(() => {
    const { opened, live } = stats().scopes;
    return live === 0 && (opened > before || seen.records.length > 0);
  }, what);
}

/** Resolves when this number of scopes was opened and all are settled. */
export async function scopesAfter(before, count) {
  await until(() => {
    const { opened, live } = stats().scopes;
    return live === 0 && opened >= before + count;
  }, `${count} scopes`);
}

/** Whether a record belongs to a message: not one of Nest's start-up, and not the heading of a dump. */
function isOwn(record) {
  return record.levelname !== 'INFO' && record.hindsight?.dump === undefined;
}

const known = (values) => [...new Set(values)].filter((value) => value !== undefined);

/**
 * Sends one message and returns the written records.
 *
 * @param fails - records are written, but maybe only after the scope is settled
 */
export async function observe(name, send, { fails = false } = {}) {
  seen.clear();
  const before = stats().scopes.opened;
  await send(name);
  await written(before, name);
  if (fails)
    await until(() => seen.records.some((record) => record.levelname === 'ERROR'), `what is told of ${name}`);
  const records = seen.records.filter(isOwn);
  const fields = records.map((record) => record.context?.fields ?? {});
  return {
    lines: records.map(lineOf),
    ids: known(fields.map(({ requestId }) => requestId)),
    traces: known(fields.map(({ traceId }) => traceId)),
    scopes: known(records.map(({ context }) => context?.id)).length,
  };
}

export async function observeAll(names, send) {
  const found = {};
  for (const name of names) found[name] = await observe(name, send);
  return found;
}
