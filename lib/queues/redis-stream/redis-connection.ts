/** One connection to Redis: opened when a command needs it, given up when a command is not answered in time. */
import { DeliveryError } from '../../errors';
import { loadPeer } from '../../internal/optional-peer';

/** What is used of a client of the package `redis`. */
interface RedisClient {
  readonly isOpen: boolean;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  sendCommand(args: readonly string[]): Promise<unknown>;
  destroy(): void;
  ref(): void;
  unref(): void;
}

interface RedisPackage {
  createClient(options: Readonly<Record<string, unknown>>): RedisClient;
}

export interface RedisConnectionOptions {
  readonly url: string;
  /** Further options of `createClient`. */
  readonly client: Readonly<Record<string, unknown>>;
  /** How long a connection or an answer is waited for, in ms. */
  readonly timeoutMs: number;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Reconnecting is left to whoever uses it: they know what an interrupted command means. */
export class RedisConnection {
  readonly #options: RedisConnectionOptions;
  #client: RedisClient | undefined;
  #opening: Promise<RedisClient> | undefined;
  #count = 0;
  #holds = false;

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
    const client = await this.#ready();
    return this.#answered(client, client.sendCommand(args), waitMs);
  }

  /** The answers of commands that run with nothing in between. */
  async transaction(commands: readonly (readonly string[])[]): Promise<readonly unknown[]> {
    const client = await this.#ready();
    // One turn: no other command of this connection comes between MULTI and EXEC.
    const sent = [['MULTI'], ...commands, ['EXEC']].map((args) => client.sendCommand(args));
    const answers = await this.#answered(client, Promise.all(sent), 0);
    const results: unknown = answers.at(-1);
    if (!Array.isArray(results)) throw new DeliveryError('Redis did not run the transaction');
    for (const result of results) if (result instanceof Error) throw result;
    return results as readonly unknown[];
  }

  /** Whether the connection, this one and later ones, keeps the process alive. @defaultValue false */
  hold(keepsAlive: boolean): void {
    this.#holds = keepsAlive;
    this.#applyHold();
  }

  /** Ends the connection; the next command opens another. */
  close(): void {
    const client = this.#client;
    this.#client = undefined;
    this.#opening = undefined;
    if (client?.isOpen === true) client.destroy();
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
    const { url, client: given, timeoutMs } = this.#options;
    const redis = loadPeer('redis', 'RedisStreamQueue') as RedisPackage;
    const socket = isObject(given['socket']) ? given['socket'] : {};
    const client = redis.createClient({
      ...given,
      url,
      RESP: 2,
      disableOfflineQueue: true,
      socket: { connectTimeout: timeoutMs, ...socket, reconnectStrategy: false },
    });
    // Every command in flight is rejected as well: that is where the error is told.
    client.on('error', () => undefined);
    this.#client = client;
    await this.#answered(client, client.connect(), 0);
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
