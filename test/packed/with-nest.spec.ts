import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer, type ConsumerOptions } from './consumer';

const nest = (major: number): Record<string, string> => ({
  '@nestjs/common': `^${major}.0.0`,
  '@nestjs/core': `^${major}.0.0`,
  'reflect-metadata': '^0.2.0',
  rxjs: '^7.8.0',
});

const projects: readonly (ConsumerOptions & { readonly title: string })[] = [
  { title: 'Nest 12 in an ES module project', type: 'module', dependencies: nest(12) },
  { title: 'Nest 11 in a CommonJS project', type: 'commonjs', dependencies: nest(11) },
];

describe.for(projects)('the package under $title', (options) => {
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = await Consumer.install(options);
  });
  afterAll(() => consumer.remove());

  it('gives require and import one copy, and the tree of /logging', async () => {
    const program = `
      import { createRequire } from 'node:module';
      import 'reflect-metadata';
      import * as imported from 'nestjs-hindsight';
      import * as logging from 'nestjs-hindsight/logging';
      const required = createRequire(import.meta.url)('nestjs-hindsight');
      const names = Object.keys(required);
      console.log(JSON.stringify({
        notTheSame: names.filter((name) => imported[name] !== required[name]),
        notRepeated: Object.keys(logging).filter((name) => logging[name] !== imported[name] && name !== 'default' && name !== 'module.exports'),
        named: names.length,
      }));`;
    const found = JSON.parse(await consumer.run('same.mjs', program)) as { named: number };
    expect(found).toEqual({ notTheSame: [], notRepeated: [], named: found.named });
    expect(found.named).toBeGreaterThan(0);
  });

  it('loads the way the project is written', async () => {
    const program =
      options.type === 'module'
        ? `import { LoggingModule } from 'nestjs-hindsight'; console.log(typeof LoggingModule.forRoot);`
        : `const { LoggingModule } = require('nestjs-hindsight'); console.log(typeof LoggingModule.forRoot);`;
    expect(await consumer.run('index.js', program)).toBe('function');
  });
});
