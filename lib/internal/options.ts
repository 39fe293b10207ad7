/** Describes the options of each class once, and reads them: names, values and defaults. */
import { ConfigurationError } from '../errors';
import { didYouMean } from './did-you-mean';
import { inspectValue, isArray, readProperty } from './foreign';

/** Properties of an option for error texts and docs. */
export interface RuleTexts {
  /** The default value, in the form that a caller would pass. */
  readonly fallback?: unknown;
  /** The default as text for the docs, if `fallback` does not show it: `the system's clock`. */
  readonly otherwise?: string;
  /** There is no default: a value must be given. */
  readonly required?: boolean;
  /** The value may contain a password, so error texts do not show it. */
  readonly secret?: boolean;
  /** Converts the value from a configuration, for example 1 to true. */
  readonly fromData?: (value: unknown) => unknown;
  /** Text that tells the user how to correct a wrong value. */
  readonly advice?: string;
}

/** One option of a class, or one argument of its constructor. `Used` is the type of the value that the class works with. */
export interface Rule<Used = unknown> extends RuleTexts {
  /** What a value must be: `a positive integer`. */
  readonly expected: string;
  /** The value that the class works with; undefined for an invalid value. */
  readonly read: (value: unknown, owner: string) => Used | undefined;
}

/** The options of a class by name. */
export type Spec = Readonly<Record<string, Rule>>;

/** A spec for an options interface: a missing or additional name is a TypeScript error. */
export type SpecOf<Options extends object> = { readonly [Name in keyof Required<Options>]: Rule };

/** What `readOptions` returns. */
export type Settings<S> = {
  readonly [Name in keyof S]: S[Name] extends Rule<infer Used> ? Used : never;
};

/** With one of these an option always has a value. */
type Valued = RuleTexts & ({ readonly fallback: unknown } | { readonly required: true });
type Read<Used> = Rule<Used>['read'];
type Check<Used> = (value: unknown) => value is Used;

/**
 * A custom rule.
 *
 * @param read - Returns the value that the class works with, or undefined for an invalid value.
 */
export function rule<Used>(expected: string, read: Read<Used>, texts: Valued): Rule<Used>;
export function rule<Used>(expected: string, read: Read<Used>, texts?: RuleTexts): Rule<Used | undefined>;
export function rule<Used>(expected: string, read: Read<Used>, texts?: RuleTexts): Rule<Used | undefined> {
  return { expected, read, ...texts };
}

/** A rule that checks values and returns them unchanged. */
export function accepting<Used>(expected: string, check: Check<Used>, texts: Valued): Rule<Used>;
export function accepting<Used>(
  expected: string,
  check: Check<Used>,
  texts?: RuleTexts,
): Rule<Used | undefined>;
export function accepting<Used>(
  expected: string,
  check: Check<Used>,
  texts?: RuleTexts,
): Rule<Used | undefined> {
  return rule(expected, (value) => (check(value) ? value : undefined), texts);
}

/** The same rule with another text for the default in the docs. */
export function otherwise<R extends Rule>(base: R, text: string): R {
  return { ...base, otherwise: text };
}

function integerText(least: number, most: number): string {
  if (most !== Infinity) return `an integer from ${least} to ${most}`;
  if (least === 0) return 'a non-negative integer';
  return least === 1 ? 'a positive integer' : `an integer of at least ${least}`;
}

/** @param most - The largest value. */
export function integer(least: number): Rule<number | undefined>;
export function integer(least: number, fallback: number, most?: number): Rule<number>;
export function integer(least: number, fallback?: number, most = Infinity): Rule<number | undefined> {
  const isRight = (value: unknown): value is number =>
    Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
  return accepting(integerText(least, most), isRight, { fallback });
}

/** A finite number. */
export function number(least: number, fallback: number, most = Infinity): Rule<number> {
  const expected = most === Infinity ? `a number of at least ${least}` : `a number from ${least} to ${most}`;
  const isRight = (value: unknown): value is number =>
    typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most;
  return accepting(expected, isRight, { fallback });
}

/** A number above 0. Infinity is accepted if `most` is Infinity. */
export function positive(fallback: number, most = Infinity): Rule<number> {
  const expected = most === Infinity ? 'a positive number' : `a positive number up to ${most}`;
  const isRight = (value: unknown): value is number =>
    typeof value === 'number' && value > 0 && value <= most;
  return accepting(expected, isRight, { fallback });
}

/** Converts 1 and 0 to booleans: configurations of Python programs may use them. */
function flagOf(value: unknown): unknown {
  return value === 1 || value === 0 ? value === 1 : value;
}

export function boolean(): Rule<boolean | undefined>;
export function boolean(fallback: boolean): Rule<boolean>;
export function boolean(fallback?: boolean): Rule<boolean | undefined> {
  return accepting('true or false', (value) => typeof value === 'boolean', { fallback, fromData: flagOf });
}

/** Any string. */
export function text(): Rule<string | undefined>;
export function text(fallback: string): Rule<string>;
export function text(fallback?: string): Rule<string | undefined> {
  return accepting('a string', (value) => typeof value === 'string', { fallback });
}

