import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readListenConfig } from '../../lib/cli/listen-config';
import { UsageError } from '../../lib/cli/arguments';
import { tempDir } from '../support/temp-dir';

function file(text: string): string {
  const path = join(tempDir(), 'logging.json');
  writeFileSync(path, text);
  return path;
}

describe('readListenConfig', () => {
  it('separates the queue from the rest, in both spellings', () => {
    const path = file(
      '\uFEFF{"version":1,"root":{},"queue":{"url":"redis://h","claim_after":5,"group":null}}',
    );

    expect(readListenConfig(path, {})).toEqual({
      logging: { version: 1, root: {} },
      queue: { url: 'redis://h', claimAfter: 5 },
    });
  });

  it('uses the url of the environment unless the file has one', () => {
    const environment = { REDIS_URL: 'redis://environment' };

    expect(readListenConfig(file('{"queue":{}}'), environment).queue.url).toBe('redis://environment');
    expect(readListenConfig(file('{"queue":{"url":"redis://file"}}'), environment).queue.url).toBe(
      'redis://file',
    );
  });

  it.each([
    ['{', /logging\.json is not JSON: /],
    ['[]', /logging\.json must hold an object\./],
    ['{"version":1}', /needs "queue", such as/],
    ['{"queue":{"strem":"x"}}', /listen: "queue": unknown option "strem".*stream/],
    ['{"queue":{"maxQueued":1}}', /unknown option "maxQueued"/],
  ])('refuses %s', (text, message) => {
    const path = file(text);
    expect(() => readListenConfig(path, {})).toThrow(UsageError);
    expect(() => readListenConfig(path, {})).toThrow(message);
  });

  it('refuses a missing file', () => {
    expect(() => readListenConfig('/nowhere/logging.json', {})).toThrow(
      /the configuration cannot be read: ENOENT/,
    );
  });
});
