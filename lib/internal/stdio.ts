/**
 * Writes to stdout and stderr. The bytes are in the kernel when the call returns. A full pipe is an error, even if a child
 * process has made the pipe blocking.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { isMainThread } from './current-thread';
import { errorCode } from './error-code';
import { globalState, type SharedDescriptor } from './global-state';
import { lazy } from './lazy';
import { IncompleteWriteError, writeFully, type WriteOptions } from './write-fully';

const loadNet = lazy(() => require('node:net') as typeof import('node:net'));

/** libuv's handle of a pipe or a socket. */
interface BlockingSwitch {
  setBlocking(isBlocking: boolean): unknown;
}

/** The subset of Node's streams for stdout and stderr that we need. */
interface HandleOwner {
  readonly isTTY?: boolean;
  readonly ['_handle']?: Partial<BlockingSwitch> | null;
}

/** A worker thread has no handle for the descriptor, so one is created. Null for a file. */
const workerStreams = new Map<1 | 2, HandleOwner | null>();

/**
 * The O_NONBLOCK flag is set again after this many ms and after each write that failed. Starting a child process takes
 * longer,
 * so the first write after it sets the flag. Other processes may clear it at any time.
 */
const RECHECK_MS = 0.1;
/** When the flag was last known to be set, by descriptor. */
const checkedAt = new Float64Array(3).fill(-Infinity);

/** Enough for the flags in `/proc/self/fdinfo`. */
const FLAGS_BYTES = 64;
const fdinfo = { 1: -1, 2: -1, bytes: Buffer.alloc(FLAGS_BYTES) };

/** The running child processes. They share inherited descriptors with this process, including the flags. */
const children = globalState('running-children', () => {
  const running = new Set<ChildProcess>();
  subscribe('child_process', (message) => {
    dropEnded(running);
    running.add((message as { readonly process: ChildProcess }).process);
  });
  return running;
});

function dropEnded(running: Set<ChildProcess>): void {
  for (const child of running)
    if (child.exitCode !== null || child.signalCode !== null) running.delete(child);
}

function streamInWorker(fd: 1 | 2): HandleOwner | null {
  let stream = workerStreams.get(fd);
  if (stream === undefined) {
    const stat = fstatSync(fd);
    // libuv does not close descriptors up to 2, so the descriptor stays open after the end of the worker.
    stream =
      stat.isFIFO() || stat.isSocket()
        ? (new (loadNet().Socket)({ fd, readable: false, writable: true }).unref() as HandleOwner)
        : null;
    workerStreams.set(fd, stream);
  }
  return stream;
}

/**
 * The handle that sets the descriptor blocking or not. Undefined for a file, and for a terminal, which is blocking in
 * Node.
 */
function switchOf(fd: 1 | 2): BlockingSwitch | undefined {
  if (process.platform === 'win32') return undefined;
  const stream = isMainThread()
    ? ((fd === 1 ? process.stdout : process.stderr) as HandleOwner)
    : streamInWorker(fd);
  const handle = stream?.['_handle'];
  if (typeof handle?.setBlocking !== 'function' || stream?.isTTY === true) return undefined;
  return handle as BlockingSwitch;
}

/** Undefined if unknown: only Linux shows the flags. */
function isBlocking(fd: 1 | 2): boolean | undefined {
  try {
    if (fdinfo[fd] === -1) fdinfo[fd] = openSync(`/proc/self/fdinfo/${fd}`, 'r');
    const count = readSync(fdinfo[fd], fdinfo.bytes, 0, FLAGS_BYTES, 0);
    const flags = /flags:\s+(\d+)/.exec(fdinfo.bytes.toString('latin1', 0, count))?.[1];
    return flags === undefined ? undefined : (Number.parseInt(flags, 8) & constants.O_NONBLOCK) === 0;
  } catch {
    // The descriptor is closed, or there is no /proc. The write reports the problem.
    return undefined;
  }
}

/** Sets the flag. If a running child process needs the descriptor to be blocking, returns the handle instead. */
function unblock(fd: 1 | 2, now: number): BlockingSwitch | undefined {
  const blocking = switchOf(fd);
  if (blocking !== undefined) {
    dropEnded(children);
    const wasBlocking = children.size > 0 ? isBlocking(fd) : undefined;
    if (wasBlocking === true) return blocking;
    if (wasBlocking === undefined) blocking.setBlocking(false);
  }
  checkedAt[fd] = now;
  return undefined;
}

/**
 * Opens the pipe again, since that has its own flags. A socket cannot be opened, so it is blocking again after the
 * write.
 */
