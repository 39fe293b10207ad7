import { describe, expect, it } from 'vitest';
import { defaultManager, type Manager } from '../../lib/logging';
import { ApplicationLogs } from '../../lib/nest/application-logs';
import { checkOptions } from '../../lib/nest/check-options';
import { liveApplications } from '../../lib/nest/live-applications';
import { CollectingHandler } from '../../lib/testing';

function create(tree: Manager): ApplicationLogs {
  const handlers = { seen: new CollectingHandler() };
  return new ApplicationLogs(tree, checkOptions({ handlers }), new Map(Object.entries(handlers)));
}

function end(application: ApplicationLogs): void {
  application.release();
  liveApplications.remove(application);
}

describe('liveApplications', () => {
  it('gives the tree of getLogger to the first, and again when that one has gone', () => {
    const first = liveApplications.add(create);
    const second = liveApplications.add(create);
    end(first);
    const third = liveApplications.add(create);

    expect(first.tree.data).toBe(defaultManager.data);
    expect(second.tree.data).not.toBe(defaultManager.data);
    expect(third.tree.data).toBe(defaultManager.data);
    [second, third].forEach(end);
  });

  it('knows the application that consists of given modules', () => {
    const [application, modules] = [liveApplications.add(create), new Map()];

    liveApplications.bind(modules, application);

    expect(liveApplications.ofModules(modules)).toBe(application);
    expect(liveApplications.ofModules(new Map())).toBeUndefined();
    end(application);
  });

  it('knows the newest that is still there', () => {
    const [first, second] = [liveApplications.add(create), liveApplications.add(create)];

    expect(liveApplications.newest).toBe(second);
    end(second);
    expect(liveApplications.newest).toBe(first);
    end(first);
    expect(liveApplications.newest).toBeUndefined();
  });

  it('takes the first import of forRoot() for an application that has several', () => {
    const modules = new Map();
    const other = liveApplications.add(create);
    const logs = [liveApplications.add(create, modules), liveApplications.add(create, modules)];

    expect(liveApplications.newest).toBe(logs[0]);
    expect(liveApplications.allOfModules(modules)).toEqual(logs);
    [other, ...logs].forEach(end);
  });

  it('keeps the tree of getLogger for one whose start has failed until its handlers are closed', () => {
    const failed = liveApplications.add(create);
    liveApplications.letGo(failed);
    const next = liveApplications.add(create);
    const standIn: unknown = defaultManager.standIn;
    end(failed);

    expect(next.tree.data).not.toBe(defaultManager.data);
    expect(standIn).toBe(next.tree);
    end(next);
    expect(defaultManager.standIn).toBeUndefined();
  });
});
