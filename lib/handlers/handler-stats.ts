/** What became of the records of each open handler, for those who watch the service. */
import { diagnostics } from '../core/diagnostics';
import { describeSafely, openHandlers, type Handler } from '../core/handler';
import type { DeliveryStats } from '../outbox/outage';

/** One handler's figures. Those that it does not keep are 0: a file has no queue. */
export interface HandlerStats {
  /** As on stderr: the class and where it delivers to, such as `SocketHandler logs.internal:9020`. */
  readonly handler: string;
  /** True if records wait in a queue, of the handler or behind it, before they are delivered. */
  readonly isQueued: boolean;
  /** Records that wait. */
  readonly queued: number;
  readonly queuedBytes: number;
  /** Records that the peer took. */
  readonly sent: number;
  readonly retried: number;
  readonly unconfirmed: number;
  /** Records given up: the queue was full, the peer refused them, or the handler was closed. */
  readonly dropped: number;
  /** Failures reported on stderr since the process began; an outage of a network handler is one. */
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

/** Of a network handler, or of a queue that delivers as one does. */
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

/** Figures of every handler that is open, newest first. */
export function handlerStats(): readonly HandlerStats[] {
  return openHandlers.newestFirst().map(statsOf);
}
