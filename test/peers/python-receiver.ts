/** The receiver of Python's logging cookbook, over TCP, UDP, Unix streams and Unix datagrams. */
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';
import { PythonProgram } from './python';

/**
 * As in the cookbook, with `rfile.read` in place of `connection.recv`, which may return one to three bytes of a length
 * and then ends the connection. What an attribute is in Python is printed as its repr.
 */
const RECEIVER = `
import hashlib, hmac, json, logging, logging.handlers, os, pickle, socketserver, struct, sys, threading
directory, key, codec = sys.argv[1], sys.argv[2].encode(), sys.argv[3]
lock = threading.Lock()
formatter = logging.Formatter('%(levelname)s %(name)s %(pathname)s:%(lineno)d %(message)s')

def say(o):
    with lock: print(json.dumps(o), flush=True)

def handle(chunk):
    if key:
        mac, chunk = chunk[:32], chunk[32:]
        if not hmac.compare_digest(mac, hmac.digest(key, chunk, 'sha256')): return say({'refused': 'signature'})
    record = logging.makeLogRecord(json.loads(chunk) if codec == 'json' else pickle.loads(chunk))
    attributes = {k: repr(v) for k, v in record.__dict__.items()}
    say({'text': formatter.format(record), 'created': record.created, 'attributes': attributes})

class Stream(socketserver.StreamRequestHandler):
    def handle(self):
        while True:
            chunk = self.rfile.read(4)
            if len(chunk) < 4: break
            handle(self.rfile.read(struct.unpack('>L', chunk)[0]))

class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        data = self.request[0]
        assert struct.unpack('>L', data[:4])[0] == len(data) - 4
        handle(data[4:])

class Tcp(socketserver.ThreadingTCPServer): daemon_threads = True
class UnixStream(socketserver.ThreadingUnixStreamServer): daemon_threads = True
class Udp(socketserver.UDPServer): max_packet_size = 65536
class UnixDatagram(socketserver.UnixDatagramServer): max_packet_size = 1 << 20

stream, datagram = os.path.join(directory, 's'), os.path.join(directory, 'd')
for path in (stream, datagram):
    if os.path.exists(path): os.unlink(path)
tcp, udp = Tcp(('127.0.0.1', 0), Stream), Udp(('127.0.0.1', 0), Datagram)
servers = (tcp, udp, UnixStream(stream, Stream), UnixDatagram(datagram, Datagram))
# All listen now; the addresses are to be the first line.
say({'tcp': tcp.server_address[1], 'udp': udp.server_address[1], 'stream': stream, 'datagram': datagram})
for server in servers:
    threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
`;

/** A record as Python has it. */
export interface PythonRecord {
  /** Formatted with `%(levelname)s %(name)s %(pathname)s:%(lineno)d %(message)s`. */
  readonly text: string;
  readonly created: number;
  /** The repr of each attribute. */
  readonly attributes: Readonly<Record<string, string>>;
}

interface Addresses {
  readonly tcp: number;
  readonly udp: number;
  readonly stream: string;
  readonly datagram: string;
}

export class PythonReceiver {
  readonly addresses: Addresses;
  readonly #program: PythonProgram;

  constructor(program: PythonProgram) {
    this.#program = program;
    this.addresses = program.printed[0] as Addresses;
  }

  /** What it has received, in order of arrival. */
  get records(): PythonRecord[] {
    return this.#program.printed.slice(1) as PythonRecord[];
  }

  /** Tracebacks of what it could not read. */
  get stderr(): string {
    return this.#program.stderr;
  }

  async received(count: number): Promise<PythonRecord[]> {
    await until(() => this.records.length >= count, {
      what: `${count} records in Python`,
      timeoutMs: 20_000,
    });
    return this.records;
  }

  async stop(signal?: NodeJS.Signals): Promise<void> {
    await this.#program.stop(signal);
  }
}

export interface PythonReceiverOptions {
  /** Refuses frames that are not signed with it. @defaultValue none */
  readonly hmacKey?: string;
  /** What is in a frame. @defaultValue 'pickle' */
  readonly codec?: 'pickle' | 'json';
  /** Of the Unix sockets. @defaultValue a new one */
  readonly directory?: string;
}

/** Resolves when it listens; it ends with the running test. */
export async function startPythonReceiver({
  hmacKey = '',
  codec = 'pickle',
  directory = tempDir(),
}: PythonReceiverOptions = {}): Promise<PythonReceiver> {
  const program = new PythonProgram(RECEIVER, [directory, hmacKey, codec]);
  await until(() => program.printed.length > 0, { what: 'the receiver listens', timeoutMs: 20_000 });
  return new PythonReceiver(program);
}
