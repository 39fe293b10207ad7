/** Certificates of a private authority, created by openssl: valid ones, and ones that must be refused. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const CACHE = resolve(__dirname, '../../node_modules/.cache');
/** Change this name when you change the certificates below: with a new name they are created again. */
const DIRECTORY = join(CACHE, 'certificates-2');

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly certPath: string;
  readonly keyPath: string;
}

export interface Certificates {
  /** The authority that signed all of them, in PEM. */
  readonly ca: string;
  readonly caPath: string;
  /** For localhost, 127.0.0.1 and ::1. */
  readonly server: Certificate;
  /** For TLS clients, with the common name `client`. */
  readonly client: Certificate;
  /** Like `server`, but expired in 2020. */
  readonly expired: Certificate;
  /** For other.example only. */
  readonly otherHost: Certificate;
}

const HERE = 'DNS:localhost,IP:127.0.0.1,IP:::1';
/** Not before, not after. */
const VALID = ['20240101000000Z', '21000101000000Z'] as const;
const OVER = ['20200101000000Z', '20200102000000Z'] as const;

const CONFIG = `
[ca]
default_ca = own
[own]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
[req]
distinguished_name = dn
[dn]
`;

function openssl(directory: string, args: readonly (readonly string[])[]): void {
  execFileSync('openssl', args.flat(), { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
}

interface Request {
  readonly name: string;
  readonly commonName: string;
  readonly alternatives?: string;
  readonly valid?: readonly [string, string];
}

function make(directory: string, request: Request): void {
  const { name, commonName, alternatives, valid = VALID } = request;
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
  const extension = alternatives === undefined ? [] : ['-addext', `subjectAltName=${alternatives}`];
  const subject = ['-subj', `/CN=${commonName}`];
  openssl(directory, [['req', '-config', 'own.cnf', '-new', '-out', 'csr'], key, subject, extension]);
  const dates = ['-startdate', valid[0], '-enddate', valid[1]];
  const signer = ['-cert', 'ca.pem', '-keyfile', 'ca.key'];
  const files = ['-in', 'csr', '-out', `${name}.pem`];
  openssl(directory, [['ca', '-config', 'own.cnf', '-batch', '-notext'], signer, dates, files]);
}

function makeAll(directory: string): void {
  writeFileSync(join(directory, 'own.cnf'), CONFIG);
  writeFileSync(join(directory, 'index.txt'), '');
  writeFileSync(join(directory, 'serial'), '1000\n');
  openssl(directory, [
    ['req', '-config', 'own.cnf', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    ['-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '20000', '-subj', '/CN=test authority'],
    ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=keyCertSign,cRLSign'],
  ]);
  make(directory, { name: 'server', commonName: 'localhost', alternatives: HERE });
  make(directory, { name: 'client', commonName: 'client' });
  make(directory, { name: 'expired', commonName: 'localhost', alternatives: HERE, valid: OVER });
  make(directory, { name: 'other-host', commonName: 'other.example', alternatives: 'DNS:other.example' });
}

function read(name: string): Certificate {
  const certPath = join(DIRECTORY, `${name}.pem`);
  const keyPath = join(DIRECTORY, `${name}.key`);
  return { certPath, keyPath, cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8') };
}

/** Creates the certificates once for the checkout. */
export function certificates(): Certificates {
  if (!existsSync(DIRECTORY)) {
    mkdirSync(CACHE, { recursive: true });
    const draft = mkdtempSync(join(CACHE, 'certificates-draft-'));
    makeAll(draft);
    try {
      renameSync(draft, DIRECTORY);
    } catch (error) {
      // Another test worker has created them meanwhile.
      if (!existsSync(DIRECTORY)) throw error;
      rmSync(draft, { recursive: true });
    }
  }
  const caPath = join(DIRECTORY, 'ca.pem');
  return {
    ca: readFileSync(caPath, 'utf8'),
    caPath,
    server: read('server'),
    client: read('client'),
    expired: read('expired'),
    otherHost: read('other-host'),
  };
}
