/** What Node was told to do with a rejection that nobody handles. */

const NAME = '--unhandled-rejections';

/** Node takes an underscore for a hyphen in the names of its options. */
function isNamed(argument: string): boolean {
  return argument.replaceAll('_', '-') === NAME;
}

function modeIn(args: readonly string[]): string | undefined {
  let mode: string | undefined;
  for (const [at, argument] of args.entries()) {
    const [name = '', value] = argument.split('=', 2);
    if (isNamed(name)) mode = value ?? args[at + 1];
  }
  return mode;
}

/** The value of `--unhandled-rejections`; the command line goes before NODE_OPTIONS. */
export function rejectionsMode(
  args: readonly string[] = process.execArgv,
  nodeOptions = process.env['NODE_OPTIONS'] ?? '',
): string {
  const options = nodeOptions.split(/\s+/).map((option) => option.replaceAll(/^"|"$/g, ''));
  return modeIn(args) ?? modeIn(options) ?? 'throw';
}
