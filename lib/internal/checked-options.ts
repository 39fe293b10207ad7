/** Refuses options that a class or function does not have, in one wording. */
import { inspect } from 'node:util';
import { ConfigurationError } from '../errors';
import { didYouMean } from './did-you-mean';

/**
 * The name of each option of a type, beside the type: TypeScript refuses a list in which a name is missing, or one too many.
 * Only the keys count, so defaults can be part of it.
 *
 * const NAMES = { ...NAMES_OF_THE_PARENT, maxBytes: true } satisfies OptionNames<RotatingFileHandlerOptions>;
 */
export type OptionNames<Options extends object> = Readonly<Record<keyof Options, unknown>>;

/** Of all scopes: null is a value of it, with which nothing passes through. */
const PASS_THROUGH = 'passThroughLevel';

/**
 * The options, without those that are null: null means the default, as undefined does. Without options, an empty object.
 *
 * A constructor checks names only when its own class is made (`new.target === FileHandler && FILE_OPTIONS`): a class that
 * extends it has more options, checks these itself, and may be the user's.
 *
 * @param owner - What the user called.
 * @param names - The options there are; false lets any through.
 * @throws ConfigurationError `ERR_LOG_OPTION` if they are no object, or if one has a name that is not in `names`.
 */
export function checkedOptions<Options extends object>(
  owner: string,
  options: Options | null | undefined,
  names: Readonly<Record<string, unknown>> | false,
): Options {
  // Whoever needs an option says so when it is missing.
  if (options === undefined || options === null) return {} as Options;
  if (typeof options !== 'object' || Array.isArray(options)) {
    const got = inspect(options, { depth: 0, breakLength: Infinity });
    throw new ConfigurationError(`${owner}: the options must be an object, got ${got}.`);
  }
  if (names !== false) refuseUnknown(owner, options, names);
  for (const name in options) if (isDefault(name, options[name])) return withoutNulls(options);
  return options;
}

function isDefault(name: string, value: unknown): boolean {
  return value === null && name !== PASS_THROUGH;
}

function withoutNulls<Options extends object>(options: Options): Options {
  const entries = Object.entries(options).filter(([name, value]) => !isDefault(name, value));
  return Object.fromEntries(entries) as Options;
}

function refuseUnknown(owner: string, options: object, names: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue;
    throw new ConfigurationError(`${owner}: unknown option "${name}"${didYouMean(name, Object.keys(names))}`);
  }
}
