/** The contract is worth something only if broken handlers fail it: each one here breaks one promise. */
import { describe, expect, it } from 'vitest';
import { Handler } from '../../lib/core/handler';
import type { LogRecord } from '../../lib/core/log-record';
import { CollectingHandler, handlerContract, type HandlerContractCase } from '../../lib/testing';

async function failingTitles(cases: readonly HandlerContractCase[]): Promise<string[]> {
  const failing: string[] = [];
  for (const { title, run } of cases) {
    try {
      await run();
    } catch {
      // Which promise is broken is what the test asks; the text of the assertion is not.
      failing.push(title);
    }
  }
  return failing;
}

function contractOf(Broken: new (options: object) => CollectingHandler): readonly HandlerContractCase[] {
  return handlerContract('Broken', {
    create: (options) => new Broken(options),
    read: (handler) => handler.messages,
    timeoutMs: 20,
  });
}

class Throwing extends CollectingHandler {
  override handle(record: LogRecord): LogRecord | false {
    this.emit(record);
    return record;
  }
}

class Unordered extends CollectingHandler {
  override emit(record: LogRecord): void {
    super.emit(record);
    this.messages.sort();
  }
}

class CloseOnce extends CollectingHandler {
  override close(): void | Promise<void> {
    if (this.closed) throw new Error('closed already');
    return super.close();
  }
}

class Nameless extends CollectingHandler {
  override close(): void {}
}

class Forgetful extends CollectingHandler {
  override close(): void | Promise<void> {
    this.clear();
    return super.close();
  }
}

class Ticking extends CollectingHandler {
  readonly timer = setInterval(() => {}, 1000);
}

class SwallowingErrors extends CollectingHandler {
  override emit(record: LogRecord): void {
    try {
      super.emit(record);
    } catch {
      // Breaks the rule on purpose: the Error is hidden.
    }
  }
}

class Recursive extends Handler {
  readonly messages: string[] = [];

  override handle(record: LogRecord): LogRecord {
    try {
      this.messages.push(this.format(record));
    } catch (error) {
      this.handleError(record, error);
    }
    return record;
  }
}

describe('handlerContract', () => {
  it.each([
    [
      'throws out of handle',
      Throwing,
      'Broken does not throw for a record whose message cannot be formatted',
    ],
    ['changes the order', Unordered, 'Broken keeps the order of records'],
    ['closes only once', CloseOnce, 'Broken can be closed twice'],
    ['keeps its name', Nameless, 'Broken is found by its name until it is closed'],
    ['loses records at close', Forgetful, 'Broken delivers buffered records when it is closed'],
    ['hides errors', SwallowingErrors, 'Broken calls handleError if formatting fails, and continues'],
  ])('finds a handler that %s', async (_what, Broken, title) => {
    expect(await failingTitles(contractOf(Broken))).toContain(title);
  });

  it('finds a handler that keeps the process alive', async () => {
    const made: Ticking[] = [];
    const cases = handlerContract('Broken', {
      create(options) {
        const handler = new Ticking(options);
        made.push(handler);
        return handler;
      },
      read: (handler) => handler.messages,
      timeoutMs: 20,
    });

    const failing = await failingTitles(cases);
    for (const { timer } of made) clearInterval(timer);

    expect(failing).toEqual(['Broken does not keep the process alive after it is closed']);
  });

  it('finds a handler that drops nothing', async () => {
    const cases = handlerContract('Broken', {
      create: (options) => new Recursive(options),
      read: (handler) => handler.messages,
      timeoutMs: 20,
    });

    expect(await failingTitles(cases)).toContain('Broken drops records that its filters reject');
  });

  it('returns for a handler without output only the rules that apply', () => {
    const titles = handlerContract('Silent', { create: () => new CollectingHandler() }).map(
      ({ title }) => title,
    );

    expect(titles).not.toContain('Silent drops records that its filters reject');
    expect(titles).toContain('Silent can be closed twice');
  });
});
