/** CPython's http.server, which writes down what it gets, and CPython's HTTPHandler, which sends to it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { until } from '../support/until';
import { Daemon } from './daemon';

/** A request as http.server read it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly version: string;
  /** In order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** Number of the connection, from 0. */
  readonly connection: number;
}

const SERVER = `
import itertools, json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
numbers = itertools.count()
class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    # It writes headers and body apart: each answer would wait 40 ms for an acknowledgement.
    disable_nagle_algorithm = True
    def setup(self):
        super().setup()
        self.number = next(numbers)
    def answer(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        print(json.dumps({'method': self.command, 'path': self.path, 'version': self.request_version,
                          'headers': self.headers.items(), 'body': body.decode('latin-1'),
                          'connection': self.number}), flush=True)
        self.send_response(200)
        self.send_header('Content-Length', '2')
        self.end_headers()
        self.wfile.write(b'ok')
    do_GET = do_POST = answer
    def log_message(self, *args): pass
server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
print(json.dumps({'port': server.server_address[1]}), flush=True)
server.serve_forever()
`;

const SENDER = `
import json, logging.handlers, sys
port, url, method, credentials, records = json.loads(sys.argv[1])
handler = logging.handlers.HTTPHandler('127.0.0.1:%d' % port, url, method,
                                       credentials=tuple(credentials) if credentials else None)
for fields in records:
    fields['args'] = tuple(fields['args'])
    for name in ('created', 'msecs', 'relativeCreated'):
        fields[name] = float(fields[name])
    handler.handle(logging.makeLogRecord(fields))
`;

export class PythonHttpServer {
  readonly port: number;
  readonly #daemon: Daemon;

  constructor(daemon: Daemon, port: number) {
    this.#daemon = daemon;
    this.port = port;
  }

  /** So far, in order. */
  get requests(): SeenRequest[] {
    const whole = this.#daemon.output.split('\n').slice(1, -1);
    return whole.map((line) => JSON.parse(line) as SeenRequest);
  }

  /** Resolves with the requests once there are so many. */
  async received(count: number): Promise<SeenRequest[]> {
    await until(() => this.requests.length >= count, { what: `http.server has ${count} requests` });
    return this.requests;
  }

  async end(): Promise<void> {
    await this.#daemon.end();
  }
}

/** Starts one for the running test and ends it when the test is over. */
export async function startPythonHttpServer(): Promise<PythonHttpServer> {
  const daemon = new Daemon('python3', ['-c', SERVER]);
  onTestFinished(() => daemon.end());
  await daemon.ready(() => daemon.output.includes('\n'));
  const { port } = JSON.parse(daemon.output.split('\n')[0] ?? '') as { readonly port: number };
  return new PythonHttpServer(daemon, port);
}

export interface PythonRequest {
  readonly port: number;
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly credentials?: readonly [string, string] | undefined;
  /** Fields for makeLogRecord. */
  readonly records: readonly Readonly<Record<string, unknown>>[];
}

/** Has CPython's HTTPHandler send the records. */
export async function sendWithPython(request: PythonRequest): Promise<void> {
  const { port, url, method, credentials = null, records } = request;
  const argument = JSON.stringify([port, url, method, credentials, records]);
  const { stderr } = await promisify(execFile)('python3', ['-c', SENDER, argument]);
  if (stderr !== '') throw new Error(stderr);
}
