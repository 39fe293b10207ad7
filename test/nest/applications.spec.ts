import { describe, expect, it } from 'vitest';
import { defaultManager, type Manager } from '../../lib/logging';
import { ApplicationLogs } from '../../lib/nest/application-logs';
import { checkOptions } from '../../lib/nest/check-options';
import { applications } from '../../lib/nest/applications';
import { CollectingHandler } from '../../lib/testing';

function create(tree: Manager): ApplicationLogs {
  const handlers = { seen: new CollectingHandler() };
  return new ApplicationLogs(tree, checkOptions({ handlers }), new Map(Object.entries(handlers)));
}

function end(application: ApplicationLogs): void {
  application.release();
  applications.remove(application);
}

describe('applications', () => {
  it('gives the tree of getLogger to the first, and again when that one has gone', () => {
    const first = applications.add(create);
    const second = applications.add(create);
    end(first);
    const third = applications.add(create);

    expect(first.tree.data).toBe(defaultManager.data);
    expect(second.tree.data).not.toBe(defaultManager.data);
    expect(third.tree.data).toBe(defaultManager.data);
    [second, third].forEach(end);
  });

  it('knows the application that consists of given modules', () => {
    const [application, modules] = [applications.add(create), new Map()];

    applications.bind(modules, application);

    expect(applications.ofModules(modules)).toBe(application);
    expect(applications.ofModules(new Map())).toBeUndefined();
    end(application);
  });

  it('knows the newest that is still there', () => {
    const [first, second] = [applications.add(create), applications.add(create)];

    expect(applications.newest).toBe(second);
    end(second);
    expect(applications.newest).toBe(first);
    end(first);
    expect(applications.newest).toBeUndefined();
  });

  it('takes the first import of forRoot() for an application that has several', () => {
    const modules = new Map();
    const other = applications.add(create);
    const logs = [applications.add(create, modules), applications.add(create, modules)];

    expect(applications.newest).toBe(logs[0]);
    expect(applications.allOfModules(modules)).toEqual(logs);
    [other, ...logs].forEach(end);
  });

  it('keeps the tree of getLogger for one whose start has failed until its handlers are closed', () => {
    const failed = applications.add(create);
    applications.letGo(failed);
    const next = applications.add(create);
    const standIn: unknown = defaultManager.standIn;
    end(failed);

    expect(next.tree.data).not.toBe(defaultManager.data);
    expect(standIn).toBe(next.tree);
    end(next);
    expect(defaultManager.standIn).toBeUndefined();
  });
});
