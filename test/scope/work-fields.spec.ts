import { describe, expect, it, onTestFinished } from 'vitest';
import { spans } from '../../lib/core/active-span';
import { compileScopeOptions } from '../../lib/scope/compile-options';
import { currentScope, setFields } from '../../lib/scope/current';
import { openMessageScope } from '../../lib/scope/message';
import { addFields } from '../../lib/scope/work-fields';
import { JsonFormatter } from '../../lib/formatters';
import { capturedStderr } from '../support/captured-stderr';
import { until } from '../support/until';
import { scopedServer } from './http-server';
import { scopeTree } from './scope-tree';

describe('the fields of a scope', () => {
  it('are on its records: held ones, later ones and the heading of the dump', () => {
    const tree = scopeTree();
    const work = (): void =>
      tree.run({ dumpRecord: true }, () => {
        tree.log.debug('before');
        setFields({ tenant: 'acme' });
        tree.log.debug('after');
        throw new Error('failed');
      });
    expect(work).toThrow('failed');

    expect(tree.target.records.map((record) => record.ids?.['tenant'])).toEqual(Array(4).fill('acme'));
    expect(new JsonFormatter().format(tree.target.records[1] as never)).toContain('"tenant":"acme"');
  });

  it('are on records of inner scopes, those that were opened before included', () => {
    const tree = scopeTree();
    const outer = tree.open({}, { fields: { job: 'import' } });
    const inner = tree.open({}, { parent: outer, fields: { step: 1 } });
    expect(inner.fields).toEqual({ job: 'import', step: 1 });
    outer.set({ tenant: 'a' });
    expect(inner.fields).toEqual({ job: 'import', tenant: 'a', step: 1 });
    inner.set({ userId: 7 });
    outer.set({ tenant: 'b' });

    expect(inner.fields).toEqual({ job: 'import', tenant: 'b', step: 1, userId: 7 });
    expect(outer.fields).toEqual({ job: 'import', tenant: 'b' });
  });

  it('are on the records that an ended inner scope has handed over', () => {
    const tree = scopeTree();
    const outer = tree.open();
    const inner = tree.open({ lingerMs: 0 }, { parent: outer, fields: { step: 1 } });
    tree.runIn(inner, () => tree.log.debug('step'));
    inner.settle();
    outer.set({ tenant: 'a' });
    outer.dump('manual');

    expect(tree.target.records[0]?.ids).toEqual({ tenant: 'a', step: 1 });
  });

  it('are the same object while nothing changes, which formatters cache', () => {
    const scope = scopeTree().open();
    scope.set({ tenant: 'a' });
    const { fields } = scope;
    scope.set({ tenant: 'a', missing: undefined });

    expect(scope.fields).toBe(fields);
  });

  it('are on late records, and on those that a late Error dumps', async () => {
    const tree = scopeTree();
    const scope = tree.open();
    tree.runIn(scope, () => {
      setFields({ tenant: 'a' });
      tree.log.debug('held');
    });
    scope.settle();
    tree.runIn(scope, () => tree.log.error('late'));

    expect(tree.target.records.map((record) => [record.getMessage(), record.ids])).toEqual([
      ['held', { tenant: 'a' }],
      ['late', { tenant: 'a' }],
    ]);
  });

  it('are on the held records that a span has marked', () => {
    const { read } = spans;
    onTestFinished(() => {
      spans.read = read;
    });
    const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    spans.read = () => ({ spanContext: () => ids, isRecording: () => true, addEvent: () => undefined });
    const tree = scopeTree();
    tree.run({}, () => {
      setFields({ tenant: 'old' });
      tree.log.debug('held');
      setFields({ tenant: 'new' });
      currentScope()?.dump('manual');
    });

    expect(tree.target.records.map((record) => record.ids)).toEqual([{ tenant: 'new', ...ids }]);
  });

  it('of a message are those of the option `fields` and those that the handler sets', () => {
    const tree = scopeTree();
    const options = compileScopeOptions({
      dumpRecord: false,
      fields: ({ url, headers }) => ({ pattern: url, tenant: headers['x-tenant'] }),
    });
    const message = { kind: 'rpc', pattern: 'orders.find', headers: { 'x-tenant': 'a' } } as const;
    const scope = openMessageScope(message, { options, tree: tree.manager });
    tree.runIn(scope, () => {
      tree.log.debug('held');
      setFields({ userId: 7 });
    });
    scope?.fail(new Error('failed'));
    scope?.settle();

    expect(tree.messages).toEqual(['held', 'rpc orders.find failed']);
    const fields = { pattern: 'orders.find', tenant: 'a', userId: 7 };
    for (const record of tree.target.records) expect(record.ids).toMatchObject(fields);
  });

  it('of an option that itself logs an ERROR are set once', async () => {
    const tree = scopeTree();
    const fields = (): object => {
      tree.log.error('no tenant');
      return { tenant: 'none' };
    };
    const server = await scopedServer(tree, (_request, response) => response.end('ok'), {
      fields: fields as never,
    });

    expect((await server.get('/')).body).toBe('ok');
    await until(() => tree.messages.length === 2);
    expect(tree.messages.map((message) => message.slice(0, 9))).toEqual(['no tenant', 'GET / 200']);
  });

  it('of an option that throws are missing, and the request is served', async () => {
    const stderr = capturedStderr();
    const tree = scopeTree();
    const fields = (): never => {
      throw new Error('no tenant');
    };
    const server = await scopedServer(tree, (_request, response) => response.end('ok'), { fields });

    expect((await server.get('/')).body).toBe('ok');
    expect(stderr.text).toContain('"fields" threw; it is ignored: Error: no tenant');
  });
});

