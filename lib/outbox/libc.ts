/** The five calls of the C library that a Unix datagram socket needs: Node has none for it. */
import { endianness } from 'node:os';
import { loadPeer } from '../internal/optional-peer';

/** Numbers of Linux (bits/socket.h), the same on every architecture that Node is built for. */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** Results are the system's own: -1 is a failure, whose number `errno` tells. */
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

/** What is used of koffi, whose own types would make it a dependency. */
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
 * @param feature - who needs it, for the error
 * @throws ConfigurationError `ERR_LOG_MISSING_PEER` naming `npm install koffi`, if it is not there.
 */
export function loadLibc(feature: string): Libc {
  const koffi = loadPeer('koffi', feature) as Koffi;
  // Node itself has the C library loaded, whichever it is: glibc and musl bear different file names.
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
