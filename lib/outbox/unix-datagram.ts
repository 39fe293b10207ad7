/** A Unix datagram socket on Linux that never blocks. */
import { getSystemErrorName } from 'node:util';
import type { Libc } from './libc';

/** A datagram is at least this much smaller than the send buffer (net/unix/af_unix.c). */
const SEND_BUFFER_OVERHEAD = 32;
/** What Linux gives a socket unless it is told otherwise (net.core.wmem_default). */
const USUAL_SEND_BUFFER = 212_992;

/** Bytes of a path that fit into `sockaddr_un`, its closing NUL aside. */
export const MAX_SOCKET_PATH_BYTES = 107;

/** One connection at a time to the socket at a path. Errors bear Node's `code`, `errno` and `syscall`. */
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

  /** @throws Error `EPROTOTYPE` if the path is a stream socket, `ENOENT` if there is none, and the like. */
  connect(): void {
    if (this.open) return;
    const fd = this.#libc.socket();
    if (fd === -1) throw this.#failure('socket');
    if (this.#libc.connect(fd, this.#path) === -1) {
      // Made before close() sets errno anew.
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
   * @throws Error `ECONNREFUSED` when the receiver has gone, `EMSGSIZE` when the message is too long, and the like.
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
