/** Records that would forge lines, reach a prototype, or show what must not be shown. */
import { describe, expect, it } from 'vitest';
import { Formatter, JsonFormatter, PrettyFormatter } from '../../lib/formatters';
import { StreamHandler } from '../../lib/handlers';
import { CollectingHandler } from '../../lib/testing';
import { scopeTree } from './scope-tree';

describe('a dump of hostile records', () => {
  it('does not let __proto__ in the fields of a record reach a prototype', () => {
    const tree = scopeTree();
    const fields = JSON.parse('{"__proto__": {"polluted": true}, "id": 1}') as object;
    tree.run({}, () => {
      tree.log.debug('context', fields);
      tree.log.error('trigger', fields);
    });

    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    for (const { extra } of tree.target.records) {
      expect(Object.getPrototypeOf(extra)).toBe(Object.prototype);
      expect(extra).toHaveProperty('id', 1);
    }
  });

  it('redacts the arguments of held records, of long ones too', () => {
    const target = new CollectingHandler({
      formatter: new JsonFormatter({ redact: ['password', '*.password'] }),
    });
    const tree = scopeTree({ target });
    const user = { name: 'ann', password: 'hunter2' };
    tree.run({ maxRecordBytes: 200 }, () => {
      tree.log.debug('login %j', user);
      tree.log.debug('login', user, { user });
      tree.log.debug('long %j', { name: 'x'.repeat(500), password: 'hunter2' });
      tree.log.debug(user);
      tree.log.error('trigger', user);
    });

    expect(target.messages).toHaveLength(5);
    expect(target.messages.join('\n')).not.toContain('hunter2');
    expect(target.messages[2]).toContain('more characters cut');
  });

  it('does not let a message with line breaks forge a line', () => {
    const target = new CollectingHandler({ formatter: new JsonFormatter() });
    const tree = scopeTree({ target });
    tree.run({}, () => {
      tree.log.debug('harmless\r\n{"level":"INFO","message":"forged"}');
      tree.log.error('trigger');
    });

    expect(target.messages.every((line) => !/[\r\n]/.test(line))).toBe(true);
  });

  it.each([
    ['Formatter', new Formatter('%(levelname)s %(message)s')],
    ['PrettyFormatter', new PrettyFormatter()],
    ['JsonFormatter', new JsonFormatter()],
  ])('prints each record of a dump that has line breaks on a line of its own: %s', (_name, formatter) => {
    const lines: string[] = [];
    const tree = scopeTree();
    tree.addTarget(
      new StreamHandler({ write: (text: string) => lines.push(...text.split('\n')) }, { formatter }),
    );
    const forged = '\r\nERROR forged\u2028ERROR forged\x1b[2J';
    tree.run({}, () => {
      tree.log.debug(`message ${forged}`);
      tree.log.debug('argument %s', forged, { field: forged });
      tree.log.getChild(forged).debug('of a logger with such a name');
      tree.log.error('trigger');
    });

    expect(lines.join('\n')).toContain('trigger');
    expect(lines.filter((text) => text.startsWith('ERROR forged'))).toEqual([]);
    expect(lines.filter((text) => text.includes('\r') || text.includes('\x1b[2J'))).toEqual([]);
  });

  it('hands the arguments of a held record to a formatter that redacts them', () => {
    const redact = (argument: unknown): unknown =>
      typeof argument === 'object' && argument !== null ? { ...argument, password: '[redacted]' } : argument;
    const target = new CollectingHandler({ formatter: { format: (record) => record.getMessage(redact) } });
    const tree = scopeTree({ target });
    tree.run({ maxRecordBytes: 200 }, () => {
      tree.log.debug('login %j', { user: 'ann', password: 'hunter2' });
      tree.log.debug('long %j', { user: 'x'.repeat(500), password: 'hunter2' });
      tree.log.error('trigger');
    });

    expect(target.messages).toHaveLength(3);
    expect(target.messages.join('\n')).not.toContain('hunter2');
  });
});
