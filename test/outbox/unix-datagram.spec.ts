import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadLibc } from '../../lib/outbox/libc';
import { UnixDatagram } from '../../lib/outbox/unix-datagram';
import { haveCommands } from '../support/real-means';
import { tempDir } from '../support/temp-dir';
import { unixDatagramServer } from '../support/unix-datagram-server';
import { until } from '../support/until';

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

  it('says when a message is longer than its send buffer', async () => {
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

  it('says that the receiver has gone, and reaches the one that takes its place', async () => {
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

  it('says that there is no socket, or one of another kind', async () => {
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
