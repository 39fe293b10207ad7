import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../lib/errors';

describe('ERROR_CODES', () => {
  it.each(Object.entries(ERROR_CODES))('%s says in sentences what it means and what to do', (code, entry) => {
    expect(code).toMatch(/^ERR_LOG_[A-Z_]+$/);
    expect(entry.meaning).toMatch(/^[A-Z].*\.$/);
    expect(entry.remedy).toMatch(/^[A-Z].*\.$/);
  });
});
