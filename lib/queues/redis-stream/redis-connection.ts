/** One connection to Redis: opened when a command needs it, given up when a command is not answered in time. */
import { DeliveryError } from '../../errors';
import { isError } from '../../internal/foreign';
import { loadPeer } from '../../internal/optional-peer';

/** The node of a cluster that has the keys, as another node says. */
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

/** What is used of a client of the package `redis`. */
interface RedisClient {
  readonly isOpen: boolean;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  sendCommand(args: readonly string[]): Promise<unknown>;
  /** Resolves when what was sent is answered. */
  close(): Promise<unknown>;
  destroy(): void;
  ref(): void;
  unref(): void;
}

interface RedisPackage {
  createClient(options: Readonly<Record<string, unknown>>): RedisClient;
}

export interface RedisConnectionOptions {
  /** At least one; the others are asked when it cannot be reached. */
  readonly urls: readonly string[];
  /** Further options of `createClient`. */
  readonly client: Readonly<Record<string, unknown>>;
  /** How long a connection or an answer is waited for, in ms. */
  readonly timeoutMs: number;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Between two attempts while a cluster moves the slot of the stream or elects a master, in ms. */
const RETRY_MS = 50;
/** As many redirections are followed at once; with more, two nodes may be sending us to each other. */
const QUICK_HOPS = 3;

/**
 * Reconnecting is left to whoever uses it: they know what an interrupted command means. A node of a cluster that does not
 * have the keys is left for the one that it names (MOVED, ASK); all keys must be of one hash slot.
 */
export class RedisConnection {
  readonly #options: RedisConnectionOptions;
  #client: RedisClient | undefined;
  #opening: Promise<RedisClient> | undefined;
  #count = 0;
  #holds = false;
  /** The node of a cluster that has the keys; undefined until another one has named it. */
  #node: ClusterNode | undefined;
  /** Which of the URLs is asked. */
  #turn = 0;
  #closes = 0;

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
  }

  /** How many connections there have been: another number means that what the server knew of the old one is gone. */
  get count(): number {
    return this.#count;
  }

  /** @throws the error of the connection when there is none and none can be made. */
  async open(): Promise<void> {
    await this.#ready();
  }

  /** The answer in RESP 2. `waitMs` is how long the command itself may wait. @throws what Redis or the socket says. */
  async command(args: readonly string[], waitMs = 0): Promise<unknown> {
    return this.#redirected(async (client) => {
      const [answer] = this.#send(client, [args]).slice(-1);
      return this.#answered(client, answer as Promise<unknown>, waitMs);
    });
  }

  /** The answers of commands that run with nothing in between. */
  async transaction(commands: readonly (readonly string[])[]): Promise<readonly unknown[]> {
    return this.#redirected(async (client) => {
      // One turn: no other command of this connection comes between MULTI and EXEC.
      const sent = this.#send(client, [['MULTI'], ...commands, ['EXEC']]);
      const answers = await this.#answered(client, Promise.all(sent), 0);
      const results: unknown = answers.at(-1);
      if (!Array.isArray(results)) throw new DeliveryError('Redis did not run the transaction');
      for (const result of results) if (result instanceof Error) throw result;
      return results as readonly unknown[];
    });
  }

  /** Whether the connection, this one and later ones, keeps the process alive. @defaultValue false */
  hold(keepsAlive: boolean): void {
    this.#holds = keepsAlive;
    this.#applyHold();
  }

  /** Ends the connection; the next command opens another. */
  close(): void {
    this.#closes++;
    const client = this.#client;
    this.#client = undefined;
    this.#opening = undefined;
    if (client?.isOpen === true) client.destroy();
  }

  /** A node that is only about to get the keys answers after ASKING. */
  #send(client: RedisClient, commands: readonly (readonly string[])[]): Promise<unknown>[] {
    const asking = this.#node?.isAsked === true ? [['ASKING']] : [];
    const sent = [...asking, ...commands].map((args) => client.sendCommand(args));
    // The first that fails is told of; the others must not count as unhandled.
    for (const answer of sent) answer.catch(() => undefined);
    return sent;
  }

  /** Follows the cluster: what is redirected, or cannot be answered just now, was not carried out. */
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

  /** Commands of the old connection are still answered; the next one opens another. */
  #goTo({ host, port, isAsked }: ClusterNode, from: RedisClient): void {
    // Another command was redirected before.
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

  /** With the user, password and options of the one that was given. */
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
    // Every command in flight is rejected as well: that is where the error is told.
    client.on('error', () => undefined);
    this.#client = client;
    try {
      await this.#answered(client, client.connect(), 0);
    } catch (error) {
      // A node that is gone: the others know who has its keys.
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
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new DeliveryError(`Redis did not answer within ${timeoutMs} ms`));
        if (client.isOpen) client.destroy();
      }, timeoutMs + waitMs);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
