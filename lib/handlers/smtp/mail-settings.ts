/** The options that all mail handlers share, checked. */
import { ConfigurationError } from '../../errors';
import { assertPeer } from '../../internal/optional-peer';
import { addressLines } from './mail-message';
import { parseMailboxes, type AddressOption, type Mailbox } from './mailbox';
import { smtpServer, type SmtpServer, type SmtpServerOptions } from './smtp-server';

export interface MailSettingsOptions extends SmtpServerOptions {
  readonly fromaddr: string;
  readonly toaddrs: string | readonly string[];
  readonly subject: string;
}

export interface MailSettings {
  readonly server: SmtpServer;
  readonly from: string;
  readonly to: readonly string[];
  /** The headers of both. */
  readonly addresses: string;
  readonly subject: string;
}

/** @throws ConfigurationError naming the option that is wrong, or `ERR_LOG_MISSING_PEER` without nodemailer. */
export function mailSettings(owner: string, mailhost: unknown, options: MailSettingsOptions): MailSettings {
  // Also from JSON, where anything may be missing.
  const given: Partial<MailSettingsOptions> = options ?? {};
  const server = smtpServer(owner, mailhost, given);
  const from = senderOf({ owner, name: 'fromaddr' }, given.fromaddr);
  const to = recipientsOf({ owner, name: 'toaddrs' }, given.toaddrs);
  const subject = subjectOf(owner, given.subject);
  assertPeer('nodemailer', owner);
  return {
    server,
    from: from.address,
    to: to.map(({ address }) => address),
    addresses: addressLines(from, to),
    subject,
  };
}

function senderOf(option: AddressOption, fromaddr: unknown): Mailbox {
  const [sender, ...more] = parseMailboxes(option, fromaddr);
  if (sender !== undefined && more.length === 0) return sender;
  throw new ConfigurationError(`${option.owner}: "fromaddr" must be one address, got ${more.length + 1}.`);
}

function recipientsOf(option: AddressOption, toaddrs: unknown): readonly Mailbox[] {
  const list: readonly unknown[] = Array.isArray(toaddrs) ? toaddrs : [toaddrs];
  if (list.length > 0) return list.flatMap((text) => parseMailboxes(option, text));
  throw new ConfigurationError(`${option.owner}: "toaddrs" must name at least one recipient, got none.`);
}

/** A line break could add headers and recipients of a stranger's choice. */
function subjectOf(owner: string, subject: unknown): string {
  if (typeof subject !== 'string') {
    throw new ConfigurationError(`${owner}: "subject" must be a string, got ${typeof subject}.`);
  }
  if (!/[\0-\x08\n-\x1f\x7f]/.test(subject)) return subject;
  throw new ConfigurationError(
    `${owner}: "subject" must not contain line breaks or control characters, got ${JSON.stringify(subject)}.`,
  );
}