/** One of some names. */
export function oneOf<const Name extends string>(names: readonly Name[]): Rule<Name | undefined>;
export function oneOf<const Name extends string>(names: readonly Name[], fallback: NoInfer<Name>): Rule<Name>;
export function oneOf<const Name extends string>(
  names: readonly Name[],
  fallback?: Name,
): Rule<Name | undefined> {
  const expected =
    names.length > 2 ? `one of ${names.join(', ')}` : names.map((name) => `'${name}'`).join(' or ');
  return rule(expected, (value) => names.find((name) => name === value), { fallback });
}

/** An object, or a function, with a method of that name. */
export function having<Used>(method: string, expected: string, texts: Valued): Rule<Used>;
export function having<Used>(method: string, expected: string, texts?: RuleTexts): Rule<Used | undefined>;
export function having<Used>(method: string, expected: string, texts?: RuleTexts): Rule<Used | undefined> {
  const has = (value: unknown): value is Used => typeof readProperty(value, method) === 'function';
  return accepting(expected, has, texts);
}

/** An object whose properties are not checked. */
export function object<Used>(expected = 'an object', texts: RuleTexts = {}): Rule<Used | undefined> {
  return accepting(
    expected,
    (value): value is Used => typeof value === 'object' && value !== null && !isArray(value),
    texts,
  );
}

/** A function. */
export function callback<Used>(texts: RuleTexts = {}): Rule<Used | undefined> {
  return accepting('a function', (value): value is Used => typeof value === 'function', texts);
}

/** The owner of options: the class that is being constructed (`new.target`), or the name of a function. */
export type Owner = string | (abstract new (...args: never[]) => unknown);

/** The spec of each class that can be constructed. */
const specs = new WeakMap<object, Spec>();

/**
 * Declares the spec with all options of a class. A subclass, which may be the user's, can have more options and checks
 * their names itself.
 */
export function declareOptions(type: Exclude<Owner, string>, spec: Spec): void {
  specs.set(type, spec);
}

function nameOf(owner: Owner): string {
  return typeof owner === 'string' ? owner : owner.name;
}

/** `FileHandler: "delay" must be true or false, got 'yes'; …` */
function refusal({ expected, secret, advice }: Rule, value: unknown, name: string): string {
  const shown = inspectValue(value, { depth: 0, breakLength: Infinity, maxStringLength: 100 });
  const got = secret === true ? '' : `, got ${shown}`;
  return `"${name}" must be ${expected}${got}${advice === undefined ? '' : `; ${advice}`}.`;
}

/**
 * Checks one value; returns the default for undefined.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` with the owner, the name, the expected and the given value.
 */
export function readOption<Used>(
  option: Rule<Used>,
  value: unknown,
  { owner, name }: { readonly owner: string; readonly name: string },
): Used {
  const given = value === undefined ? option.fallback : value;
  if (given === undefined && option.required !== true) return undefined as Used;
  const used = option.read(given, owner);
  if (used === undefined) throw new ConfigurationError(`${owner}: ${refusal(option, given, name)}`);
  return used;
}

/** Checks values by name. Null is not replaced by the default, because constructor arguments may be null. */
export function readValues<S extends Spec>(
  spec: S,
  values: Readonly<Record<string, unknown>>,
  owner: Owner,
): Settings<S> {
  const ownerName = nameOf(owner);
  const read = Object.entries(spec).map(([name, option]) => [
    name,
    readOption(option, values[name], { owner: ownerName, name }),
  ]);
  return Object.fromEntries(read) as Settings<S>;
}

/**
 * The options of a class, checked and with their defaults. Null means the default, as undefined does.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for an unknown name, and for a value that its rule refuses.
 */
export function readOptions<S extends Spec>(
  spec: S,
  options: object | null | undefined,
  owner: Owner,
): Settings<S> {
  const areAll = typeof owner === 'string' || specs.get(owner) === spec;
  const given = checkedOptions(nameOf(owner), options, areAll && spec);
  return readValues(spec, given as Readonly<Record<string, unknown>>, owner);
}

/** The option names of a type, for functions that check the values elsewhere. */
export type OptionNames<Options extends object> = Readonly<Record<keyof Options, unknown>>;

/** For this option of scopes null is a real value: no record passes through. */
const PASS_THROUGH = 'passThroughLevel';

/**
 * Returns the options without null values: null means the default, as undefined does. Without options, an empty object.
 *
 * @param owner - What the user called.
 * @param names - The options there are; false accepts any name.
 * @throws ConfigurationError `ERR_LOG_OPTION` if they are no object, or if one has a name that is not in `names`.
 */
export function checkedOptions<Options extends object>(
  owner: string,
  options: Options | null | undefined,
  names: Readonly<Record<string, unknown>> | false,
): Options {
  if (options === undefined || options === null) return {} as Options;
  if (typeof options !== 'object' || Array.isArray(options)) {
    const got = inspectValue(options, { depth: 0, breakLength: Infinity });
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
