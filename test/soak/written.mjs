/** Reads the file of the server line by line, and counts its records. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** The part of the output to which a line belongs. */
function partOf({ flood, hindsight, requestId, message, logger }) {
  if (hindsight?.dump !== undefined) return 'headings';
  if (flood !== undefined) return 'summaries';
  if (hindsight?.dropped !== undefined) return 'gaps';
  if (requestId === undefined) return 'outside';
  if (logger === 'soak') return 'own';
  return message.endsWith(' ms') ? 'requests' : 'others';
}

/**
 * Returns `parts` (lines by part), `steps[n]` and `errors[n]` (DEBUG records and Errors of request n) and `floods` (the fields of
 * the summaries). Calls `onLine` with each line and its length.
 */
export async function readWritten(file, { requests, onLine }) {
  const parts = { headings: 0, summaries: 0, gaps: 0, outside: 0, own: 0, requests: 0, others: 0 };
  const written = { parts, steps: new Uint16Array(requests), errors: new Uint16Array(requests), floods: [] };
  let bytes = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    const line = JSON.parse(text);
    const part = partOf(line);
    parts[part]++;
    bytes += text.length + 1;
    if (part === 'summaries') written.floods.push(line.flood);
    if (part === 'own' && line.message === 'step') written.steps[line.n]++;
    const lost = part === 'headings' ? null : /^lost (\d+)$/.exec(line.error?.message ?? '');
    if (lost !== null) written.errors[Number(lost[1])]++;
    if (part !== 'headings') onLine?.(line, text.length + 1);
  }
  return { ...written, bytes, lines: Object.values(parts).reduce((sum, count) => sum + count, 0) };
}
