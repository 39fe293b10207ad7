/** Finds the file, line and function that logged. */
import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LogRecord } from './log-record';

/** Directory of this package. Its frames are not the caller's. */
const OWN_CODE = dirname(__dirname) + sep;
/** Frames to read: those of this package and a few wrappers. Each costs time. */
const DEPTH = 12;

/** ES modules have a URL. */
function pathOf(file: string): string {
  return file.startsWith('file://') ? fileURLToPath(file) : file;
}

function isOwn(file: string): boolean {
  return file.startsWith('node:') || pathOf(file).startsWith(OWN_CODE);
}

function callSites(): readonly NodeJS.CallSite[] {
  // oxlint-disable-next-line typescript/unbound-method -- only restored, never called
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = DEPTH;
    Error.prepareStackTrace = (_error, sites) => sites;
    const holder: { stack?: unknown } = {};
    Error.captureStackTrace(holder, callSites);
    return Array.isArray(holder.stack) ? (holder.stack as NodeJS.CallSite[]) : [];
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Sets `pathname`, `lineno` and `funcName`. Costs 1 to 2 µs, so it is done only when a formatter prints them. */
export function captureCaller(record: LogRecord): void {
  const site = callSites().find((candidate) => {
    const file = candidate.getFileName();
    return file !== null && file !== undefined && !isOwn(file);
  });
  if (site === undefined) return;
  record.pathname = pathOf(site.getFileName() ?? '');
  record.lineno = site.getLineNumber() ?? 0;
  record.funcName = site.getFunctionName() ?? '<anonymous>';
}
