/** Format strings of the style `%(name)s`. */
import { ConfigurationError } from '../../errors';
import {
  joinPieces,
  literal,
  type FieldReader,
  type FormatStyle,
  type Piece,
  type TextGuard,
} from './format-style';
import { PercentScanner } from './percent-scanner';
import { pythonRepr } from './python-text';

/**
 * CPython's: it only searches, so one good field makes the string valid. The zeros before a width are flags; read as
 * digits too, they would make the search quadratic.
 */
const VALID = /%\([\p{L}\p{N}_]+\)[#0+ -]*(?:\*|[1-9]\d*)?(?:\.(?:\*|\d+))?[diouxefgcrsa%]/iu;

function compile(fmt: string): { readonly pieces: readonly Piece[]; readonly fields: ReadonlySet<string> } {
  const pieces: Piece[] = [];
  const fields = new Set<string>();
  let text = '';
  for (let at = 0; at < fmt.length;) {
    if (fmt[at] !== '%') {
      const next = fmt.indexOf('%', at);
      const end = next === -1 ? fmt.length : next;
      text += fmt.slice(at, end);
      at = end;
    } else if (fmt[at + 1] === '%') {
      text += '%';
      at += 2;
    } else {
      const conversion = new PercentScanner(fmt, at + 1);
      if (text !== '') pieces.push(literal(text));
      text = '';
      pieces.push(conversion.piece);
      if (conversion.name !== undefined) fields.add(conversion.name);
      if (conversion.failed) return { pieces, fields };
      at = conversion.end;
    }
  }
  if (text !== '') pieces.push(literal(text));
  return { pieces, fields };
}

/**
 * Ports logging.PercentStyle (CPython 3.14).
 *
 * Differs: a conversion without a name (`%s`) fails when it is formatted; Python may print the record's whole dict.
 */
export class PercentStyle implements FormatStyle {
  static readonly defaultFormat = '%(message)s';
  readonly fmt: string;
  readonly fields: ReadonlySet<string>;
  readonly #pieces: readonly Piece[];

  constructor(fmt: string) {
    this.fmt = fmt === '' ? PercentStyle.defaultFormat : fmt;
    const { pieces, fields } = compile(this.fmt);
    this.#pieces = pieces;
    this.fields = fields;
  }

  usesTime(): boolean {
    return this.fmt.includes('%(asctime)');
  }

  validate(): void {
    if (VALID.test(this.fmt)) return;
    throw new ConfigurationError(`Invalid format ${pythonRepr(this.fmt)} for '%' style`, {
      code: 'ERR_LOG_FORMAT_STRING',
    });
  }

  render(read: FieldReader, guard?: TextGuard): string {
    return joinPieces(this.#pieces, read, guard);
  }
}
