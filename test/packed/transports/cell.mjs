/** One application under test: sends each case its message and notes what was written. */
import { stats } from 'nestjs-hindsight';
import { CollectingHandler } from 'nestjs-hindsight/testing';

export const seen = new CollectingHandler();

/** Level and message; of a record that tells of an Error, that Error's message, whoever logged it. */
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

/** Nothing tells the sender of an event that it was dealt with: its scope does, or what was written where it has none. */
async function written(before, what) {
  await until(() => {
    const { opened, live } = stats().scopes;
    return live === 0 && (opened > before || seen.records.length > 0);
  }, what);
}

/** Resolves when so many scopes were opened and all are settled. */
export async function scopesAfter(before, count) {
  await until(() => {
    const { opened, live } = stats().scopes;
    return live === 0 && opened >= before + count;
  }, `${count} scopes`);
}

/** What was logged for it: neither what Nest says while it starts, nor the record that heads a dump. */
function isOwn(record) {
  return record.levelname !== 'INFO' && record.hindsight?.dump === undefined;
}

const known = (values) => [...new Set(values)].filter((value) => value !== undefined);

/**
 * Sends one message and returns what was written for it.
 *
 * @param fails - something is written, but maybe only when the scope is settled already
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
