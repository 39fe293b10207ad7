/** What is used of nodemailer's SMTPConnection, in our own words: its types are not there for those who do without it. */
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { loadPeer } from '../../internal/optional-peer';

/** A reply of the server to a command of the login. */
export interface SmtpReply {
  /** 0 when the reply has none. */
  readonly status: number;
  /** Without the status. */
  readonly text: string;
}

/** What a login of our own is given. */
export interface SmtpLoginContext {
  readonly authMethods: readonly string[];
  sendCommand(command: string): Promise<SmtpReply>;
  resolve(): void;
  reject(error: Error): void;
}

export interface SmtpClientOptions {
  readonly connection: Socket;
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly secured: boolean;
  readonly ignoreTLS: boolean;
  readonly requireTLS: boolean;
  readonly tls: ConnectionOptions;
  readonly connectionTimeout: number;
  readonly greetingTimeout: number;
  readonly socketTimeout: number;
  readonly customAuth: Readonly<Record<string, (context: SmtpLoginContext) => void>>;
}

/** What nodemailer adds to its errors. */
export interface SmtpError extends Error {
  readonly code?: string;
  /** The command that failed, such as `MAIL FROM`; `CONN` for the connection itself. */
  readonly command?: string;
  readonly response?: string;
  readonly responseCode?: number;
  readonly rejectedErrors?: readonly SmtpError[];
}

export interface SmtpSent {
  readonly rejectedErrors?: readonly SmtpError[];
}

export interface SmtpEnvelope {
  readonly from: string;
  readonly to: readonly string[];
  readonly size: number;
  readonly use8BitMime: boolean;
}

export interface SmtpClient {
  connect(done: (error?: Error) => void): void;
  login(auth: { method: string; user: string; pass: string }, done: (error?: Error | null) => void): void;
  send(envelope: SmtpEnvelope, message: Buffer, done: (error?: Error | null, sent?: SmtpSent) => void): void;
  quit(): void;
  close(): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
}

export type SmtpClientClass = new (options: SmtpClientOptions) => SmtpClient;

/** Loads nodemailer, when it is first needed. */
export function loadSmtpClient(owner: string): SmtpClientClass {
  return loadPeer('nodemailer/lib/smtp-connection', owner, 'nodemailer') as SmtpClientClass;
}
