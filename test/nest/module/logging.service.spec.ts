import { BadRequestException, Body, Controller, Get, Param, Put } from '@nestjs/common';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  addLevelName,
  ConfigurationError,
  DEBUG,
  ERROR,
  getLogger,
  LoggingService,
  Manager,
  WARNING,
  type LoggerLevel,
} from '../../../lib';
import type { ApplicationLogs } from '../../../lib/nest/application/application-logs';
import { ManualClock } from '../../../lib/testing';
import { logsOf } from '../../support/live-application';
import { startNestApp } from '../../support/nest-app';

interface Setup {
  readonly tree: Manager;
  readonly logs: ApplicationLogs;
  readonly service: LoggingService;
  readonly clock: ManualClock;
}

function setUp(): Setup {
  const clock = new ManualClock('2024-02-29T12:00:00Z');
  const tree = new Manager({ clock });
  const logs = logsOf({ level: 'INFO', logIfErrors: false }, tree);
  onTestFinished(() => logs.release());
  return { tree, logs, clock, service: new LoggingService(logs) };
}

function withTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

describe('LoggingService', () => {
  it('sets a level permanently', () => {
    withTimers();
    const { tree, service } = setUp();

    expect(service.setLevel('shop', 'DEBUG')).toEqual({
      name: 'shop',
      level: 'DEBUG',
      effectiveLevel: 'DEBUG',
      disabled: false,
    });
    expect(tree.getLogger('shop').level).toBe(DEBUG);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('restores the level after the time', () => {
    withTimers();
    const { tree, service, clock } = setUp();
    tree.getLogger('shop').setLevel(WARNING);

    const set = service.setLevel('shop', 'DEBUG', { forMs: 60_000 });
    expect(set.fallsBack).toEqual({ to: 'WARNING', at: new Date(clock.now() + 60_000) });
    vi.advanceTimersByTime(59_999);
    expect(tree.getLogger('shop').level).toBe(DEBUG);

    vi.advanceTimersByTime(1);
    expect(tree.getLogger('shop').level).toBe(WARNING);
    expect(service.getLevel('shop').fallsBack).toBeUndefined();
  });

  it('restarts the time with a second call, and restores the first level', () => {
    withTimers();
    const { tree, service } = setUp();
    const shop = tree.getLogger('shop');
    shop.setLevel(WARNING);

    service.setLevel('shop', 'DEBUG', { forMs: 1000 });
    vi.advanceTimersByTime(999);
    service.setLevel('shop', 'ERROR', { forMs: 1000 });
    vi.advanceTimersByTime(999);
    expect(shop.level).toBe(ERROR);

    vi.advanceTimersByTime(1);
    expect(shop.level).toBe(WARNING);
  });

  it('keeps the level after another call without a time', () => {
    withTimers();
    const { tree, service } = setUp();

    service.setLevel('shop', 'DEBUG', { forMs: 1000 });
    service.setLevel('shop', 'ERROR');
    vi.advanceTimersByTime(10_000);

    expect(tree.getLogger('shop').level).toBe(ERROR);
  });

  it('keeps a level that other code has set meanwhile', () => {
    withTimers();
    const { tree, service } = setUp();

    service.setLevel('shop', 'DEBUG', { forMs: 1000 });
    tree.getLogger('shop').setLevel(ERROR);
    vi.advanceTimersByTime(1000);

    expect(tree.getLogger('shop').level).toBe(ERROR);
  });

  it('does not keep the process alive', () => {
    const { service } = setUp();
    const unref = vi.spyOn(Object.getPrototypeOf(setTimeout(() => undefined, 0)) as NodeJS.Timeout, 'unref');
    onTestFinished(() => unref.mockRestore());

    service.setLevel('shop', 'DEBUG', { forMs: 60_000 });

    expect(unref).toHaveBeenCalledOnce();
  });

  it('clears its timers and restores the levels when the application is closed', () => {
    withTimers();
    const { tree, logs, service } = setUp();
    tree.getLogger('shop').setLevel(WARNING);
    service.setLevel('shop', 'DEBUG', { forMs: 1000 });
    service.setLevel('root', 'ERROR');
    service.setLevel('root', 'DEBUG');

    logs.release();

    expect(vi.getTimerCount()).toBe(0);
    expect([tree.getLogger('shop').level, tree.root.level]).toEqual([WARNING, WARNING]);
    expect(() => service.setLevel('late', 'DEBUG')).toThrow(
      expect.objectContaining({ code: 'ERR_LOG_STATE' }) as Error,
    );
    expect(tree.loggers.has('late')).toBe(false);
  });

  it('lists all loggers, the root logger first', () => {
    addLevelName(17, 'CHATTY');
    const { tree, service } = setUp();
    tree.getLogger('shop.orders').setLevel(17);
    tree.getLogger('shop').disabled = true;
    tree.getLogger('audit').setLevel(16);

    expect(JSON.parse(JSON.stringify(service.levels()))).toEqual([
      { name: 'root', level: 'INFO', effectiveLevel: 'INFO', disabled: false },
      { name: 'audit', level: 16, effectiveLevel: 16, disabled: false },
      { name: 'shop', level: 'NOTSET', effectiveLevel: 'INFO', disabled: true },
      { name: 'shop.orders', level: 'CHATTY', effectiveLevel: 'CHATTY', disabled: false },
    ]);
  });

  it('returns the level of a logger that does not exist, without creating it', () => {
    const { tree, service } = setUp();
    service.setLevel('shop', 'ERROR');

    expect(service.getLevel('shop.orders.items')).toMatchObject({ level: 'NOTSET', effectiveLevel: 'ERROR' });
    expect(service.getLevel('other')).toMatchObject({ effectiveLevel: 'INFO' });
    expect([service.getLevel('').name, service.getLevel('root').level]).toEqual(['root', 'INFO']);
    expect([...tree.loggers.keys()]).toEqual(['shop']);
  });

  it.each<[unknown[], string]>([
    [['shop', 'debug'], `Unknown level: 'debug'; write 'DEBUG'.`],
    [['shop', null], 'Level not an integer or a valid string: null.'],
    [[undefined, 'DEBUG'], 'LoggingService: the name of the logger must be a string, got undefined.'],
    [
      ['shop', 'DEBUG', { forMs: 0 }],
      'LoggingService: "forMs" must be an integer from 1 to 2147483647, got 0.',
    ],
    [
      ['shop', 'DEBUG', { forMs: 2 ** 31 }],
      '"forMs" must be an integer from 1 to 2147483647, got 2147483648.',
    ],
    [['shop', 'DEBUG', { forMs: '60' }], `"forMs" must be an integer from 1 to 2147483647, got '60'.`],
    [['shop', 'DEBUG', { for: 60 }], 'LoggingService: unknown option "for"; known are forMs.'],
  ])('refuses %j and changes nothing', (given, message) => {
    const { tree, service } = setUp();
    const call = (): unknown => Reflect.apply(service.setLevel.bind(service), undefined, given);

    expect(call).toThrow(expect.objectContaining({ name: 'ConfigurationError' }) as Error);
    expect(call).toThrow(message);
    expect(tree.loggers.size).toBe(0);
  });
});

@Controller('admin/loggers')
class AdminController {
  constructor(private readonly logging: LoggingService) {}

  @Get()
  list(): readonly LoggerLevel[] {
    return this.logging.levels();
  }

  @Put(':name')
  set(@Param('name') name: string, @Body() body: { level: string; forMs?: number }): LoggerLevel {
    const { level, ...options } = body;
    try {
      return this.logging.setLevel(name, level, options);
    } catch (error) {
      throw error instanceof ConfigurationError ? new BadRequestException(error.message) : error;
    }
  }

  @Get('say')
  say(): string {
    getLogger('admin.work').info('at INFO');
    return 'said';
  }
}

describe('LoggingService in an application', () => {
  it('works in an admin route', async () => {
    const shop = await startNestApp({
      controllers: [AdminController],
      logging: { loggers: { 'admin.work': { level: 'WARNING' } } },
    });
    const { request, seen } = shop;
    const say = async (): Promise<void> => void (await request.get('/admin/loggers/say'));

    await say();
    expect(seen.messages).not.toContain('at INFO');

    const set = await request.put('/admin/loggers/admin.work').send({ level: 'INFO', forMs: 600_000 });
    expect(set.body).toMatchObject({
      name: 'admin.work',
      level: 'INFO',
      fallsBack: { to: 'WARNING', at: expect.stringMatching(/^\d{4}-.*Z$/) as string },
    });
    await say();
    await shop.settled();
    expect(seen.messages).toContain('at INFO');

    const list = (await request.get('/admin/loggers')).body as LoggerLevel[];
    expect(list[0]).toMatchObject({ name: 'root', level: 'DEBUG' });
    expect(list).toContainEqual(expect.objectContaining({ name: 'admin.work', level: 'INFO' }));

    const wrong = await request.put('/admin/loggers/admin.work').send({ level: 'loud' });
    expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining("Unknown level: 'loud'")]);
  });

  it('restores the levels when the application is closed', async () => {
    const before = getLogger('admin.left').level;
    const shop = await startNestApp({ controllers: [AdminController] });
    await shop.request.put('/admin/loggers/admin.left').send({ level: 'ERROR', forMs: 600_000 });
    expect(getLogger('admin.left').level).toBe(ERROR);

    await shop.app.close();

    expect(getLogger('admin.left').level).toBe(before);
  });
});
