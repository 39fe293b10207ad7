/** Writes to stdout and stderr so that the bytes are in the kernel when the call returns. */
import { errorCode } from './error-code';
import { globalState } from './global-state';
import { IncompleteWriteError } from './incomplete-write.error';
import { writeNonBlocking } from './nonblocking-write';
import { writeFully, type WriteOptions } from './write-fully';

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
