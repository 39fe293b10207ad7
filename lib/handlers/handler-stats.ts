/** Delivery counts of all open handlers, for monitoring. */
import { diagnostics } from '../core/diagnostics';
import { describeSafely, openHandlers, type Handler } from '../core/handler';
import type { DeliveryStats } from '../outbox/outage';

/** The counts of one handler. A count that the handler does not have is 0: a file has no queue. */
export interface HandlerStats {
  /** The class and the destination, as in reports on stderr: `SocketHandler logs.internal:9020`. */
  readonly handler: string;
  /** Whether records wait in a queue before they are delivered: the handler's own, or the one it writes to. */
  readonly isQueued: boolean;
  /** Waiting records. */
  readonly queued: number;
  readonly queuedBytes: number;
  /** Records that the peer, or the kernel, has accepted. */
  readonly sent: number;
  readonly retried: number;
  readonly unconfirmed: number;
  /** Lost records: the queue was full, the peer refused them, or the handler was closed. */
  readonly dropped: number;
  /** Failures since the process started, as reported on stderr. An outage of a network handler counts as one. */
  readonly failures: number;
}

type Figures = Omit<HandlerStats, 'handler' | 'failures'>;

const NONE: Figures = {
  isQueued: false,
  queued: 0,
  queuedBytes: 0,
  sent: 0,
  retried: 0,
  unconfirmed: 0,
  dropped: 0,
};

function isDelivery(value: unknown): value is DeliveryStats {
  return typeof value === 'object' && value !== null && 'sent' in value && 'dropped' in value;
}

function numberOf(owner: object, key: string): number {
  const value: unknown = Reflect.get(owner, key);
  return typeof value === 'number' ? value : 0;
}

interface Counting {
  stats(): unknown;
}

function isCounting(owner: object): owner is Counting {
  return 'stats' in owner && typeof owner.stats === 'function';
}

/** Counts of a network handler, or of a queue with the same statistics. Undefined for others. */
function deliveryOf(owner: object): Figures | undefined {
  const stats = isCounting(owner) ? owner.stats() : undefined;
  if (!isDelivery(stats)) return undefined;
  const { queued, queuedBytes, sent, retried, unconfirmed } = stats;
  const dropped = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0);
  return { isQueued: true, queued, queuedBytes, sent, retried, unconfirmed, dropped };
}

function figuresOf(handler: Handler): Figures {
  const own = deliveryOf(handler);
  if (own !== undefined) return own;
  const queue: unknown = 'queue' in handler ? handler.queue : undefined;
  if (typeof queue !== 'object' || queue === null) return NONE;
  const pending = numberOf(handler, 'pending');
  const behind = deliveryOf(queue);
  if (behind !== undefined) return { ...behind, queued: behind.queued + pending };
  return {
    ...NONE,
    isQueued: true,
    queued: numberOf(queue, 'size') + pending,
    dropped: numberOf(queue, 'dropped'),
  };
}

/** @internal */
export function statsOf(handler: Handler): HandlerStats {
  const name = describeSafely(handler);
  return { handler: name, ...figuresOf(handler), failures: diagnostics.count(name) };
}

/** Returns the counts of every open handler, the newest first. */
export function handlerStats(): readonly HandlerStats[] {
  return openHandlers.newestFirst().map(statsOf);
}
