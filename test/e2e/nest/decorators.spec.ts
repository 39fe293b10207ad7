import {
  Controller,
  Get,
  Injectable,
  Param,
  ParseIntPipe,
  Post,
  Sse,
  type MessageEvent,
} from '@nestjs/common';
import {
  concat,
  defer,
  interval,
  lastValueFrom,
  map,
  mergeMap,
  of,
  take,
  throwError,
  timer,
  type Observable,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { getLogger, LogIfErrors, NoLogIfErrors, type LogScopeOptions } from '../../../lib';
import { startNestApp, type NestAppOptions } from '../../support/nest-app';

const broken = new Error('broken on purpose');
const log = getLogger('shop');

function begin(): void {
  log.debug('one');
  log.debug('two');
}

function fail(): never {
  begin();
  throw broken;
}

@Injectable()
class StockService {
  @LogIfErrors()
  take(count: number): number {
    log.debug('taking %d', count);
    if (count > 3) throw broken;
    return count;
  }

  @LogIfErrors()
  async takeLater(count: number): Promise<number> {
    await Promise.resolve();
    return this.take(count);
  }

  @LogIfErrors()
  watch(count: number): Observable<number> {
    return interval(1).pipe(
      take(count),
      map((i) => {
        log.debug('watching %d', i);
        if (i === 3) throw broken;
        return i;
      }),
    );
  }

  @LogIfErrors()
  async *list(count: number): AsyncGenerator<number> {
    for (let i = 0; i < count; i++) {
      log.debug('listing %d', i);
      await Promise.resolve();
      if (i === 3) throw broken;
      yield i;
    }
  }
}

@Controller('plain')
class PlainController {
  constructor(private readonly stock: StockService) {}

  @Get('broken')
  broken(): string {
    return fail();
  }

  @Get('quiet')
  @NoLogIfErrors()
  quiet(): string {
    return fail();
  }

  @Get('decorated')
  @LogIfErrors()
  decorated(): string {
    return fail();
  }

  @LogIfErrors({ capacity: 1, keepFirst: 0 })
  @Get('small')
  small(): string {
    return fail();
  }

  @Get('lazy')
  @LogIfErrors()
  lazy(): Observable<string> {
    return defer(() => {
      begin();
      return throwError(() => broken);
    });
  }

  @Get('warned')
  @LogIfErrors({ flushLevel: 'WARNING' })
  warned(): string {
    begin();
    log.warning('low stock');
    log.debug('three');
    return 'fine';
  }

  @Get('generator')
  @LogIfErrors()
  async *generator(): AsyncGenerator<string> {
    begin();
    yield 'one';
    await Promise.resolve();
    throw broken;
  }

  @Get('generator/fine')
  @LogIfErrors()
  async *generatorFine(): AsyncGenerator<string> {
    begin();
    yield 'one';
    await Promise.resolve();
    yield 'two';
  }

  @Sse('events')
  @LogIfErrors()
  events(): Observable<MessageEvent> {
    begin();
    return concat(of({ data: 'one' }), timer(5).pipe(mergeMap(() => throwError(() => broken))));
  }

  @Post('number/:id')
  @LogIfErrors()
  number(@Param('id', ParseIntPipe) id: number): string {
    return typeof id;
  }

  @Get('stock/:count')
  caught(@Param('count', ParseIntPipe) count: number): string {
    log.debug('asking for %d', count);
    try {
      return `took ${this.stock.take(count)}`;
    } catch {
      // Less will do: the request goes on.
      return 'took less';
    }
  }

  @Get('uncaught/:count')
  async uncaught(@Param('count', ParseIntPipe) count: number): Promise<string> {
    log.debug('asking for %d', count);
    return `took ${await this.stock.takeLater(count)}`;
  }
}

@LogIfErrors({ capacity: 1, keepFirst: 0 })
@Controller('class')
class DecoratedController {
  @Get('inherited')
  inherited(): string {
    return fail();
  }

  @Get('own')
  @LogIfErrors({ capacity: 10 })
  own(): string {
    return fail();
  }

  @Get('quiet')
  @NoLogIfErrors()
  quiet(): string {
    return fail();
  }
}

@NoLogIfErrors()
@Controller('quiet')
class QuietController {
  @Get('inherited')
  inherited(): string {
    return fail();
  }

  @Get('own')
  @LogIfErrors()
  own(): string {
    return fail();
  }
}

function shop(logIfErrors: LogScopeOptions = {}): NestAppOptions {
  return {
    controllers: [PlainController, DecoratedController, QuietController],
    providers: [StockService],
    logging: { logIfErrors: { requestRecord: false, ...logIfErrors } },
  };
}

const REPORT = 'ERROR ExceptionsHandler broken on purpose';
const DUMP = ['DEBUG shop one', 'DEBUG shop two', REPORT];

describe('A decorated route', () => {
  it('is the only one whose failures are dumped with routes: decorated', async () => {
    const nest = await startNestApp(shop({ routes: 'decorated' }));

    await nest.get('/plain/broken');
    expect(nest.lines).toEqual([REPORT]);

    await nest.get('/plain/decorated');
    expect(nest.lines.slice(1)).toEqual(DUMP);
  });

  it.each(['/plain/decorated', '/plain/lazy', '/class/own', '/quiet/own'])(
    'is dumped once: %s',
    async (path) => {
      const nest = await startNestApp(shop());

      expect((await nest.get(path)).status).toBe(500);

      expect(nest.lines).toEqual(DUMP);
      expect(nest.errors).toEqual([broken]);
    },
  );

  it.each(['/plain/quiet', '/class/quiet', '/quiet/inherited'])(
    'keeps nothing when it opts out: %s',
    async (path) => {
      const nest = await startNestApp(shop());

      expect((await nest.get(path)).status).toBe(500);

      expect(nest.lines).toEqual([REPORT]);
    },
  );

  it.each(['/plain/small', '/class/inherited'])('uses its own options: %s', async (path) => {
    const nest = await startNestApp(shop());

    await nest.get(path);

    expect(nest.lines).toEqual([
      'DEBUG nestjs-hindsight 1 records are missing here: the scope was full',
      'DEBUG shop two',
      REPORT,
    ]);
  });

  it('can be dumped because of a level, even if it succeeds', async () => {
    const nest = await startNestApp(shop());

    expect((await nest.get('/plain/warned')).status).toBe(200);

    expect(nest.lines).toEqual([
      'DEBUG shop one',
      'DEBUG shop two',
      'WARNING shop low stock',
      'DEBUG shop three',
    ]);
  });

  it.each([
    ['/plain/generator', 'RouterResponseController'],
    ['/plain/events', 'RouterResponseController'],
  ])('is dumped once if it fails after the first byte: %s', async (path, reporter) => {
    const nest = await startNestApp(shop());

    // The connection is cut, which supertest rejects with.
    await Promise.allSettled([nest.request.get(path)]);
    await nest.settled();

    expect(nest.lines).toEqual([...DUMP.slice(0, 2), `ERROR ${reporter} broken on purpose`]);
    expect(nest.errors).toEqual([broken]);
  });

  it('streams the values of a generator', async () => {
    const nest = await startNestApp(shop());

    const { text } = await nest.get('/plain/generator/fine');

    expect(text).toBe('onetwo');
    expect(nest.lines).toEqual([]);
  });

  it('keeps its pipes and its parameters', async () => {
    const nest = await startNestApp(shop());

    expect((await nest.request.post('/plain/number/7').expect(201)).text).toBe('number');
    await nest.request.post('/plain/number/x').expect(400);
  });
});

describe('A decorated method of a provider', () => {
  it('dumps its own records if it fails, even if its caller catches the Error', async () => {
    const nest = await startNestApp(shop());

    expect((await nest.get('/plain/stock/9')).text).toBe('took less');

    expect(nest.lines).toEqual(['DEBUG shop taking 9', 'ERROR call StockService.take failed']);
    expect(nest.errors).toEqual([broken]);
  });

  it('passes its records to the request if it succeeds', async () => {
    const nest = await startNestApp(shop({ sample: 1 }));

    expect((await nest.get('/plain/stock/2')).text).toBe('took 2');

    expect(nest.lines).toEqual(['DEBUG shop asking for 2', 'DEBUG shop taking 2']);
  });

  it('has its Error written once, even if it passes through several scopes', async () => {
    const nest = await startNestApp(shop());

    expect((await nest.get('/plain/uncaught/9')).status).toBe(500);

    expect(nest.lines).toEqual([
      'DEBUG shop taking 9',
      'ERROR call StockService.take failed',
      'DEBUG shop asking for 9',
    ]);
    expect(nest.errors).toEqual([broken]);
  });

  it('is a unit of work outside of requests', async () => {
    const nest = await startNestApp(shop());
    const stock = nest.app.get(StockService);

    expect(() => stock.take(4)).toThrow(broken);
    expect(stock.take(1)).toBe(1);

    expect(nest.lines).toEqual(['DEBUG shop taking 4', 'ERROR call StockService.take failed']);
  });

  it('ends with its Observable', async () => {
    const nest = await startNestApp(shop());
    const stock = nest.app.get(StockService);

    expect(await lastValueFrom(stock.watch(2))).toBe(1);
    expect(nest.lines).toEqual([]);
    await expect(lastValueFrom(stock.watch(9))).rejects.toBe(broken);

    expect(nest.lines).toEqual([
      'DEBUG shop watching 0',
      'DEBUG shop watching 1',
      'DEBUG shop watching 2',
      'DEBUG shop watching 3',
      'ERROR call StockService.watch failed',
    ]);
  });

  it('ends with its iterator', async () => {
    const nest = await startNestApp(shop());
    const stock = nest.app.get(StockService);
    const seen: number[] = [];

    for await (const i of stock.list(9)) if (seen.push(i) === 2) break;
    expect(nest.lines).toEqual([]);
    await expect(async () => {
      for await (const i of stock.list(9)) seen.push(i);
    }).rejects.toBe(broken);

    expect(seen).toEqual([0, 1, 0, 1, 2]);
    expect(nest.lines.at(-1)).toBe('ERROR call StockService.list failed');
    expect(nest.lines).toHaveLength(5);
  });
});
