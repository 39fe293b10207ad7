/** A record as Python's `record.__dict__`: its attributes by Python's names, in Python's order. */
import { formatException } from '../../core/exception-text';
import { countPlaceholders } from '../../core/log-arguments';
import type { LogRecord } from '../../core/log-record';
import { pythonRepr } from '../../formatters/format-style/python-text';
import { isError, isPlainObject } from '../../internal/foreign';

/** Whether the last argument was read as fields; a record made of data has its fields by themselves. */
function isFields(argument: unknown, record: LogRecord): boolean {
  if (!isPlainObject(argument)) return false;
  return (
    argument === record.extra || Object.hasOwn(argument, 'excInfo') || Object.hasOwn(argument, 'stackInfo')
  );
}

/** The arguments that Python's call would have had: without the Error and the object that became `extra`. */
function messageArguments(record: LogRecord): readonly unknown[] {
  const { msg, args } = record;
  const used = typeof msg === 'string' ? Math.min(countPlaceholders(msg), args.length) : 0;
  const rest = args.slice(used);
  const error = rest.findIndex((argument) => isError(argument) && argument === record.excInfo);
  if (error >= 0) rest.splice(error, 1);
  // After the Error is out, as `resolveArguments` does it.
  if (isFields(rest.at(-1), record)) rest.pop();
  return [...args.slice(0, used), ...rest];
}

/** Python prints `(<class 'ValueError'>, ValueError('boom'), <traceback object at 0x…>)`. */
function excInfoText(error: unknown): unknown {
  if (!isError(error)) return error ?? null;
  return `(<class '${error.name}'>, ${error.name}(${pythonRepr(error.message)}), None)`;
}

/**
 * What Python's `mapLogRecord` returns. Fields of `extra` and the ids of the scope come behind the attributes, and
 * never in the place of one; `message` and `asctime` are there when a formatter has made them, as in Python.
 */
export function recordDict(record: LogRecord): Record<string, unknown> {
  const dict: Record<string, unknown> = {
    name: record.name,
    msg: typeof record.msg === 'function' ? record.getMessage() : record.msg,
    args: messageArguments(record),
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
      if (name !== '__proto__' && !Object.hasOwn(dict, name)) dict[name] = value;
    }
  }
  if (record.message !== undefined) dict['message'] = record.message;
  if (record.asctime !== undefined) dict['asctime'] = record.asctime;
  return dict;
}
