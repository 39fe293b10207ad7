/** Reads the keys of configuration data: Python's snake_case or our camelCase, and none that nobody knows. */
import type { ConfigPlace } from './config-place';
import { didYouMean } from '../internal/did-you-mean';

export type Settings = Readonly<Record<string, unknown>>;

/** `respect_handler_level` → `respectHandlerLevel`; a key that is known as it stands is left alone. */
function knownKey(key: string, known: readonly string[]): string | undefined {
  if (known.includes(key)) return key;
  // From the first underscore of a run only: from each, a long run would cost quadratic time.
  const camel = key.replace(/(?<!_)_+([a-z\d])/g, (_match, letter: string) => letter.toUpperCase());
  return known.includes(camel) ? camel : undefined;
}

/**
 * The data under the names that the constructors have.
 *
 * @param others - What becomes of unknown keys.
 * @throws ConfigurationError for an unknown key, and for one that is there in both spellings.
 */
export function readOptions(
  data: Settings,
  known: readonly string[],
  { place, others = 'refuse' }: { readonly place: ConfigPlace; readonly others?: 'refuse' | 'keep' },
): Record<string, unknown> {
  const read = new Map<string, unknown>();
  for (const [given, value] of Object.entries(data)) {
    const key = knownKey(given, known) ?? given;
    if (others === 'refuse' && !known.includes(key)) {
      throw place.error(`unknown option "${given}"${didYouMean(given, known)}`);
    }
    if (read.has(key)) throw place.error(`"${key}" is given twice, also as "${given}".`);
    read.set(key, value);
  }
  return Object.fromEntries(read);
}

/** Python's None is the default. */
export function withoutNulls(settings: Settings): Settings {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined && value !== null),
  );
}
