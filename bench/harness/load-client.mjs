/** A small keep-alive client in its own process: raw sockets with one request at a time on each. */
import { connect } from 'node:net';
import { quantile } from './statistics.mjs';

const HEAD_END = Buffer.from('\r\n\r\n');

/** Bytes of the first complete response in `bytes`, or 0. Every response of the apps has a Content-Length. */
function responseLength(bytes) {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return 0;
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.latin1Slice(0, end + 4));
  if (length === null) throw new Error(`no Content-Length: ${bytes.latin1Slice(0, end)}`);
  const total = end + 4 + Number(length[1]);
  return bytes.length < total ? 0 : total;
}

class Connection {
  constructor(port) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.rest = undefined;
    this.socket.on('data', (bytes) => this.onData(bytes));
  }

  onData(bytes) {
    const all = this.rest === undefined ? bytes : Buffer.concat([this.rest, bytes]);
    const length = responseLength(all);
    this.rest = length === all.length ? undefined : all;
    if (length > 0) this.onResponse(Number(all.latin1Slice(9, 12)));
  }

  send(id) {
    this.socket.write(`GET /parcels/${id} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n\r\n`);
  }
}

function drive(connections, { from, count }) {
  return new Promise((resolve, reject) => {
    const latencies = [];
    const statuses = {};
    let next = from;
    for (const connection of connections) {
      let sent;
      const go = () => {
        if (next >= from + count) return;
        sent = performance.now();
        connection.send(next++);
      };
      connection.socket.once('close', () => reject(new Error('the server closed a connection')));
      connection.onResponse = (status) => {
        latencies.push(performance.now() - sent);
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (latencies.length === count) resolve({ latencies: latencies.sort((a, b) => a - b), statuses });
        else go();
      };
      go();
    }
  });
}

let connections;

async function answer({ port, connections: size, from, count, end }) {
  if (end) process.exit(0);
  connections ??= Array.from({ length: size }, () => new Connection(port));
  try {
    const { latencies, statuses } = await drive(connections, { from, count });
    const result = { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), statuses };
    process.send({ result });
  } catch (error) {
    process.send({ error: error.stack });
  }
}

process.on('message', (message) => void answer(message));
