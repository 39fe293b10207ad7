/** A real nginx in a directory of its own: TLS, basic authentication, and a log of what it got on which connection. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { certificates, type Certificate } from '../support/certificates';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';
import { Daemon, freeTcpPort, listens } from './daemon';

/** One line of its access log. */
export interface NginxRequest {
  readonly connection: number;
  /** Place of the request among those of its connection, from 1. */
  readonly request: number;
  readonly user: string;
  readonly method: string;
  readonly uri: string;
  readonly type: string;
  readonly encoding: string;
  /** Bytes of the body, in digits. */
  readonly length: string;
  /** Common name of the client's certificate, such as `CN=client`. */
  readonly client: string;
  readonly status: number;
  readonly body: string;
}

export interface NginxOptions {
  /** @defaultValue a good one for localhost */
  readonly certificate?: Certificate;
  /** Ask for a client's certificate. @defaultValue false */
  readonly mutual?: boolean;
  /** Requests after which it closes a connection. @defaultValue 1000 */
  readonly keepaliveRequests?: number;
  /** As nginx writes it. @defaultValue '1m' */
  readonly maxBody?: string;
}

/** User and password that it accepts. */
export const NGINX_CREDENTIALS = ['logger', 'pä:ss'] as const;

const LOG_FORMAT = Object.entries({
  connection: '$connection',
  request: '$connection_requests',
  user: '"$remote_user"',
  method: '"$request_method"',
  uri: '"$request_uri"',
  type: '"$content_type"',
  encoding: '"$http_content_encoding"',
  length: '"$content_length"',
  client: '"$ssl_client_s_dn"',
  status: '$status',
  body: '"$request_body"',
})
  .map(([name, value]) => `"${name}":${value}`)
  .join(',');

function configuration(directory: string, port: number, options: NginxOptions): string {
  const { ca, server } = { ca: certificates().caPath, server: options.certificate ?? certificates().server };
  const mutual = options.mutual === true ? `ssl_verify_client on; ssl_client_certificate ${ca};` : '';
  // The second server answers the first one, which reads a body only to pass it on.
  return `
daemon off; master_process off; pid ${directory}/pid; error_log ${directory}/error.log;
events { worker_connections 64; }
http {
  client_body_temp_path ${directory}/t/b; proxy_temp_path ${directory}/t/p; fastcgi_temp_path ${directory}/t/f;
  uwsgi_temp_path ${directory}/t/u; scgi_temp_path ${directory}/t/s;
  client_body_buffer_size 2m; client_max_body_size ${options.maxBody ?? '1m'}; large_client_header_buffers 4 32k;
  log_format json escape=json '{${LOG_FORMAT}}';
  access_log ${directory}/access.json json;
  upstream self { server unix:${directory}/s; keepalive 4; }
  server { listen unix:${directory}/s; access_log off; location / { return 204; } }
  server {
    listen 127.0.0.1:${port} ssl; keepalive_requests ${options.keepaliveRequests ?? 1000};
    ssl_certificate ${server.certPath}; ssl_certificate_key ${server.keyPath}; ${mutual}
    location /open { proxy_pass http://self; proxy_http_version 1.1; proxy_set_header Connection ""; }
    location /busy { return 503; }
    location / {
      auth_basic "logs"; auth_basic_user_file ${directory}/htpasswd;
      proxy_pass http://self; proxy_http_version 1.1; proxy_set_header Connection "";
    }
  }
}
`;
}

export class Nginx {
  readonly port: number;
  readonly #directory: string;
  readonly #options: NginxOptions;
  #daemon: Daemon | undefined;

  constructor(directory: string, port: number, options: NginxOptions) {
    this.port = port;
    this.#directory = directory;
    this.#options = options;
    mkdirSync(join(directory, 't'));
    const [user, password] = NGINX_CREDENTIALS;
    execFileSync('htpasswd', ['-bc', join(directory, 'htpasswd'), user, password], { stdio: 'ignore' });
    chmodSync(join(directory, 'htpasswd'), 0o644);
  }

  async start(): Promise<void> {
    const config = join(this.#directory, 'nginx.conf');
    writeFileSync(config, configuration(this.#directory, this.port, this.#options));
    const log = join(this.#directory, 'error.log');
    const daemon = new Daemon('nginx', ['-c', config, '-p', this.#directory, '-e', log]);
    this.#daemon = daemon;
    await daemon.ready(() => listens(this.port));
  }

  async end(): Promise<void> {
    await this.#daemon?.end();
  }

  /** So far, in order of their answers. */
  get requests(): NginxRequest[] {
    const path = join(this.#directory, 'access.json');
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as NginxRequest);
  }

  /** Resolves with the requests once there are so many. */
  async received(count: number): Promise<NginxRequest[]> {
    await until(() => this.requests.length >= count, { what: `nginx has logged ${count} requests` });
    return this.requests;
  }
}

/** For the running test. `start()` is left to the test. */
export async function newNginx(options: NginxOptions = {}): Promise<Nginx> {
  const directory = tempDir();
  chmodSync(directory, 0o755);
  const nginx = new Nginx(directory, await freeTcpPort(), options);
  onTestFinished(() => nginx.end());
  return nginx;
}

/** One that listens. */
export async function startNginx(options: NginxOptions = {}): Promise<Nginx> {
  const nginx = await newNginx(options);
  await nginx.start();
  return nginx;
}
