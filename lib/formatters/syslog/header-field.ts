/** The words of a syslog header: printable ASCII without spaces, of limited length. */
import { basename } from 'node:path';

/** Stands for a field without a value (RFC 5424, section 6). */
export const NIL = '-';

const NOT_PRINTABLE = /[^\x21-\x7e]/gu;

/** The text as a word of at most `maxLength` characters; what a word may not hold is `_`, nothing at all is `-`. */
export function headerField(text: string, maxLength: number): string {
  return text === '' ? NIL : text.replace(NOT_PRINTABLE, '_').slice(0, maxLength);
}

export interface Identity {
  readonly appName: string;
  readonly procId: string;
}

/** Name of the running program, and its process number. */
export function processIdentity(): Identity {
  const script = basename(process.argv[1] ?? '').replace(/\.[^.]+$/, '');
  return { appName: script === '' ? 'node' : script, procId: String(process.pid) };
}

/** Reads `myapp`, `myapp: ` and `myapp[42]: `; what is not said is the process's own. */
export function identityOf(ident: string): Identity {
  const own = processIdentity();
  const text = ident.trimEnd().replace(/:$/, '');
  const process = /\[(\w+)\]$/.exec(text);
  const appName = process === null ? text : text.slice(0, process.index);
  return { appName: appName === '' ? own.appName : appName, procId: process?.[1] ?? own.procId };
}
