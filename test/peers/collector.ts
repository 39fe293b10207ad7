/** A peer in a process of its own, which keeps every byte it reads, and can be stopped, killed or made to misbehave. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Certificate } from '../support/certificates';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

export interface CollectorOptions {
  readonly protocol?: 'tcp' | 'tls' | 'udp';
  /** @defaultValue 0, any free one */
  readonly port?: number;
  /** `stall` accepts and never reads; `reset` resets each connection once something has arrived on it. */
  readonly behaviour?: 'read' | 'stall' | 'reset';
  /** For `tls`. */
  readonly certificate?: Certificate;
  /** Where the bytes go, a file for each connection. @defaultValue a new one */
  readonly directory?: string;
}

/** Written at once: what was read survives a kill. */
const PROGRAM = `
const [protocol, port, behaviour, directory, cert, key] = process.argv.slice(1);
const fs = require('node:fs');
let connections = 0;
const file = () => fs.openSync(directory + '/' + process.pid + '-' + String(connections++).padStart(4, '0'), 'a');
const listening = (server) => () => process.stdout.write(server.address().port + '\\n');
if (protocol === 'udp') {
  const socket = require('node:dgram').createSocket('udp4');
  const fd = file();
  socket.on('message', (bytes) => fs.writeSync(fd, bytes));
  socket.bind({ port: Number(port), address: '127.0.0.1' }, listening(socket));
  process.on('SIGTERM', () => socket.close());
} else {
  const sockets = new Set();
  const take = (socket) => {
    const fd = file();
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    if (behaviour === 'stall') return socket.pause();
    socket.on('data', (bytes) => {
      if (behaviour === 'reset') return socket.resetAndDestroy();
      fs.writeSync(fd, bytes);
    });
  };
  const server =
    protocol === 'tls'
      ? require('node:tls').createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) }, take)
      : require('node:net').createServer({ pauseOnConnect: behaviour === 'stall' }, take);
  server.on('tlsClientError', () => {});
  server.listen(Number(port), '127.0.0.1', listening(server));
  process.on('SIGTERM', () => {
    server.close();
    for (const socket of sockets) socket.end();
  });
}
`;

export class Collector {
  readonly process: ChildProcess;
  readonly port: number;
  readonly directory: string;

  constructor(process: ChildProcess, port: number, directory: string) {
    this.process = process;
    this.port = port;
    this.directory = directory;
  }

  /** Every number between two `#` that was received, in order of the connections, also by earlier collectors there. */
  get ids(): number[] {
    return readdirSync(this.directory)
      .map((name) => readFileSync(join(this.directory, name), 'latin1'))
      .flatMap((text) => [...text.matchAll(/#(\d+)#/g)].map(([, id]) => Number(id)));
  }

  /** Connections so far, also of earlier collectors there. */
  get connections(): number {
    return readdirSync(this.directory).length;
  }

  /** SIGTERM ends its connections in order; SIGKILL does what the kernel does. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, 'exit');
    this.process.kill(signal);
    await exited;
  }
}

/** Starts one that is killed when the test has finished. */
export async function startCollector(options: CollectorOptions = {}): Promise<Collector> {
  const { protocol = 'tcp', port = 0, behaviour = 'read', certificate } = options;
  const directory = options.directory ?? tempDir();
  const args = [protocol, String(port), behaviour, directory];
  const files = certificate === undefined ? [] : [certificate.certPath, certificate.keyPath];
  const child = spawn(process.execPath, ['-e', PROGRAM, '--', ...args, ...files], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const collector = async (): Promise<Collector> => {
    await until(() => said.includes('\n'), { what: 'the collector' });
    return new Collector(child, Number(said), directory);
  };
  const started = await collector();
  onTestFinished(async () => started.stop('SIGKILL'));
  return started;
}
