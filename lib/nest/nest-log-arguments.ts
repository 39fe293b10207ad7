/** How the arguments of Nest's logger are read: message, perhaps a stack, further values, and the context at the end. */

export interface NestLogCall {
  /** What `new Logger(context)` was given. */
  readonly context: string | undefined;
  readonly message: unknown;
  /** `error.stack`, passed on as text. */
  readonly stack: string | undefined;
  readonly args: readonly unknown[];
}

/** The same test as Nest's ConsoleLogger uses to tell a stack from a context. */
const STACK = /^(.)+\n\s+at .+:\d+:\d+/;

function isStack(value: unknown): value is string {
  return typeof value === 'string' && STACK.test(value);
}

/** Splits the arguments of one call, as ConsoleLogger does: a string at the end is the context, unless it is a stack. */
export function readNestLogCall(message: unknown, params: readonly unknown[]): NestLogCall {
  const rest = [...params];
  const last = rest.at(-1);
  const context = typeof last === 'string' && !isStack(last) ? last : undefined;
  if (context !== undefined) rest.pop();
  // `Logger.error` puts an undefined in the place of the stack that it was not given.
  const stackAt = rest.findIndex((value) => value === undefined || isStack(value));
  const stack = rest[stackAt];
  if (stackAt >= 0) rest.splice(stackAt, 1);
  return { context, message, stack: isStack(stack) ? stack : undefined, args: rest };
}
