/** The header with which a server says when it wants to be asked again (RFC 9110, 10.2.3). */

/** A server that names a day in another century must not stop the delivery for good; one hour, in ms. */
const LONGEST_MS = 3_600_000;

/**
 * The wait in ms, from seconds or from a date of HTTP; undefined when the header is neither.
 *
 * @param now - ms since the epoch
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, LONGEST_MS);
  // Date.parse alone would read '1.5' as a day in January.
  if (!/^[A-Za-z]{3,}, ?\d/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - now, 0), LONGEST_MS);
}
