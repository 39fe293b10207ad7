/** One connection to Redis. It opens when a command needs it, and closes when a command gets no reply in time. */
import { DeliveryError } from '../../errors';
import { isError } from '../../internal/foreign';
import { loadPeer } from '../../internal/optional-peer';
import { withTimeLimit } from '../../internal/time-limit';

/** The cluster node that has the keys, from the reply of another node. */
export interface ClusterNode {
  /** Empty means the host of the node that replied. */
  readonly host: string;
  readonly port: number;
  /** The keys are being moved to it, so it needs ASKING before the command. */
  readonly isAsked: boolean;
}

const ELSEWHERE = /^(MOVED|ASK) \d+ (.*):(\d+)$/;
/** Errors after which the same node is asked again: keys are being moved, or the slot has no master at the moment. */
const LATER = /^(?:TRYAGAIN|CLUSTERDOWN|MASTERDOWN|UNBLOCKED)\b/;

/**
 * The node to send the command to, or `later` for the same node. In both cases Redis did not run it. Undefined for
 * other errors.
 */
export function redirectionOf(error: unknown): ClusterNode | 'later' | undefined {
  if (!isError(error)) return undefined;
  const [, kind, host, port] = ELSEWHERE.exec(error.message) ?? [];
  if (host !== undefined) return { host, port: Number(port), isAsked: kind === 'ASK' };
  return LATER.test(error.message) ? 'later' : undefined;
}

/** The subset of a client of the package `redis` that we need. */
interface RedisClient {
  readonly isOpen: boolean;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  sendCommand(args: readonly string[]): Promise<unknown>;
  /** Resolves when all sent commands have a reply. */
  close(): Promise<unknown>;
  destroy(): void;
  ref(): void;
  unref(): void;
}

interface RedisPackage {
  createClient(options: Readonly<Record<string, unknown>>): RedisClient;
}

export interface RedisConnectionOptions {
  /** At least one. The others are tried if the first cannot be reached. */
  readonly urls: readonly string[];
  /** Further options of `createClient`. */
  readonly client: Readonly<Record<string, unknown>>;
  /** Time limit for connecting and for a reply, in ms. */
  readonly timeoutMs: number;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Pause between attempts while a cluster moves the slot of the stream or elects a master, in ms. */
const RETRY_MS = 50;
/** This many redirections are followed without a pause. With more, two nodes may redirect to each other. */
const QUICK_HOPS = 3;

/**
 * Does not repeat an interrupted command: the caller decides that. Follows the redirections of a cluster (MOVED, ASK) to
 * the node that has the keys. All keys must be in one hash slot.
 */
export class RedisConnection {
  readonly #options: RedisConnectionOptions;
  #client: RedisClient | undefined;
  #opening: Promise<RedisClient> | undefined;
  #count = 0;
  #holds = false;
  /** The cluster node that has the keys. Undefined before a redirection. */
  #node: ClusterNode | undefined;
  /** Index of the current URL. */
  #turn = 0;
  #closes = 0;

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
  }

  /** Number of connections so far. A new number means that the state of the old connection is lost. */
  get count(): number {
    return this.#count;
  }

  /** @throws the error of the connection if it cannot be made. */
  async open(): Promise<void> {
    await this.#ready();
  }