describe('setFields', () => {
  it('does nothing outside scopes, and says so once', () => {
    const stderr = capturedStderr();
    setFields({ tenant: 'a' });
    setFields({ tenant: 'a' });

    expect(currentScope()).toBeUndefined();
    expect(stderr.text.match(/called outside any scope/g)).toHaveLength(1);
  });
});

describe('addFields', () => {
  it('copies plain data', () => {
    const tags = ['a'];
    const fields = addFields({}, { user: { id: 7, tags }, ok: true, none: null, skipped: undefined });
    tags.push('b');

    expect(fields).toEqual({ user: { id: 7, tags: ['a'] }, ok: true, none: null });
  });

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a class instance', new Date()],
    ['an Error', new Error('x')],
    ['a function in an object', { run: () => 1 }],
    ['a long list', Array.from({ length: 2000 }, () => 1)],
    ['a long text', 'x'.repeat(20_000)],
  ])('refuses %s and keeps the other fields', (_title, value) => {
    const stderr = capturedStderr();

    expect(addFields({ a: 1 }, { bad: value, good: 2 })).toEqual({ a: 1, good: 2 });
    expect(stderr.text).toMatch(/^(?:nestjs-hindsight: setFields: the field "bad" is .*\n)?$/);
  });

  it('refuses circular data, and a getter that throws', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const given = {
      circle,
      get broken(): unknown {
        throw new Error('getter');
      },
    };

    expect(addFields({}, given)).toEqual({});
  });

  it.each(['message', 'level', 'requestId', 'durationMs', 'status', '__proto__'])(
    'refuses the name %s',
    (name) => {
      const given = JSON.parse(`{"${name}":1,"tenant":"a"}`) as object;

      expect(addFields({}, given)).toEqual({ tenant: 'a' });
    },
  );

  it('refuses what is no plain object', () => {
    for (const given of [null, undefined, 'a', [1], new Map()])
      expect(addFields({ a: 1 }, given)).toEqual({ a: 1 });
  });

  it('takes 64 fields, and changes of them', () => {
    const given = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`f${i}`, i]));
    const fields = addFields({}, given);

    expect(Object.keys(fields)).toHaveLength(64);
    expect(addFields(fields, { f0: 'changed', f99: 1 })).toEqual({ ...fields, f0: 'changed' });
  });
});
