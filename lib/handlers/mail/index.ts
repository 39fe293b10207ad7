/** The parts of the mail handlers, which load them when they are created. */
export { Outbox } from '../../outbox/outbox';
export { DigestTransport, MailLimit } from './digest';
export { mailMessage } from './mail-message';
export { hostAndPort, mailSettings } from './mail-settings';
export { SmtpTransport } from './smtp-transport';
