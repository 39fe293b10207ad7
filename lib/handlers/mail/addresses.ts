/** Parses mail addresses: a name and an address, or only an address. */
import { domainToASCII } from 'node:url';
import { ConfigurationError } from '../../errors';

export interface Mailbox {
  /** Empty if the address has no name. */
  readonly name: string;
  /** The domain is in ASCII; the part before the `@` may be any text (RFC 6531). */
  readonly address: string;
}

/** The option that holds the address, for the error. */
export interface AddressOption {
  readonly owner: string;
  readonly name: 'fromaddr' | 'toaddrs';
}

const LOCAL = String.raw`(?:[^\s<>()\[\]:;@\\,"]+|"(?:[^"\\]|\\.)*")`;
const DOMAIN = String.raw`(?:[^\s<>()\[\]:;@\\,"]+|\[[^\s<>\[\]]+\])`;
const ADDRESS = `(${LOCAL})(?:@(${DOMAIN}))?`;
const BARE = new RegExp(`^${ADDRESS}$`);
const NAMED = new RegExp(String.raw`^("(?:[^"\\]|\\.)*"\s*|[^"<>,]*)<${ADDRESS}>$`);
/**
 * Text up to a comma that is neither in quotes nor in angle brackets. An unclosed quote extends to the end of the text,
 * and a bracket ends at the next bracket: otherwise matching would take quadratic time.
 */
const ITEM = /(?:"(?:[^"\\]|\\.?)*(?:"|$)|<[^<>]*>|[^,"<]|<)+/g;

/**
 * One or more addresses, separated by commas: `ops@example.com` or `Ops <ops@example.com>, root`.
 *
 * @throws ConfigurationError if one is not an address, or has a line break, which could add headers and recipients.
 */
export function parseMailboxes(option: AddressOption, text: unknown): readonly Mailbox[] {
  if (typeof text !== 'string') throw refused(option, `must be a string, got ${typeof text}.`);
  if (/[\0-\x08\n-\x1f\x7f]/.test(text)) {
    throw refused(option, `must not contain line breaks or control characters, got ${JSON.stringify(text)}.`);
  }
  return (text.match(ITEM) ?? ['']).map((item) => parseOne(option, item.trim()));
}

function parseOne(option: AddressOption, text: string): Mailbox {
  const bare = BARE.exec(text);
  const named = bare === null ? NAMED.exec(text) : null;
  const name = unquoted(named?.[1]?.trim() ?? '');
  const [local, domain] = bare === null ? [named?.[2], named?.[3]] : [bare[1], bare[2]];
  const address = local === undefined ? undefined : addressOf(local, domain);
  if (address !== undefined) return { name, address };
  throw refused(
    option,
    `must hold mail addresses, got ${JSON.stringify(text)}; write "ops@example.com" or "Ops <ops@example.com>".`,
  );
}

/** Domains are sent in ASCII, which every server accepts. */
function addressOf(local: string, domain: string | undefined): string | undefined {
  if (domain === undefined) return local;
  const ascii = /^[\x21-\x7e]+$/.test(domain) ? domain : domainToASCII(domain);
  return ascii === '' ? undefined : `${local}@${ascii}`;
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replace(/\\(.)/g, '$1') : name;
}

function refused({ owner, name }: AddressOption, what: string): ConfigurationError {
  return new ConfigurationError(`${owner}: "${name}" ${what}`);
}
