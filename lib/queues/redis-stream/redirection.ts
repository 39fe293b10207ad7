/** What a node of a Redis cluster says instead of an answer: that another one has the keys, or that nobody can tell yet. */
import { isError } from '../../internal/foreign';

export interface ClusterNode {
  /** Empty for the host that was asked. */
  readonly host: string;
  readonly port: number;
  /** It is about to get the keys, and answers only after ASKING. */
  readonly isAsked: boolean;
}

const ELSEWHERE = /^(MOVED|ASK) \d+ (.*):(\d+)$/;
/** Keys that are being moved one by one, a cluster without a master for the slot, a wait whose key was moved away. */
const LATER = /^(?:TRYAGAIN|CLUSTERDOWN|MASTERDOWN|UNBLOCKED)\b/;

/** Where the command must go; `later` to the same node. Undefined for all other errors. Redis did not run the command. */
export function redirectionOf(error: unknown): ClusterNode | 'later' | undefined {
  if (!isError(error)) return undefined;
  const [, kind, host, port] = ELSEWHERE.exec(error.message) ?? [];
  if (host !== undefined) return { host, port: Number(port), isAsked: kind === 'ASK' };
  return LATER.test(error.message) ? 'later' : undefined;
}
