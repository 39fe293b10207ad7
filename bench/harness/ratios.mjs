/** Rows of one comparison: each subject's value, beside the ideal and the best peer. */
import { short } from './statistics.mjs';

/** `values`: Map of subject to number. All subjects are peers, except the ideal, ours and those in `aside`. */
export function compare(values, aside = []) {
  const peers = [...values].filter(([name]) => !['ideal', 'ours', ...aside].includes(name));
  const best = peers.length === 0 ? undefined : Math.min(...peers.map(([, value]) => value));
  return {
    ideal: values.get('ideal'),
    ours: values.get('ours'),
    best,
    bestName: peers.find(([, value]) => value === best)?.[0],
    ratios: (value) => [
      times(value, values.get('ideal')),
      times(value, best),
      times(values.get('ours'), value),
    ],
  };
}

export function times(value, base) {
  return value === undefined || base === undefined ? '–' : `${short(value / base)} ×`;
}

/** One target of the project: `value` must not be above `limit`. A missing value is not a miss. */
export function target(id, value, limit) {
  return { id, value, limit, missed: value !== undefined && value > limit };
}
