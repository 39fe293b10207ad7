import { describe, expect, it } from 'vitest';
import { joinPieces, type Piece } from '../../lib/python-format/format-style';

const field: Piece = { name: 'user', isPlain: false, render: (read) => String(read('user')) };

describe('joinPieces', () => {
  it('renders the pieces in order', () => {
    expect(joinPieces(['a ', field, ' b'], () => 'u1', undefined)).toBe('a u1 b');
  });

  it('applies the guard to fields, not to literals', () => {
    const text = joinPieces(
      ['a\n', field],
      () => 'u1',
      (shown, name) => `<${name}=${shown}>`,
    );

    expect(text).toBe('a\n<user=u1>');
  });

  it('is empty without pieces', () => {
    expect(joinPieces([], () => 'u1', undefined)).toBe('');
  });
});
