/** A real Redis cluster without replicas, whose slots can be moved while it is used. */
import { until } from '../support/until';
import { startRedis, type RedisServer } from './redis-server';

const SLOTS = 16_384;

type Client = Awaited<ReturnType<RedisServer['client']>>;

interface Node {
  readonly server: RedisServer;
  readonly client: Client;
  readonly id: string;
}

/** Starts one for the running test. */
export async function startRedisCluster(size: number): Promise<RedisCluster> {
  const nodes: Node[] = [];
  for (let i = 0; i < size; i++) {
    const server = await startRedis(['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000']);
    const client = await server.client();
    nodes.push({ server, client, id: String(await client.sendCommand(['CLUSTER', 'MYID'])) });
  }
  for (const [i, { client }] of nodes.entries()) {
    const [from, to] = [Math.ceil((i * SLOTS) / size), Math.ceil(((i + 1) * SLOTS) / size) - 1];
    await client.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', String(from), String(to)]);
    // Each in an epoch of its own, as redis-cli does, so that no two dispute a slot later.
    await client.sendCommand(['CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1)]);
  }
  for (const { server } of nodes.slice(1))
    await nodes[0]?.client.sendCommand(['CLUSTER', 'MEET', '127.0.0.1', String(server.port)]);
  const cluster = new RedisCluster(nodes);
  await cluster.settled();
  return cluster;
}

export class RedisCluster {
  readonly #nodes: readonly Node[];

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
  }

  get urls(): readonly string[] {
    return this.#nodes.map(({ server }) => server.url);
  }

  /** Number of the node that has the key's slot. */
  async ownerOf(key: string): Promise<number> {
    for (const [i, { client }] of this.#nodes.entries()) {
      const isOwner = await client.sendCommand(['EXISTS', key]).then(
        () => true,
        () => false,
      );
      if (isOwner) return i;
    }
    throw new Error(`nobody has the slot of ${key}`);
  }

  /**
   * Moves the slot of the key to another node, as `redis-cli --cluster reshard` does: key by key. `paused` is run in the
   * middle, when some keys are there and some here.
   */
  async move(key: string, to: number, paused: () => Promise<void> = async () => undefined): Promise<void> {
    const slot = String(await this.#slotOf(key));
    const [source, target] = [this.#nodes[await this.ownerOf(key)] as Node, this.#nodes[to] as Node];
    await target.client.sendCommand(['CLUSTER', 'SETSLOT', slot, 'IMPORTING', source.id]);
    await source.client.sendCommand(['CLUSTER', 'SETSLOT', slot, 'MIGRATING', target.id]);
    const keys = (): Promise<readonly string[]> =>
      source.client.sendCommand(['CLUSTER', 'GETKEYSINSLOT', slot, '1']) as Promise<readonly string[]>;
    let isFirst = true;
    for (let next = await keys(); next.length > 0; next = await keys()) {
      const place = ['127.0.0.1', String(target.server.port)];
      await source.client.sendCommand(['MIGRATE', ...place, next[0] as string, '0', '5000']);
      if (isFirst) await paused();
      isFirst = false;
    }
    for (const { client } of [
      target,
      source,
      ...this.#nodes.filter((node) => node !== source && node !== target),
    ])
      await client.sendCommand(['CLUSTER', 'SETSLOT', slot, 'NODE', target.id]);
  }

  /** Lets the only node serve the slot of the key, or no more. */
  async serve(key: string, isServed: boolean): Promise<void> {
    const slot = String(await this.#slotOf(key));
    await this.#nodes[0]?.client.sendCommand(['CLUSTER', isServed ? 'ADDSLOTS' : 'DELSLOTS', slot]);
    if (isServed) await this.settled();
  }

  /** Resolves when every node knows that all slots are served. */
  async settled(): Promise<void> {
    for (const { client } of this.#nodes) {
      let said = '';
      await until(
        () => {
          void client.sendCommand(['CLUSTER', 'INFO']).then((info) => (said = String(info)));
          return (
            said.includes('cluster_state:ok') && said.includes(`cluster_known_nodes:${this.#nodes.length}`)
          );
        },
        { what: 'the cluster is ready', timeoutMs: 30_000 },
      );
    }
  }

  /** What is in a stream, oldest first. */
  async entries(stream: string): Promise<Awaited<ReturnType<RedisServer['entries']>>> {
    return (this.#nodes[await this.ownerOf(stream)] as Node).server.entries(stream);
  }

  async #slotOf(key: string): Promise<number> {
    return Number(await this.#nodes[0]?.client.sendCommand(['CLUSTER', 'KEYSLOT', key]));
  }
}
