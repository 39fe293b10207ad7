/** Converts a record to Python's `record.__dict__`: attributes with Python's names, in Python's order. */
import { toUSVString } from 'node:util';
import { formatException } from '../../core/exception-text';
import { readCall } from '../../core/log-arguments';
import type { LogRecord } from '../../core/log-record';
import { isError, keysOf, readProperty } from '../../internal/foreign';
import { fieldKind, pythonRepr, pythonStr } from '../../python-format/python-text';
import { printable } from '../../internal/print/printable';

/** Characters that quote_plus escapes and encodeURIComponent does not. */
const LEFT_ALONE = /[!'()*]/g;

function escapeByte(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Ports urllib.parse.quote_plus. Differs: a lone surrogate becomes U+FFFD; Python raises. */
export function quotePlus(text: string): string {
  return encodeURIComponent(toUSVString(text))
    .replace(LEFT_ALONE, (character) => escapeByte(character.charCodeAt(0)))
    .replaceAll('%20', '+');
}

/** Escapes each byte, as Python does for bytes. */
function quoteBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte < 0x80 ? quotePlus(String.fromCharCode(byte)) : escapeByte(byte);
  return text;
}

function quoteValue(name: string, value: unknown): string {
  if (value instanceof Uint8Array) return quoteBytes(value);
  return quotePlus(pythonStr(value, fieldKind(name)));
}

/** Ports urllib.parse.urlencode: Python's str() of each value, in the order of the entries. */
export function urlEncoded(entries: Iterable<readonly [string, unknown]>): string {
  let text = '';
  for (const [name, value] of entries) {
    text += `${text === '' ? '' : '&'}${quotePlus(name)}=${quoteValue(name, value)}`;
  }
  return text;
}

/** Message and arguments of the equivalent call in Python: without the Error and `extra`. */
function messageAndArguments(record: LogRecord): readonly [message: unknown, args: readonly unknown[]] {
  const { msg, args, extra } = record;
  if (typeof msg === 'function') return [record.getMessage(), []];
  const call = readCall(msg, args, record.givenError);
  const fields = call.extra ?? {};
  // If a record was created from data, its `extra` does not come from its arguments.
  const isRead = keysOf(fields).every((key) => readProperty(extra, key) === readProperty(fields, key));
  return isRead ? [call.message, call.shown] : [msg, args];
}

/** Python prints `(<class 'ValueError'>, ValueError('boom'), <traceback object at 0x…>)`. */
function excInfoText(error: unknown): unknown {
  if (!isError(error)) return error ?? null;
  return `(<class '${error.name}'>, ${error.name}(${pythonRepr(error.message)}), None)`;
}

/**
 * The result of Python's `mapLogRecord`. The fields of `extra` and the ids of the scope follow the attributes and never
 * replace an attribute; `message` and `asctime` exist if a formatter has set them, as in Python.
 */
export function recordDict(record: LogRecord): Record<string, unknown> {
  const [msg, args] = messageAndArguments(record);
  const dict: Record<string, unknown> = {
    name: record.name,
    msg: printable(msg),
    args: args.map((argument) => printable(argument)),
    levelname: record.levelname,
    levelno: record.levelno,
    pathname: record.pathname,
    filename: record.filename,
    module: record.module,
    exc_info: excInfoText(record.excInfo),
    exc_text: record.excText ?? (isError(record.excInfo) ? formatException(record.excInfo) : null),
    stack_info: record.stackInfo ?? null,
    lineno: record.lineno,
    funcName: record.funcName ?? null,
    created: record.created,
    msecs: record.msecs,
    relativeCreated: record.relativeCreated,
    thread: record.thread,
    threadName: record.threadName,
    processName: record.processName,
    process: record.process,
    taskName: record.taskName ?? null,
  };
  for (const more of [record.extra, record.ids]) {
    for (const [name, value] of Object.entries(more ?? {})) {
      if (name !== '__proto__' && !Object.hasOwn(dict, name)) dict[name] = printable(value, name);
    }
  }
  if (record.message !== undefined) dict['message'] = record.message;
  if (record.asctime !== undefined) dict['asctime'] = record.asctime;
  return dict;
}
