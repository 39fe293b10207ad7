import { describe, expect, it } from 'vitest';
import { diagnostics } from '../../lib/core/diagnostics';
import { CRITICAL, DEBUG, ERROR, INFO, VERBOSE, WARNING } from '../../lib/core/level';
import { eventText, NTEventLogHandler } from '../../lib/handlers/nt-event-log.handler';
import {
  WindowsError,
  type EventLogApi,
  type EventLogEvent,
  type EventLogSource,
} from '../../lib/handlers/event-log/advapi32';
import { handlerContract } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { some } from '../support/some';

/** Windows, as far as the handler can see it. */
class FakeWindows implements EventLogApi {
  readonly sources: EventLogSource[] = [];
  readonly events: EventLogEvent[] = [];
  registered = 0;
  open = 0;
  failure: Error | undefined;

  addSource(source: EventLogSource): void {
    if (this.failure !== undefined) throw this.failure;
    this.sources.push(source);
  }

  register(source: string): unknown {
    this.registered++;
    this.open++;
    return { source };
  }

  report(_handle: unknown, event: EventLogEvent): void {
    if (this.failure !== undefined) throw this.failure;
    this.events.push(event);
  }

  deregister(): void {
    this.open--;
  }

  get texts(): string[] {
    return this.events.flatMap((event) => event.strings);
  }
}

for (const promise of handlerContract('NTEventLogHandler', {
  create: () => new NTEventLogHandler('shop', { api: new FakeWindows() }),
}))
  it(promise.title, promise.run);

