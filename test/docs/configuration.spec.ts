/** The configurations shown in docs/configuration.md are taken, and its mistakes are told as it says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dictConfig, getHandlerByName, Manager, type DictConfig } from '../../lib/logging';
import { tempDir } from '../support/temp-dir';

const page = readFileSync(join(__dirname, '../../docs/configuration.md'), 'utf8');
const [shown = ''] = /(?<=```json\n)[^`]+/.exec(page) ?? [];

interface Shown extends DictConfig {
  readonly handlers: Record<'console' | 'file' | 'queue', Record<string, unknown>>;
  readonly root: { handlers: string[] };
}

/** A copy of the page's JSON that writes where a test may. */
function config(): Shown {
  const parsed = JSON.parse(shown) as Shown;
  parsed.handlers.file['filename'] = join(tempDir(), 'app.log');
  return parsed;
}

describe('docs/configuration.md', () => {
  it('shows a file that dictConfig takes', () => {
    const manager = new Manager();
    const taken = config();
    onTestFinished(async () => {
      const file = getHandlerByName('file');
      dictConfig({ version: 1, root: { level: 'INFO' } }, { manager });
      // Its backups are looked at in the background, in a directory that is about to go.
      await file?.close();
    });

    dictConfig(taken, { manager });

    expect(manager.root.handlers.map(({ name }) => name)).toEqual(['console', 'queue']);
  });

  it.each<[string, (config: Shown) => void]>([
    ['"handlers.file.maxBytes"', ({ handlers }) => (handlers.file['maxBytes'] = -1)],
    ['did you mean "backupCount"?', ({ handlers }) => (handlers.file['backupcount'] = 1)],
    ['did you mean "console"?', ({ root }) => root.handlers.splice(1, 1, 'consol')],
  ])('quotes the message with %s', (words, spoil) => {
    const spoiled = config();
    spoil(spoiled);
    const quoted = page
      .split('\n')
      .find((line) => line.startsWith('ConfigurationError') && line.includes(words));
    const beginning = quoted?.replace(/^ConfigurationError: |( Known are.*)$/g, '') ?? '?';

    expect(() => dictConfig(spoiled, { manager: new Manager() })).toThrow(beginning);
  });
});
