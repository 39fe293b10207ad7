/** Descriptions of handler and formatter classes for configurations. Each class registers its own description. */
import { declareOptions, type Settings, type Spec } from '../internal/options';
import type { Handler, RecordFormatter } from './handler';

/** Details of a class besides its options. */
interface Details<A extends Spec, O extends Spec> {
  /** The module of the class in Python; null when Python does not have it. @defaultValue 'logging.handlers' */
  readonly module?: string | null;
  /** The arguments before the options, in their order. @defaultValue none */
  readonly arguments?: A;
  /** Checks combinations of arguments and options. @throws ConfigurationError */
  readonly together?: (owner: string, settings: Settings<A & O>) => unknown;
  /** Arguments and options that are other handlers: configurations give their names. */
  readonly handlers?: readonly string[];
}

/** The description of a class for configurations. */
export interface ClassDescription<Made = object> extends Details<Spec, never> {
  readonly type: abstract new (...args: never[]) => Made;
  readonly arguments: Spec;
  readonly options: Spec;
}

/** The description of a formatter, which may have a short name: `formatter: 'json'`. */
export interface FormatterDescription extends ClassDescription<RecordFormatter> {
  readonly shortName: string | undefined;
}

const handlers: ClassDescription<Handler>[] = [];
const formatters: FormatterDescription[] = [];

/** The handlers that configurations can create, in the order of their files. */
export const HANDLER_CLASSES: readonly ClassDescription<Handler>[] = handlers;
export const FORMATTER_CLASSES: readonly FormatterDescription[] = formatters;

/** Declares the options of a handler, so that configurations can create it. */
export function describeHandler<A extends Spec, O extends Spec>(
  type: ClassDescription<Handler>['type'],
  options: O,
  details: Details<A, O> = {},
): void {
  declareOptions(type, options);
  handlers.push({ module: 'logging.handlers', arguments: {}, ...details, type, options });
}

/** Declares the options of a formatter, so that configurations can create it. */
export function describeFormatter(
  type: ClassDescription<RecordFormatter>['type'],
  options: Spec,
  shortName?: string,
): void {
  declareOptions(type, options);
  formatters.push({ arguments: {}, type, options, shortName });
}
