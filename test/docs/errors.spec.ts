import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../lib/errors';
import { ROOT } from './code-blocks';

const PAGE = join(ROOT, 'docs/errors.md');

function renderPage(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, { meaning, remedy }]) => `| \`${code}\` | ${meaning} | ${remedy} |`,
  );
  return [
    '# Errors',
    '',
    'Generated from `lib/errors.ts` by `npm run docs:update`. Every error of the package is a `LoggingError` with one of',
    'these codes. A `ConfigurationError` reports a mistake in the configuration and is thrown at once. A `DeliveryError` or',
    'a `FormatError` goes to `handleError` of the handler, never to the code that logged.',
    '',
    '| code | what it means | what to do |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

describe('docs/errors.md', () => {
  it('lists every code of the table', () => {
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, renderPage());
    expect(existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '').toBe(renderPage());
  });
});
