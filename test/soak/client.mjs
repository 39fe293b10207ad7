/** The process of the clients: raw sockets with keep-alive and one request at a time on each. Some disconnect early. */
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { KINDS, kindOf } from './mix.mjs';

const HEAD_END = '\r\n\r\n';

/** Bytes of the first complete response, or 0. Every response that is awaited has a Content-Length. */
function responseLength(bytes) {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return 0;
  const head = bytes.latin1Slice(0, end + 4);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (length === null) throw new Error(`no Content-Length: ${head}`);
  const total = end + 4 + Number(length[1]);
  return bytes.length < total ? 0 : total;
}

class Connection {
  #port;
  #socket;
  #rest;
  #done;
  #leaves = false;

  constructor(port) {
    this.#port = port;
  }

  /** `leaves`: undefined, 'early' or 'midway'. Calls `done` with the status, or with 0 for a client that disconnected. */
  send({ path, headers = '', leaves }, done) {
    this.#done = done;
    this.#leaves = leaves !== undefined;
    this.#socket ??= this.#connect();
    const request = `GET ${path} HTTP/1.1\r\nHost: soak\r\n${headers}\r\n`;
    if (leaves === 'early') this.#socket.end(request);
    else this.#socket.write(request);
  }

  #connect() {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    socket.on('data', (bytes) => (this.#leaves ? socket.destroy() : this.#onData(bytes)));
    socket.on('error', (error) => this.#leaves || console.error(error.message));
    socket.on('close', () => {
      this.#socket = undefined;
      this.#rest = undefined;
      this.#answered(this.#leaves ? 0 : -1);
    });
    return socket;
  }

  #onData(bytes) {
    const all = this.#rest === undefined ? bytes : Buffer.concat([this.#rest, bytes]);
    const length = responseLength(all);
    this.#rest = length === 0 ? all : undefined;
    if (length > 0) this.#answered(Number(all.latin1Slice(9, 12)));
  }

  #answered(status) {
    const done = this.#done;
    this.#done = undefined;
    done?.(status);
  }
}

function mixedRequest(n, mix) {
  const kind = kindOf(n, mix);
  const path = kind === 'unknown' ? `/none/${n}` : `/orders/${n}`;
  if (KINDS[kind].status !== 0) return { path };
  // Clients of these kinds disconnect before the first byte. If the handler fails or never ends, it writes none.
  return { path, leaves: kind === 'left midway' ? 'midway' : 'early' };
}

/** In a flood, one of a hundred requests is forced, and one of a hundred is dumped by hand. */
function floodRequest(n) {
  if (n % 100 === 13) return { path: `/forced/${n}`, headers: 'x-debug: 1\r\n' };
  return { path: n % 100 === 63 ? `/manual/${n}` : `/flood/${n}` };
}

/** Sends requests as fast as the server answers, or `perSecond`. Resolves with the number of answers by status. */
async function drive(idle, { from, count, perSecond = Infinity, requestOf }) {
  const statuses = {};
  const size = idle.length;
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const done = { sent: 0, answered: 0 };
  const go = () => {
    const due = perSecond === Infinity ? count : Math.min(count, Math.floor(seconds() * perSecond) + 1);
    while (idle.length > 0 && done.sent < due) {
      const connection = idle.pop();
      connection.send(requestOf(from + done.sent++), (status) => {
        statuses[status] = (statuses[status] ?? 0) + 1;
        idle.push(connection);
        done.answered++;
        if (perSecond === Infinity) go();
      });
    }
  };
  while (done.answered < count || idle.length < size) {
    go();
    await wait(perSecond === Infinity ? 10 : 1);
  }
  return { statuses, seconds: seconds() };
}

let connections;

async function answer({ port, inFlight, mix, ...load }) {
  connections ??= Array.from({ length: inFlight }, () => new Connection(port));
  const requestOf = mix === undefined ? floodRequest : (n) => mixedRequest(n, mix);
  try {
    process.send({ result: await drive(connections, { ...load, requestOf }) });
  } catch (error) {
    process.send({ error: error.stack });
  }
}

process.on('message', (message) => (message.step === 'end' ? process.exit(0) : void answer(message)));
process.on('disconnect', () => process.exit(0));
