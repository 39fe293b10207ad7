/** The process that receives the records of a network subject. It only counts them. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** If nothing has arrived for this long, in ms, nothing more is expected. */
const QUIET_MS = 300;

let count = 0;
let lastAt = performance.now();

function countIn(bytes, byte) {
  let found = 0;
  for (let at = bytes.indexOf(byte); at !== -1; at = bytes.indexOf(byte, at + 1)) found++;
  return found;
}

/** Counts frames that begin with four bytes of length. Frames may arrive in pieces. */
function frameCounter() {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let [at, found] = [0, 0];
    while (bytes.length - at >= 4 && at + 4 + bytes.readUInt32BE(at) <= bytes.length) {
      at += 4 + bytes.readUInt32BE(at);
      found++;
    }
    rest = bytes.subarray(at);
    return found;
  };
}

/** `ends`: the byte that ends a record on a stream, or `length` for frames that begin with their length. */
function listen({ kind, ends }, answer) {
  const arrived = (records) => {
    count += records;
    lastAt = performance.now();
  };
  if (kind === 'udp') {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 64 * 1024 * 1024 });
    socket.on('message', () => arrived(1));
    socket.bind(0, '127.0.0.1', () => answer({ port: socket.address().port }));
    return;
  }
  const server = createServer((socket) => {
    const records = ends === 'length' ? frameCounter() : (bytes) => countIn(bytes, ends);
    socket.on('data', (bytes) => arrived(records(bytes)));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1', () => answer({ port: server.address().port }));
}

function counted(expected, answer) {
  const isDone = count >= expected || performance.now() - lastAt > QUIET_MS;
  if (isDone) answer({ count, lastAt: performance.timeOrigin + lastAt });
  else setTimeout(counted, 20, expected, answer);
}

process.on('message', (message) => {
  const answer = (result) => process.send({ result });
  if (message.end) process.exit(0);
  else if (message.listen) listen(message.listen, answer);
  else counted(message.expected, answer);
});
