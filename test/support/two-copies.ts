/** Programs that load two copies of the package. */
import { execFile } from 'node:child_process';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `app` is the copy of the application, and `lib` the copy of a library. `lines` are the written lines. */
const PREPARE = `
const [first, second, appIs, directory] = process.argv.slice(1);
const copies = [require(first + '/logging.js'), require(second + '/logging.js')];
const [app, lib] = appIs === 'first' ? copies : copies.toReversed();
const lines = [];
const stream = { write: (text) => void lines.push(text.trimEnd()) };
const formatter = new app.Formatter('%(name)s %(levelname)s %(message)s');
const target = new app.StreamHandler(stream, { formatter });
const root = app.getLogger();
const quiet = { requestRecord: false, dumpRecord: false };
const attempt = (work) => { try { return work(); } catch (error) { return error.message; } };
const tell = (value) => process.stdout.write(JSON.stringify(value ?? lines) + '\\n');
`;

/** Arguments: the paths of both copies in the order of loading, which one the application has, and a directory. */
export async function runCopies(args: readonly string[], program: string): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['-e', PREPARE + program, ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

/** Which copy is loaded first, and which copy the application has. */
export const ORDERS = [
  ['this release first, the application has it', false, 'first'],
  ['this release first, the application has the other', false, 'second'],
  ['the other release first, the application has it', true, 'first'],
  ['the other release first, the application has this one', true, 'second'],
] as const;
