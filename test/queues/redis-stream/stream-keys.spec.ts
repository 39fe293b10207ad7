import { describe, expect, it } from 'vitest';
import { keyBeside } from '../../../lib/queues/redis-stream/stream-keys';
import { startRedis } from '../../peers/redis-server';
import { haveCommands } from '../../support/real-means';

const NAMES = ['logs', 'a:b', 'a{', '{', '{logs}', 'shop{logs}x', '{a}{b}', 'x{a}}', 'журнал'];

describe('keyBeside', () => {
  it('has the hash tag of the stream, or makes one of its name', () => {
    expect(keyBeside('Q', 'logs', 'aside')).toBe('{logs}:aside');
    expect(keyBeside('Q', 'shop{logs}x', 'aside')).toBe('shop{logs}x:aside');
  });

  it.each(['a}b', '{}', '{}a', '{}{a}'])('refuses %s', (name) => {
    expect(() => keyBeside('Q', name, 'aside')).toThrow(
      /^Q: "stream" must have no "}" but at the end of a hash tag/,
    );
  });

  it.runIf(haveCommands('redis-server'))('is of the slot of the stream, says Redis', async () => {
    const client = await (await startRedis(['--cluster-enabled', 'yes'])).client();
    const slotOf = (key: string): Promise<unknown> => client.sendCommand(['CLUSTER', 'KEYSLOT', key]);

    for (const name of NAMES) expect(await slotOf(keyBeside('Q', name, 'from'))).toBe(await slotOf(name));
  });
});