describe('NTEventLogHandler', () => {
  it('adds its source to the Application log at construction', () => {
    const api = new FakeWindows();

    const handler = new NTEventLogHandler('shop', { api });

    expect(api.sources).toEqual([
      { name: 'shop', log: 'Application', messageFile: '%SystemRoot%\\System32\\EventCreate.exe' },
    ]);
    expect(handler).toMatchObject({ appname: 'shop', logtype: 'Application' });
  });

  it('takes a message file and a log of its own', () => {
    const api = new FakeWindows();

    void new NTEventLogHandler('shop', { dllname: 'C:\\shop.dll', logtype: 'Shop', api });

    expect(api.sources).toEqual([{ name: 'shop', log: 'Shop', messageFile: 'C:\\shop.dll' }]);
  });

  it('goes on without the right to add a source', () => {
    const api = new FakeWindows();
    api.failure = new WindowsError('RegCreateKeyEx', 5);
    const handler = new NTEventLogHandler('shop', { api });
    api.failure = undefined;

    handler.handle(some.record({ message: 'order placed' }));

    expect(api.texts).toEqual(['order placed']);
  });

  it('fails at construction when the registry fails otherwise', () => {
    const api = new FakeWindows();
    api.failure = new WindowsError('RegCreateKeyEx', 1018);

    expect(() => new NTEventLogHandler('shop', { api })).toThrow(
      'NTEventLogHandler: cannot add the source "shop" to the registry: RegCreateKeyEx failed with Windows error 1018.',
    );
  });

  it('does without a registry where the api has none', () => {
    const { register, report, deregister } = FakeWindows.prototype;
    const events: EventLogEvent[] = [];
    const api = { events, register, report, deregister } as unknown as EventLogApi;

    new NTEventLogHandler('shop', { api }).handle(some.record());

    expect(events).toHaveLength(1);
  });

  it.each([
    [VERBOSE, 4],
    [DEBUG, 4],
    [INFO, 4],
    [WARNING, 2],
    [ERROR, 1],
    [CRITICAL, 1],
    [25, 1],
    [0, 1],
  ])('reports a record of level %i as an event of type %i', (levelno, type) => {
    const api = new FakeWindows();

    new NTEventLogHandler('shop', { api }).handle(some.record({ levelno, message: 'm' }));

    expect(api.events).toEqual([{ id: 1, category: 0, type, strings: ['m'] }]);
  });

  it('takes types for levels of the user from typemap, and deftype for the rest', () => {
    const api = new FakeWindows();
    const handler = new NTEventLogHandler('shop', { api });
    handler.typemap.set(25, 2);
    handler.deftype = 4;

    handler.handle(some.record({ levelno: 25 }));
    handler.handle(some.record({ levelno: 26 }));

    expect(api.events.map((event) => event.type)).toEqual([2, 4]);
  });

  it('asks a subclass for the number, category and type of an event', () => {
    const api = new FakeWindows();
    const handler = new (class extends NTEventLogHandler {
      override getMessageID(): number {
        return 7;
      }
      override getEventCategory(): number {
        return 8;
      }
      override getEventType(): number {
        return 16;
      }
    })('shop', { api });

    handler.handle(some.record());

    expect(api.events).toMatchObject([{ id: 7, category: 8, type: 16 }]);
  });

  it('uses the formatter', () => {
    const api = new FakeWindows();
    const formatter = { format: () => 'formatted \0 text' };

    new NTEventLogHandler('shop', { api, formatter }).handle(some.record());

    expect(api.texts).toEqual(['formatted \\x00 text']);
  });

  it('registers once for many records, and deregisters at close', async () => {
    const api = new FakeWindows();
    const handler = new NTEventLogHandler('shop', { api });
    expect(api.registered).toBe(0);

    for (let i = 0; i < 3; i++) handler.handle(some.record());
    expect([api.registered, api.open]).toEqual([1, 1]);

    await handler.close();
    expect([api.registered, api.open]).toEqual([1, 0]);
  });

  it('reports a record after close, and leaves no handle open', async () => {
    const api = new FakeWindows();
    const handler = new NTEventLogHandler('shop', { api });
    await handler.close();

    handler.handle(some.record({ message: 'late' }));

    expect(api.texts).toEqual(['late']);
    expect(api.open).toBe(0);
  });

  it('tells handleError of an event that is refused, and takes a new handle for the next', () => {
    const api = new FakeWindows();
    const handler = new NTEventLogHandler('shop', { api });
    const failures: unknown[] = [];
    handler.handleError = (_record, error) => void failures.push(error);
    const failure = new WindowsError('ReportEvent', 6);
    api.failure = failure;

    handler.handle(some.record({ message: 'refused' }));
    api.failure = undefined;
    handler.handle(some.record({ message: 'next' }));

    expect(failures).toEqual([failure]);
    expect(api.texts).toEqual(['next']);
    expect([api.registered, api.open]).toEqual([2, 1]);
  });

  it('reports a handle that cannot be given back, and closes', async () => {
    const stderr = capturedStderr();
    const api = new FakeWindows();
    const handler = new NTEventLogHandler('shop', { api, name: 'stuck event log' });
    handler.handle(some.record());
    api.deregister = () => {
      throw new WindowsError('DeregisterEventSource', 6);
    };

    await handler.close();

    expect(handler.closed).toBe(true);
    expect(diagnostics.count('NTEventLogHandler stuck event log')).toBe(1);
    expect(stderr.text).toContain('the source was not deregistered');
  });

  it.runIf(process.platform !== 'win32')('says that there is no event log on another system', () => {
    expect(() => new NTEventLogHandler('shop')).toThrow(
      `NTEventLogHandler: there is no event log on ${process.platform}; give an "api", or add the handler on Windows only.`,
    );
  });

  it.each([
    [
      '',
      {},
      'NTEventLogHandler: "appname" must be a name of 1 to 255 characters without backslash, got \'\'.',
    ],
    ['a\\b', {}, 'NTEventLogHandler: "appname" must be a name'],
    ['a\0b', {}, 'NTEventLogHandler: "appname" must be a name'],
    ['shop', { logtype: 'A\\B' }, 'NTEventLogHandler: "logtype" must be a name'],
    ['shop', { dllname: 'a\0b' }, 'NTEventLogHandler: "dllname" must be the path of a file'],
  ])('refuses appname %j with %j', (appname, options, message) => {
    expect(() => new NTEventLogHandler(appname, { ...options, api: new FakeWindows() })).toThrow(message);
  });
});

describe('eventText', () => {
  it('leaves a text alone, lone surrogates included', () => {
    expect(eventText('ünï 你 \u{1f600} \ud800 %1')).toBe('ünï 你 \u{1f600} \ud800 %1');
  });

  it('writes a NUL as an escape, as Windows would end the text there', () => {
    expect(eventText('before\0after')).toBe('before\\x00after');
  });

  it('keeps a text of 31 839 units whole', () => {
    expect(eventText('x'.repeat(31_839))).toBe('x'.repeat(31_839));
  });

  it('cuts a longer one below the limit and says how much is cut', () => {
    const text = eventText('x'.repeat(40_000));

    expect(text).toBe(`${'x'.repeat(31_807)}…[8193 more characters cut]`);
    expect(text.length).toBeLessThanOrEqual(31_839);
  });

  it('does not cut a surrogate pair in two', () => {
    const text = eventText(`x${'\u{1f600}'.repeat(20_000)}`);

    expect(text).toMatch(/^x(?:\u{1f600})+…\[\d+ more characters cut\]$/u);
  });
});