function writeBeside(fd: 1 | 2, data: string | Buffer, blocking: BlockingSwitch): number {
  let own: number | undefined;
  try {
    own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // A socket, the pipe of another user, or no /proc.
    blocking.setBlocking(false);
  }
  try {
    return writeSync(own ?? fd, data as string);
  } finally {
    if (own === undefined) blocking.setBlocking(true);
    else closeSync(own);
  }
}

/**
 * As fs.writeSync, but a full pipe is always EAGAIN. A child process with `stdio: 'inherit'` makes the descriptor
 * blocking for
 * all processes that share it (libuv's uv__process_child_init), and so does a Node process that ends. Then a write to a pipe
 * that nobody reads would never return. So the flag is set again, unless a child runs, which might not expect EAGAIN
 * and lose
 * output.
 *
 * @throws the error of write(2).
 */
export function writeNonBlocking(fd: 1 | 2, data: string | Buffer): number {
  const now = performance.now();
  try {
    const shared = now - (checkedAt[fd] as number) < RECHECK_MS ? undefined : unblock(fd, now);
    return shared === undefined ? writeSync(fd, data as string) : writeBeside(fd, data, shared);
  } catch (error) {
    checkedAt[fd] = -Infinity;
    throw error;
  }
}

/** The subset of a Node stream, or of a user's object, that we need. */
export interface TextSink {
  write(text: string): unknown;
  readonly fd?: number | undefined;
}

const NEWLINE = 10;

const states = globalState('stdio', (): Record<1 | 2, SharedDescriptor> => ({
  1: { cut: false, stalled: false },
  2: { cut: false, stalled: false },
}));

/** The write options of the two descriptors, with and without waiting for the reader. */
const WRITES = {
  1: writesTo(1),
  2: writesTo(2),
} as const;

function writesTo(fd: 1 | 2): { readonly patient: WriteOptions; readonly stalled: WriteOptions } {
  const write = (data: string | Buffer): number => writeNonBlocking(fd, data);
  return { patient: { write }, stalled: { write, isPatient: false } };
}

/** Whether the last written byte does not end a line. */
function isCut(text: string, written: number): boolean {
  return Buffer.from(text)[written - 1] !== NEWLINE;
}

/**
 * Writes the text. The bytes are in the kernel when it returns.
 *
 * @throws the error of write(2), or an IncompleteWriteError if a part was written.
 */
export function writeToDescriptor(fd: 1 | 2, text: string): void {
  const state = states[fd];
  if (state.waiting !== undefined) writeWaiting(fd);
  const prefix = state.cut ? '\n' : '';
  try {
    writeFully(fd, prefix + text, WRITES[fd][state.stalled ? 'stalled' : 'patient']);
    state.cut = false;
    state.stalled = false;
  } catch (error) {
    const incomplete = error instanceof IncompleteWriteError;
    if (incomplete) state.cut = isCut(prefix + text, error.written);
    state.stalled = errorCode(incomplete ? error.cause : error) === 'EAGAIN';
    if (!incomplete || prefix === '') throw error;
    throw new IncompleteWriteError(error.written - prefix.length, error.cause);
  }
}

/** Writes the text that is held back for the descriptor, before something else is written. */
export function writeWaiting(fd: 1 | 2): void {
  const { waiting } = states[fd];
  states[fd].waiting = undefined;
  waiting?.();
}

/**
 * Registers `write`, which is called before anything else is written to the descriptor. It must not throw. There is
 * only one at a time.
 */
export function holdBack(fd: 1 | 2, write: () => void): void {
  if (states[fd].waiting === write) return;
  writeWaiting(fd);
  states[fd].waiting = write;
}

/** Removes `write`, because its text is being written. */
export function endHoldingBack(fd: 1 | 2, write: () => void): void {
  if (states[fd].waiting === write) states[fd].waiting = undefined;
}

/** 1 or 2 if the sink is stdout or stderr, even if its `write` was replaced. */
export function standardDescriptor({ fd }: TextSink): 1 | 2 | undefined {
  return fd === 1 || fd === 2 ? fd : undefined;
}

/** The descriptor for direct writes, or undefined if the sink's own `write` must be used. */
export function directDescriptor(sink: TextSink): 1 | 2 | undefined {
  const fd = sink.fd;
  return (fd === 1 || fd === 2) && !Object.hasOwn(sink, 'write') ? fd : undefined;
}

/**
 * Writes directly to the descriptor, because `process.stdout.write` queues text when a pipe is full, and the queue is
 * lost at
 * the end of the process. Calls a `write` that was replaced, for example by the spy of a test.
 */
export function writeToSink(sink: TextSink, text: string): void {
  const fd = directDescriptor(sink);
  if (fd === undefined) {
    sink.write(text);
    return;
  }
  try {
    writeToDescriptor(fd, text);
  } catch (error) {
    throw error instanceof IncompleteWriteError ? error.cause : error;
  }
}
