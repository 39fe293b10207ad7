/** A Unix datagram socket on Linux that never blocks. Node has none, so it calls the C library. */
import { endianness } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { loadPeer } from '../internal/optional-peer';

/** Constants of Linux (bits/socket.h), the same on every architecture of Node. */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** The results are the system's: -1 is a failure, and `errno` returns its number. */
export interface Libc {
  /** A Unix datagram socket that does not block. */
  socket(): number;
  connect(fd: number, path: string): number;
  send(fd: number, message: Buffer): number;
  /** Size of the send buffer. */
  sendBufferOf(fd: number): number;
  close(fd: number): number;
  errno(): number;
}

type NativeFunction = (...parameters: readonly unknown[]) => number;

/** The subset of koffi that we need. Its own types would make it a dependency. */
interface Koffi {
  load(library: null): { func(prototype: string): NativeFunction };
  errno(): number;
}

const littleEndian = endianness() === 'LE';

/** A `sockaddr_un`. */
function addressOf(path: string): Buffer {
  const text = Buffer.from(path);
  const address = Buffer.alloc(2 + text.length + 1);
  if (littleEndian) address.writeUInt16LE(AF_UNIX);
  else address.writeUInt16BE(AF_UNIX);
  text.copy(address, 2);
  return address;
}

/**
 * @param feature - the class that needs it, for the error
 * @throws ConfigurationError `ERR_LOG_MISSING_PEER` with `npm install koffi` if it is not installed.
 */
export function loadLibc(feature: string): Libc {
  const koffi = loadPeer('koffi', feature) as Koffi;
  // Null is Node itself, which has loaded the C library. glibc and musl have different file names.
  const library = koffi.load(null);
  const socket = library.func('int socket(int, int, int)');
  const connect = library.func('int connect(int, const void *, uint32_t)');
  const send = library.func('long send(int, const void *, size_t, int)');
  const getsockopt = library.func('int getsockopt(int, int, int, void *, void *)');
  return {
    socket: () => socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
    connect: (fd, path) => {
      const address = addressOf(path);
      return connect(fd, address, address.length);
    },
    send: (fd, message) => send(fd, message, message.length, MSG_DONTWAIT | MSG_NOSIGNAL),
    sendBufferOf: (fd) => {
      const value = new Int32Array(1);
      const failed = getsockopt(fd, SOL_SOCKET, SO_SNDBUF, value, new Uint32Array([value.byteLength])) === -1;
      return failed ? -1 : (value[0] ?? -1);
    },
    close: library.func('int close(int)'),
    errno: () => koffi.errno(),
  };
}

/** A datagram must be this much smaller than the send buffer (net/unix/af_unix.c). */
const SEND_BUFFER_OVERHEAD = 32;
/** Default send buffer of Linux (net.core.wmem_default). */
const USUAL_SEND_BUFFER = 212_992;

/** Most bytes of a path in `sockaddr_un`, without its closing NUL. */
export const MAX_SOCKET_PATH_BYTES = 107;

/** One connection at a time to the socket at a path. Errors have `code`, `errno` and `syscall` as in Node. */
export class UnixDatagram {
  readonly #path: string;
  readonly #libc: Libc;
  #fd = -1;
  #maxBytes = USUAL_SEND_BUFFER - SEND_BUFFER_OVERHEAD;

  constructor(path: string, libc: Libc) {
    this.#path = path;
    this.#libc = libc;
  }

  get open(): boolean {
    return this.#fd !== -1;
  }

  /** Most bytes of a datagram, by the socket's send buffer. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** @throws Error `EPROTOTYPE` if the path is a stream socket, `ENOENT` if it does not exist, and so on. */
  connect(): void {
    if (this.open) return;
    const fd = this.#libc.socket();
    if (fd === -1) throw this.#failure('socket');
    if (this.#libc.connect(fd, this.#path) === -1) {
      // Read before close() changes errno.
      const failure = this.#failure('connect');
      this.#libc.close(fd);
      throw failure;
    }
    this.#fd = fd;
    const sendBuffer = this.#libc.sendBufferOf(fd);
    if (sendBuffer > 0) this.#maxBytes = sendBuffer - SEND_BUFFER_OVERHEAD;
  }

  /**
   * @returns false when the receiver's queue is full: try again in a moment.
   * @throws Error `ECONNREFUSED` when the receiver has ended, `EMSGSIZE` when the message is too long, and so on.
   */
  send(message: Buffer): boolean {
    for (;;) {
      if (this.#libc.send(this.#fd, message) !== -1) return true;
      const failure = this.#failure('send');
      if (failure.code === 'EINTR') continue;
      if (failure.code === 'EAGAIN' || failure.code === 'ENOBUFS') return false;
      throw failure;
    }
  }

  close(): void {
    if (this.#fd === -1) return;
    this.#libc.close(this.#fd);
    this.#fd = -1;
  }

  #failure(syscall: string): NodeJS.ErrnoException & { readonly code: string } {
    const errno = -this.#libc.errno();
    const code = getSystemErrorName(errno);
    const address = this.#path;
    return Object.assign(new Error(`${syscall} ${code} ${address}`), { errno, code, syscall, address });
  }
}
