import { createServer } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadLibc, UnixDatagram } from '../../lib/outbox/unix-datagram';
import { haveCommands } from '../support/real-means';
import { tempDir } from '../support/temp-dir';
import { unixDatagramServer } from '../support/unix-datagram-server';
import { until } from '../support/until';

const onLinux = process.platform === 'linux';

describe.runIf(onLinux)('loadLibc', () => {
  it("calls Node's C library, and returns the number of a failure", () => {
    const libc = loadLibc('SysLogHandler');

    const fd = libc.socket();

    expect(fd).toBeGreaterThan(2);
    expect(libc.sendBufferOf(fd)).toBeGreaterThan(1000);
    expect(libc.close(fd)).toBe(0);
    expect(libc.close(fd)).toBe(-1);
    expect(libc.errno()).toBe(constants.errno.EBADF);
    expect(libc.sendBufferOf(fd)).toBe(-1);
  });
});

function socketAt(path: string): UnixDatagram {
  const socket = new UnixDatagram(path, loadLibc('SysLogHandler'));
  onTestFinished(() => socket.close());
  return socket;
}

describe.runIf(process.platform === 'linux' && haveCommands('python3'))('UnixDatagram', () => {
  it('sends each message as one datagram, the largest included', async () => {
    const server = await unixDatagramServer(join(tempDir(), 'log'));
    const socket = socketAt(server.path);
    socket.connect();

    const large = Buffer.alloc(socket.maxBytes, 'x');
    socket.send(Buffer.from('one\0'));
    socket.send(Buffer.alloc(0));
    socket.send(large);

    await until(() => server.received.length === 3);
    expect(server.received).toEqual([Buffer.from('one\0'), Buffer.alloc(0), large]);
  });

  it('fails when a message is longer than its send buffer', async () => {
    const server = await unixDatagramServer(join(tempDir(), 'log'));
    const socket = socketAt(server.path);
    socket.connect();

    expect(() => socket.send(Buffer.alloc(socket.maxBytes + 1))).toThrow(
      expect.objectContaining({ code: 'EMSGSIZE', syscall: 'send' }),
    );
  });

  it('returns at once when the queue of the receiver is full', async () => {
    const server = await unixDatagramServer(join(tempDir(), 'log'), { held: true });
    const socket = socketAt(server.path);
    socket.connect();

    let taken = 0;
    while (socket.send(Buffer.from(String(taken)))) taken++;
    server.release();

    await until(() => server.received.length === taken);
    expect(socket.send(Buffer.from('after'))).toBe(true);
  });

  it('fails when the receiver has ended, and reaches its replacement', async () => {
    const path = join(tempDir(), 'log');
    const server = await unixDatagramServer(path);
    const socket = socketAt(path);
    socket.connect();
    await server.stop();

    expect(() => socket.send(Buffer.from('lost'))).toThrow(expect.objectContaining({ code: 'ECONNREFUSED' }));
    socket.close();
    const next = await unixDatagramServer(path);
    socket.connect();
    socket.send(Buffer.from('found'));

    await until(() => next.received.length === 1);
  });

  it('fails if there is no socket, or one of another kind', async () => {
    const directory = tempDir();
    const server = createServer().listen(join(directory, 'stream'));
    onTestFinished(() => void server.close());
    await until(() => server.listening);

    expect(() => socketAt(join(directory, 'none')).connect()).toThrow(
      expect.objectContaining({ code: 'ENOENT', message: `connect ENOENT ${directory}/none` }),
    );
    expect(() => socketAt(join(directory, 'stream')).connect()).toThrow(
      expect.objectContaining({ code: 'EPROTOTYPE' }),
    );
  });
});
