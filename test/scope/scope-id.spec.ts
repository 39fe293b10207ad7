/** Numbers of scopes, and the ids made of them. */
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { spaceTag } from '../../lib/internal/process-space';
import { nextScopeNumber, scopeId } from '../../lib/scope/scope-id';
import { compiledLib } from '../support/compiled-lib';

describe('nextScopeNumber', () => {
  it('gives each number once', () => {
    const numbers = Array.from({ length: 100 }, nextScopeNumber);

    expect(new Set(numbers).size).toBe(100);
  });
});

describe('scopeId', () => {
  it('starts with the container and the process, and tells scopes apart', () => {
    expect(scopeId(35)).toBe(`${spaceTag()}-${process.pid.toString(36)}-z`);
    expect(scopeId(1)).not.toBe(scopeId(2));
  });

  it('tells the threads of a process apart', { timeout: 30_000 }, async () => {
    const directory = await compiledLib();
    const worker = new Worker(
      `const { scopeId } = require(${JSON.stringify(`${directory}/scope/scope-id`)});
       require('node:worker_threads').parentPort.postMessage([process.pid.toString(36), scopeId(1)]);`,
      { eval: true },
    );
    onTestFinished(async () => void (await worker.terminate()));
    const [[pid, id]] = (await once(worker, 'message')) as [[string, string]];

    expect(id).toMatch(new RegExp(`^${spaceTag()}-${pid}-\\w+-1$`));
  });
});
