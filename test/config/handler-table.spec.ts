import { describe, expect, it } from 'vitest';
import { HANDLER_ROWS } from '../../lib/config/handler-table';
import * as handlers from '../../lib/handlers';
import { Handler } from '../../lib/logging';

/** Classes to extend, which nobody makes as they are. */
const ABSTRACT = ['BaseRotatingHandler', 'OutboxHandler'];

describe('HANDLER_ROWS', () => {
  it('has a row for every handler that can be made', () => {
    const classes = Object.entries(handlers)
      .filter(([name, value]) => typeof value === 'function' && !ABSTRACT.includes(name))
      .filter(([, value]) => Object(value).prototype instanceof Handler)
      .map(([name]) => name);

    expect(HANDLER_ROWS.map(({ type }) => type.name).toSorted()).toEqual(classes.toSorted());
  });

  it('has no option twice', () => {
    for (const row of HANDLER_ROWS) {
      const keys = [...row.arguments, ...row.options];
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it('refers only to options that are there', () => {
    for (const row of HANDLER_ROWS) {
      const keys = [...row.arguments, ...row.options];
      expect(keys).toEqual(
        expect.arrayContaining([...(row.handlers ?? []), ...Object.keys(row.convert ?? {})]),
      );
    }
  });

  it('tries file handlers without their files', () => {
    const row = HANDLER_ROWS.find(({ type }) => type === handlers.RotatingFileHandler);
    const settings = { filename: 'app.log', symlink: 'now.log', compress: 'gzip', maxBytes: 1 };

    expect(row?.rehearsal?.(settings)).toEqual({ filename: 'app.log', maxBytes: 1, delay: true });
    expect(row?.rehearsal?.({ compress: 'zip' })).toEqual({ compress: 'zip', delay: true });
  });
});
