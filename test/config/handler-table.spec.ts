import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HANDLER_ROWS } from '../../lib/config/handler-table';
import * as handlers from '../../lib/handlers';
import { dictConfig, Handler, Manager } from '../../lib/logging';
import { tempDir } from '../support/temp-dir';

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

describe('limits of rotated files, as data', () => {
  it.each([
    ['RotatingFileHandler', { maxBytes: 1000, backup_count: 3 }],
    ['logging.handlers.TimedRotatingFileHandler', { when: 'midnight', max_bytes: 1000 }],
  ])('%s takes them', (name, options) => {
    const directory = tempDir();
    const filename = join(directory, 'app.log');
    writeFileSync(join(directory, 'app.log.1'), '');
    utimesSync(join(directory, 'app.log.1'), 1, 1);
    const manager = new Manager();
    const configure = (entry: object): void => {
      const file = { class: name, filename, ...options, ...entry };
      dictConfig({ version: 1, handlers: { file }, root: { handlers: ['file'] } }, { manager });
    };

    expect(() => configure({ maxTotalBytes: 999 })).toThrow('dictConfig: "handlers.file.maxTotalBytes": ');
    expect(() => configure({ maxAgeDay: 14 })).toThrow('did you mean "maxAgeDays"?');
    configure({ maxTotalBytes: 2_000_000_000, max_age_days: 14 });
    void manager.root.handlers[0]?.close();
    // Making it deletes nothing.
    expect(readdirSync(directory).toSorted()).toEqual(['app.log', 'app.log.1']);
  });
});

/** Each handler as Python programs describe it, in JSON; nothing is sent or opened until a record comes. */
describe("Python's own descriptions of network handlers", () => {
  it.each<[string, object, object]>([
    [
      'SocketHandler',
      { host: 'localhost', port: 9020, '.': { retryMax: 60 } },
      { host: 'localhost', port: 9020 },
    ],
    ['SocketHandler', { host: '/run/logs.sock', port: null }, { port: null }],
    ['DatagramHandler', { host: '127.0.0.1', port: 9021 }, { host: '127.0.0.1' }],
    [
      'SysLogHandler',
      {
        address: ['logs.example', 514],
        facility: 'ext://logging.handlers.SysLogHandler.LOG_LOCAL3',
        socktype: 'ext://socket.SOCK_STREAM',
        '.': { ident: 'shop: ', append_nul: false },
      },
      { address: ['logs.example', 514], facility: 19, socktype: 'stream', ident: 'shop: ', appendNul: false },
    ],
    ['SysLogHandler', { socktype: 2, facility: 'user' }, { socktype: 'dgram', facility: 'user' }],
    [
      'SMTPHandler',
      {
        mailhost: ['mail.example', 587],
        fromaddr: 'app@shop.example',
        toaddrs: ['ops@shop.example'],
        subject: 'trouble',
        credentials: ['app', 'secret'],
        secure: [],
        timeout: 10.0,
      },
      {
        mailhost: 'mail.example',
        mailport: 587,
        toaddrs: ['ops@shop.example'],
        username: 'app',
        timeout: 10,
      },
    ],
    [
      'HTTPHandler',
      {
        host: 'logs.example',
        url: '/in',
        method: 'POST',
        secure: true,
        credentials: ['me', 'secret'],
        context: null,
      },
      { host: 'logs.example', url: '/in', method: 'POST', secure: true, credentials: ['me', 'secret'] },
    ],
  ])('make a %s of %j', async (name, entry, state) => {
    const tree = new Manager();
    dictConfig(
      {
        version: 1,
        handlers: { h: { class: `logging.handlers.${name}`, ...entry } },
        root: { handlers: ['h'] },
      },
      { manager: tree },
    );
    const [handler] = tree.root.handlers;
    onTestFinished(async () => handler?.close());

    expect(handler?.constructor.name).toBe(name);
    expect(handler).toMatchObject(state);
  });

  it.each<[string, object, string]>([
    ['SocketHandler', { host: 'h', port: 1, prot: 2 }, 'unknown option "prot", did you mean "port"?'],
    ['DatagramHandler', { host: 'h', port: 1, tls: true }, 'unknown option "tls"'],
    ['SysLogHandler', { facility: 'lokal0' }, '"handlers.h.facility": SysLogHandler: "facility" must be '],
    ['HTTPHandler', { host: 'h', url: '/', method: 'PUT' }, '"handlers.h'],
    [
      'SMTPHandler',
      { mailhost: 7, fromaddr: 'a@b.c' },
      '"handlers.h.mailhost": SMTPHandler: "mailhost" must be ',
    ],
    ['NTEventLogHandler', { appname: 7 }, '"handlers.h.appname": NTEventLogHandler: "appname" must be '],
  ])('refuse for a %s %j', (name, entry, message) => {
    const config = { version: 1, handlers: { h: { class: `logging.handlers.${name}`, ...entry } } };

    expect(() => dictConfig(config, { manager: new Manager() })).toThrow(message);
  });
});