  /** The reply in RESP 2. `waitMs` is how long the command itself may wait. @throws the error of Redis or of the socket. */
  async command(args: readonly string[], waitMs = 0): Promise<unknown> {
    return this.#redirected(async (client) => {
      const [answer] = this.#send(client, [args]).slice(-1);
      return this.#answered(client, answer as Promise<unknown>, waitMs);
    });
  }

  /** The replies of commands in MULTI and EXEC. */
  async transaction(commands: readonly (readonly string[])[]): Promise<readonly unknown[]> {
    return this.#redirected(async (client) => {
      // Sent in one turn, so that no other command comes between MULTI and EXEC.
      const sent = this.#send(client, [['MULTI'], ...commands, ['EXEC']]);
      const answers = await this.#answered(client, Promise.all(sent), 0);
      const results: unknown = answers.at(-1);
      if (!Array.isArray(results)) throw new DeliveryError('Redis did not run the transaction');
      for (const result of results) if (result instanceof Error) throw result;
      return results as readonly unknown[];
    });
  }

  /** Whether this and later connections keep the process alive. @defaultValue false */
  hold(keepsAlive: boolean): void {
    this.#holds = keepsAlive;
    this.#applyHold();
  }

  /** Ends the connection. The next command opens another one. */
  close(): void {
    this.#closes++;
    const client = this.#client;
    this.#client = undefined;
    this.#opening = undefined;
    if (client?.isOpen === true) client.destroy();
  }

  /** Sends ASKING first to a node to which the keys are being moved. */
  #send(client: RedisClient, commands: readonly (readonly string[])[]): Promise<unknown>[] {
    const asking = this.#node?.isAsked === true ? [['ASKING']] : [];
    const sent = [...asking, ...commands].map((args) => client.sendCommand(args));
    // The caller gets the first rejection. The others must not be unhandled.
    for (const answer of sent) answer.catch(() => undefined);
    return sent;
  }

  /** Runs commands and follows redirections. A redirected command was not run, so it can be sent again. */
  async #redirected<T>(run: (client: RedisClient) => Promise<T>): Promise<T> {
    const [end, closes] = [performance.now() + this.#options.timeoutMs, this.#closes];
    for (let hops = 1; ; hops++) {
      const client = await this.#ready();
      try {
        return await run(client);
      } catch (error) {
        const redirection = redirectionOf(error);
        if (redirection === undefined || performance.now() > end || closes !== this.#closes) throw error;
        if (redirection !== 'later') this.#goTo(redirection, client);
        if (redirection === 'later' || hops > QUICK_HOPS) await this.#pause();
        if (closes !== this.#closes) throw error;
      }
    }
  }

  /** The next command connects to this node. Pending commands of the old connection still get their replies. */
  #goTo({ host, port, isAsked }: ClusterNode, from: RedisClient): void {
    // Another command was redirected already.
    if (this.#client !== from) return;
    this.#node = { host: host === '' ? new URL(this.#url()).hostname : host, port, isAsked };
    this.#client = undefined;
    from.close().catch(() => from.destroy());
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, RETRY_MS);
      if (!this.#holds) timer.unref();
    });
  }

  /** The URL of the current node, with the user, password and options of the given URL. */
  #url(): string {
    const { urls } = this.#options;
    const url = new URL(urls[this.#turn % urls.length] as string);
    if (this.#node === undefined) return url.href;
    const { host, port } = this.#node;
    url.hostname = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    url.port = String(port);
    return url.href;
  }

  #ready(): Promise<RedisClient> {
    if (this.#opening !== undefined) return this.#opening;
    if (this.#client?.isOpen === true) return Promise.resolve(this.#client);
    const opening = this.#connect().finally(() => {
      if (this.#opening === opening) this.#opening = undefined;
    });
    this.#opening = opening;
    return opening;
  }

  async #connect(): Promise<RedisClient> {
    const { client: given, timeoutMs } = this.#options;
    const redis = loadPeer('redis', 'RedisStreamQueue') as RedisPackage;
    const socket = isObject(given['socket']) ? given['socket'] : {};
    const client = redis.createClient({
      ...given,
      url: this.#url(),
      RESP: 2,
      disableOfflineQueue: true,
      socket: { connectTimeout: timeoutMs, ...socket, reconnectStrategy: false },
    });
    // Each pending command is rejected with the error too.
    client.on('error', () => undefined);
    this.#client = client;
    try {
      await this.#answered(client, client.connect(), 0);
    } catch (error) {
      // The node is down. The other nodes know which one has its keys.
      if (this.#node === undefined) this.#turn++;
      this.#node = undefined;
      throw error;
    }
    this.#count++;
    this.#applyHold();
    return client;
  }

  #applyHold(): void {
    if (this.#holds) this.#client?.ref();
    else this.#client?.unref();
  }

  async #answered<T>(client: RedisClient, answer: Promise<T>, waitMs: number): Promise<T> {
    const { timeoutMs } = this.#options;
    return withTimeLimit(answer, timeoutMs + waitMs, () => {
      // Later, so that the caller gets this error and not the one of the closed client.
      queueMicrotask(() => client.isOpen && client.destroy());
      return new DeliveryError(`Redis did not answer within ${timeoutMs} ms`);
    });
  }
}
