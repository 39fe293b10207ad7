/**
 * Writes to stdout and stderr so that the bytes are in the kernel when the call returns. A full pipe is an error, also after a child
 * process has made it blocking.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import { errorCode } from './error-code';
import { globalState } from './global-state';
import { IncompleteWriteError } from './incomplete-write.error';
import { writeFully, type WriteOptions } from './write-fully';

/** libuv's handle of a pipe or a socket. */
interface BlockingSwitch {
  setBlocking(isBlocking: boolean): unknown;
}

/** The part of Node's streams for stdout and stderr that is needed here. */
interface HandleOwner {
  readonly isTTY?: boolean;
  readonly ['_handle']?: Partial<BlockingSwitch> | null;
}

/** In a worker thread Node has no handle of its own for the descriptor: one is made, or null for a file. */
const workerStreams = new Map<1 | 2, HandleOwner | null>();

/**
 * The flag is set again after so many ms, and after each write that found the pipe full. To start a child process takes
 * longer, so the first write after it sees to the flag; other processes may clear it at any time.
 */
const RECHECK_MS = 0.1;
/** When the flag was last known to be set, by descriptor. */
const checkedAt = new Float64Array(3).fill(-Infinity);

/** Enough for the flags in `/proc/self/fdinfo`. */
const FLAGS_BYTES = 64;
const fdinfo = { 1: -1, 2: -1, bytes: Buffer.alloc(FLAGS_BYTES) };

/** Child processes that run. What they inherited of this process they share with it, its flags included. */
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
    // libuv never closes descriptors up to 2, so the end of the worker leaves this one open.
    stream =
      stat.isFIFO() || stat.isSocket()
        ? (new Socket({ fd, readable: false, writable: true }).unref() as HandleOwner)
        : null;
    workerStreams.set(fd, stream);
  }
  return stream;
}

/** What switches the descriptor between blocking and not; none for a file, and for a terminal, which Node makes blocking. */
function switchOf(fd: 1 | 2): BlockingSwitch | undefined {
  if (process.platform === 'win32') return undefined;
  const stream = isMainThread
    ? ((fd === 1 ? process.stdout : process.stderr) as HandleOwner)
    : streamInWorker(fd);
  const handle = stream?.['_handle'];
  if (typeof handle?.setBlocking !== 'function' || stream?.isTTY === true) return undefined;
  return handle as BlockingSwitch;
}

/** Undefined where nobody can tell: only Linux shows the flags. */
function isBlocking(fd: 1 | 2): boolean | undefined {
  try {
    if (fdinfo[fd] === -1) fdinfo[fd] = openSync(`/proc/self/fdinfo/${fd}`, 'r');
    const count = readSync(fdinfo[fd], fdinfo.bytes, 0, FLAGS_BYTES, 0);
    const flags = /flags:\s+(\d+)/.exec(fdinfo.bytes.toString('latin1', 0, count))?.[1];
    return flags === undefined ? undefined : (Number.parseInt(flags, 8) & constants.O_NONBLOCK) === 0;
  } catch {
    // The descriptor is closed, or there is no /proc: the write itself tells what is wrong.
    return undefined;
  }
}

/** Sets the flag. Returns the switch instead if a child process runs that needs the descriptor as it is, blocking. */
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

/** A pipe that is opened again has flags of its own. A socket cannot be, and is made blocking again after the write. */
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
 * As fs.writeSync, but a full pipe is always EAGAIN. A child process that is started with `stdio: 'inherit'` makes the
 * descriptor blocking for all who share it (libuv's uv__process_child_init), and a Node that ends does the same: then a
 * write to a pipe that nobody reads would never return. So the flag is set again, unless a child runs: a program that does
 * not expect EAGAIN would lose what it writes.
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

/** The part of a Node stream, or of a user's object, that is needed here. */
export interface TextSink {
  write(text: string): unknown;
  readonly fd?: number | undefined;
}

/** What is known of one of the two descriptors from the last write to it. */
interface DescriptorState {
  /** The last line was cut by an error: the next begins with a newline. */
  cut: boolean;
  /** The reader was waited for in vain: it is not waited for again until it takes something. */
  stalled: boolean;
  /** Writes what a handler holds back for the descriptor: nothing of the package is written before it. */
  waiting?: (() => void) | undefined;
}

const NEWLINE = 10;

const states = globalState<Record<1 | 2, DescriptorState>>('stdio', () => ({
  1: { cut: false, stalled: false },
  2: { cut: false, stalled: false },
}));

/** How the two descriptors are written to: a reader that was waited for in vain is not waited for again. */
const WRITES = {
  1: writesTo(1),
  2: writesTo(2),
} as const;

function writesTo(fd: 1 | 2): { readonly patient: WriteOptions; readonly stalled: WriteOptions } {
  const write = (data: string | Buffer): number => writeNonBlocking(fd, data);
  return { patient: { write }, stalled: { write, isPatient: false } };
}

/** The last of the bytes that were written does not end a line. */
function isCut(text: string, written: number): boolean {
  return Buffer.from(text)[written - 1] !== NEWLINE;
}

/**
 * The bytes are in the kernel when it returns.
 *
 * @throws the error of write(2), in an IncompleteWriteError when a part was written.
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

/** Writes what is held back for the descriptor, before something else is written to it. */
export function writeWaiting(fd: 1 | 2): void {
  const { waiting } = states[fd];
  states[fd].waiting = undefined;
  waiting?.();
}

/** Has `write`, which must not throw, called before anything else is written to the descriptor. It has one owner at a time. */
export function holdBack(fd: 1 | 2, write: () => void): void {
  if (states[fd].waiting === write) return;
  writeWaiting(fd);
  states[fd].waiting = write;
}

/** What `write` would write is being written. */
export function endHoldingBack(fd: 1 | 2, write: () => void): void {
  if (states[fd].waiting === write) states[fd].waiting = undefined;
}

/** The descriptor that a sink stands for, or undefined; its `write` may have been replaced. */
export function standardDescriptor({ fd }: TextSink): 1 | 2 | undefined {
  return fd === 1 || fd === 2 ? fd : undefined;
}

/** The descriptor that text for this sink is written to directly, or undefined for the sink's own `write`. */
export function directDescriptor(sink: TextSink): 1 | 2 | undefined {
  const fd = sink.fd;
  return (fd === 1 || fd === 2) && !Object.hasOwn(sink, 'write') ? fd : undefined;
}

/**
 * `process.stdout.write` on a pipe queues in user space once the pipe is full, and a process that ends loses the
 * queue; so the descriptor is written to directly. A sink whose `write` was replaced (a test's spy) is respected.
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
