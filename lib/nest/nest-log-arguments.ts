/** How the arguments of Nest's logger are read: message, perhaps a stack, further values, and the context at the end. */

export interface NestLogCall {
  /** What `new Logger(context)` was given. */
  readonly context: string | undefined;
  readonly message: unknown;
  /** `error.stack`, passed on as text. */
  readonly stack: string | undefined;
  readonly args: readonly unknown[];
}

/** A line of a stack, below a message of any number of lines; as Nest 12 knows one, and the frames of V8's own functions. */
const STACK = /\n[ \t]+at .+(?::\d+:\d+|\(<anonymous>\)|\(native\))/;
/** Enough for the message and the first frames. */
const LOOKED_AT = 16_384;

function isStack(value: unknown): value is string {
  return typeof value === 'string' && STACK.test(value.slice(0, LOOKED_AT));
}

/**
 * Splits the arguments of one call: a string at the end is the context, and a stack stands before or behind it.
 *
 * @param ofError - of `error` and `fatal`: `Logger` puts an undefined in the place of the stack that it was not given
 */
export function readNestLogCall(message: unknown, params: readonly unknown[], ofError = false): NestLogCall {
  const args = [...params];
  const takeLast = (is: (value: unknown) => boolean): string | undefined =>
    args.length > 0 && is(args.at(-1)) ? (args.pop() as string | undefined) : undefined;
  const behind = takeLast(isStack);
  const context = takeLast((value) => typeof value === 'string' && !isStack(value));
  const stack = behind ?? takeLast(isStack);
  if (ofError && stack === undefined) takeLast((value) => value === undefined);
  return { context, message, stack, args };
}
