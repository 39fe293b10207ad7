/** The encodings a log file may have, and what happens to characters that an encoding cannot hold. */
import { FormatError } from '../../errors';
import { accepting, oneOf } from '../../internal/options';
import { escapeCodePoint } from '../../python-format/python-text';

/** Names are read as in Python: case, '-' and '_' make no difference. */
export type FileEncoding = 'utf8' | 'utf8-sig' | 'utf16' | 'utf16le' | 'latin1' | 'ascii' | (string & {});

/** What to do with a character that the encoding cannot hold. The names are Python's. */
export type EncodingErrors = 'strict' | 'ignore' | 'replace' | 'backslashreplace' | 'xmlcharrefreplace';

/** An encoding with its policy for characters that it cannot hold. */
export interface TextEncoding {
  readonly name: string;
  /** The byte order mark of an empty file; '' for none. */
  readonly bom: string;
  /** The text with unencodable characters replaced. @throws FormatError under 'strict'. */
  prepare(text: string): string;
  /** The data for write(2). A string is written as UTF-8. */
  toBytes(prepared: string): string | Buffer;
}

interface Charset {
  /** As in Python's messages. */
  readonly name: string;
  /** Matches a character that cannot be encoded. Undefined if every character can be encoded. */
  readonly unencodable: RegExp | undefined;
  readonly why: string;
  /** Undefined if the prepared text is written as UTF-8 (ASCII is a part of it), without making a Buffer. */
  readonly nodeName: 'latin1' | 'utf16le' | undefined;
  readonly bom: string;
}

const LONE_SURROGATE = /\p{Surrogate}/u;
const BOM = '\ufeff';

const UTF8: Charset = {
  name: 'utf-8',
  unencodable: LONE_SURROGATE,
  why: 'surrogates not allowed',
  nodeName: undefined,
  bom: '',
};
const ASCII: Charset = {
  name: 'ascii',
  unencodable: /\P{ASCII}/u,
  why: 'ordinal not in range(128)',
  nodeName: undefined,
  bom: '',
};
const LATIN1: Charset = {
  name: 'latin-1',
  unencodable: /[\u{100}-\u{10ffff}]/u,
  why: 'ordinal not in range(256)',
  nodeName: 'latin1',
  bom: '',
};
const UTF16: Charset = { ...UTF8, name: 'utf-16-le', nodeName: 'utf16le' };

const CHARSETS: ReadonlyMap<string, Charset> = new Map([
  ['utf8', UTF8],
  ['u8', UTF8],
  ['utf8sig', { ...UTF8, bom: BOM }],
  ['utf16', { ...UTF16, name: 'utf-16', bom: BOM }],
  ['utf16le', UTF16],
  ['ucs2', UTF16],
  ['latin1', LATIN1],
  ['iso88591', LATIN1],
  ['l1', LATIN1],
  ['ascii', ASCII],
  ['usascii', ASCII],
]);

const REPLACEMENTS: Readonly<Record<Exclude<EncodingErrors, 'strict'>, (character: string) => string>> = {
  ignore: () => '',
  replace: () => '?',
  backslashreplace: escapeCodePoint,
  xmlcharrefreplace: (character) => `&#${character.codePointAt(0) ?? 0};`,
};

/** The text of CPython's UnicodeEncodeError. It names the first run of unencodable code points. */
function strictError(charset: Charset, pattern: RegExp, text: string): FormatError {
  const characters = Array.from(text);
  const start = characters.findIndex((character) => pattern.test(character));
  let end = start;
  while (end + 1 < characters.length && pattern.test(characters[end + 1] ?? '')) end++;
  const what =
    start === end
      ? `character '${escapeCodePoint(characters[start] ?? '')}' in position ${start}`
      : `characters in position ${start}-${end}`;
  return new FormatError(`'${charset.name}' codec can't encode ${what}: ${charset.why}`);
}

function preparer(charset: Charset, errors: EncodingErrors): (text: string) => string {
  const pattern = charset.unencodable;
  if (pattern === undefined) return (text) => text;
  if (errors === 'strict') {
    return (text) => {
      if (pattern.test(text)) throw strictError(charset, pattern, text);
      return text;
    };
  }
  const all = new RegExp(pattern.source, 'gu');
  const replacement = REPLACEMENTS[errors];
  return (text) => (pattern.test(text) ? text.replace(all, replacement) : text);
}

function charsetOf(encoding: unknown): Charset | undefined {
  return typeof encoding === 'string'
    ? CHARSETS.get(encoding.toLowerCase().replaceAll(/[-_ ]/g, ''))
    : undefined;
}

/** An option that is an encoding. */
export const ENCODING = accepting(
  'one of utf8, utf8-sig, utf16, utf16le, latin1, ascii',
  (encoding): encoding is FileEncoding => charsetOf(encoding) !== undefined,
  { fallback: 'utf8' },
);

/** An option that is a policy. */
export const ENCODING_ERRORS = oneOf<EncodingErrors>([
  'strict',
  'ignore',
  'replace',
  'backslashreplace',
  'xmlcharrefreplace',
]);

/**
 * Without `errors`, UTF-8 and UTF-16 take every text (a lone surrogate becomes U+FFFD). The others are strict.
 *
 * @param encoding - One that `ENCODING` accepts.
 */
export function textEncoding(encoding: string, errors: EncodingErrors | undefined): TextEncoding {
  const charset = charsetOf(encoding) ?? UTF8;
  const { name, bom, nodeName } = charset;
  const lenient = errors === undefined && charset.unencodable === LONE_SURROGATE;
  return {
    name,
    bom,
    prepare: lenient ? (text) => text : preparer(charset, errors ?? 'strict'),
    toBytes: nodeName === undefined ? (text) => text : (text) => Buffer.from(text, nodeName),
  };
}
