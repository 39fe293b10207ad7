import { describe, expect, it } from 'vitest';
import { textEncoding, type EncodingErrors } from '../../../lib/handlers/files/text-encoding';

const MIXED = 'aé年😀z';

describe('textEncoding', () => {
  it.each<[string, EncodingErrors, string]>([
    ['ascii', 'ignore', 'az'],
    ['ascii', 'replace', 'a???z'],
    ['ascii', 'backslashreplace', 'a\\xe9\\u5e74\\U0001f600z'],
    ['ascii', 'xmlcharrefreplace', 'a&#233;&#24180;&#128512;z'],
    ['latin1', 'replace', 'aé??z'],
    ['latin1', 'backslashreplace', 'aé\\u5e74\\U0001f600z'],
  ])('%s with %s', (encoding, errors, expected) => {
    expect(textEncoding(encoding, errors).prepare(MIXED)).toBe(expected);
  });

  it.each<[string, EncodingErrors | undefined, string, string]>([
    [
      'ascii',
      undefined,
      'é',
      "'ascii' codec can't encode character '\\xe9' in position 0: ordinal not in range(128)",
    ],
    [
      'ascii',
      'strict',
      MIXED,
      "'ascii' codec can't encode characters in position 1-3: ordinal not in range(128)",
    ],
    [
      'latin1',
      undefined,
      MIXED,
      "'latin-1' codec can't encode characters in position 2-3: ordinal not in range(256)",
    ],
    [
      'utf8',
      'strict',
      '😀\udc80',
      "'utf-8' codec can't encode character '\\udc80' in position 1: surrogates not allowed",
    ],
  ])('%s with errors %s refuses %j as CPython does', (encoding, errors, text, message) => {
    expect(() => textEncoding(encoding, errors).prepare(text)).toThrow(message);
  });

  it('treats a lone surrogate in UTF-8 by the policy that is named', () => {
    expect(textEncoding('utf8', 'backslashreplace').prepare('a\ud800b')).toBe('a\\ud800b');
    expect(textEncoding('utf8', 'ignore').prepare('a\ud800b😀')).toBe('ab😀');
  });

  it.each(['utf8', 'ascii'])('makes no Buffer for %s', (encoding) => {
    expect(textEncoding(encoding, undefined).toBytes('a')).toBe('a');
  });
});
