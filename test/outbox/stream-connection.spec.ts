import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StreamConnection } from '../../lib/outbox/stream-connection';
import { certificates } from '../support/certificates';
import { startTcpPeer, type TcpPeer } from '../support/tcp-peer';
import { until } from '../support/until';

interface Opened {
  readonly connection: StreamConnection;
  /** The reasons why it went down: at most one. */
  readonly downs: (Error | undefined)[];
}

function connected(peer: TcpPeer, timeoutMs = 10_000): Opened {
  const downs: (Error | undefined)[] = [];
  const socket = connect(peer.port, '127.0.0.1');
  const connection = new StreamConnection(socket, { timeoutMs, onDown: (error) => void downs.push(error) });
  onTestFinished(() => connection.destroy(new Error('test finished')));
  return { connection, downs };
}

describe('StreamConnection', () => {
  it('writes what the peer reads', async () => {
    const peer = await startTcpPeer();
    const { connection } = connected(peer);
    await connection.open();

    await connection.write(Buffer.from('hello\n'));

    await until(() => peer.text === 'hello\n');
  });

  it('rejects when nobody listens, with all addresses in the reason', async () => {
    const peer = await startTcpPeer();
    const { port } = peer;
    await peer.stop();
    const socket = connect({ port, host: 'localhost', autoSelectFamily: true });
    const connection = new StreamConnection(socket, { timeoutMs: 5000, onDown: () => {} });

    await expect(connection.open()).rejects.toThrow(`connect ECONNREFUSED 127.0.0.1:${port}`);
  });

  it('fails after the time limit if the peer reads nothing', async () => {
    const peer = await startTcpPeer({ reads: false });
    const { connection, downs } = connected(peer, 300);
    await connection.open();
    const begun = performance.now();

    const fill = async (): Promise<void> => {
      for (;;) await connection.write(Buffer.alloc(1024 * 1024));
    };

    await expect(fill()).rejects.toThrow('the peer read nothing for 0.3 s');
    expect(performance.now() - begun).toBeGreaterThan(290);
    expect(downs).toHaveLength(1);
  });

  it('fails if a TLS peer never answers', async () => {
    const peer = await startTcpPeer();
    const socket = connectTls({ port: peer.port, host: '127.0.0.1' });
    const connection = new StreamConnection(socket, { timeoutMs: 100, onDown: () => {} });

    await expect(connection.open()).rejects.toThrow('no connection for 0.1 s');
  });

  it('is open for TLS only when the peer is verified', async () => {
    const { ca, otherHost } = certificates();
    const peer = await startTcpPeer({ tls: otherHost });
    const socket = connectTls({ port: peer.port, host: '127.0.0.1', ca });
    const connection = new StreamConnection(socket, { timeoutMs: 5000, onDown: () => {} });

    await expect(connection.open()).rejects.toThrow("does not match certificate's altnames");
  });

  it('notices a normal end and a reset, and distinguishes them', async () => {
    const peer = await startTcpPeer();
    const ended = connected(peer);
    await ended.connection.open();
    await until(() => peer.connections === 1);
    peer.end();
    await until(() => ended.downs.length === 1);

    const reset = connected(peer);
    await reset.connection.open();
    await until(() => peer.connections === 2);
    peer.reset();
    await until(() => reset.downs.length === 1);

    expect(ended.downs).toEqual([undefined]);
    expect(reset.downs).toEqual([expect.objectContaining({ code: 'ECONNRESET' })]);
    expect(() => reset.connection.write(Buffer.from('x'))).toThrow('ECONNRESET');
    expect(() => ended.connection.write(Buffer.from('x'))).toThrow('the peer closed the connection');
  });

  it('ends normally, after the peer has read everything', async () => {
    const peer = await startTcpPeer();
    const { connection, downs } = connected(peer);
    await connection.open();
    await connection.write(Buffer.from('last words\n'));

    await connection.end();

    expect(peer.text).toBe('last words\n');
    expect(downs).toEqual([undefined]);
    await connection.end();
  });

  it('reports that the peer does not end', async () => {
    const peer = await startTcpPeer({ allowHalfOpen: true });
    const { connection, downs } = connected(peer);
    await connection.open();

    await connection.end();

    expect(String(downs[0])).toContain('the peer did not close within 1000 ms');
  });

  it('writes synchronously what the kernel takes', async () => {
    const peer = await startTcpPeer();
    const { connection } = connected(peer);
    await connection.open();

    expect(connection.writeSync(Buffer.from('now\n'))).toBe(true);
    expect(connection.writeSync(Buffer.alloc(64 * 1024 * 1024))).toBe(false);

    await until(() => peer.text.startsWith('now\n'));
  });

  it('calls back once when it is destroyed', async () => {
    const peer = await startTcpPeer();
    const { connection, downs } = connected(peer);
    await connection.open();

    connection.hold(false);
    connection.destroy(new Error('given up'));

    expect(connection.isDown).toBe(true);
    expect(downs).toEqual([new Error('given up')]);
  });
});
