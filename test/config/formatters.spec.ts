import { describe, expect, it } from 'vitest';
import { ConfigPlace } from '../../lib/config/place';
import { FactoryRegistry, type ConfigFactories } from '../../lib/config/factories';
import { createFormatter, formatterNamed, isFormatter } from '../../lib/config/formatters';
import type { Settings } from '../../lib/config/schema';
import { Formatter, JsonFormatter, type FormatterOptions, type RecordFormatter } from '../../lib/logging';
import { some } from '../support/some';

const record = some.record({ name: 'shop', message: 'order placed', created: 0 });

describe('formatterNamed', () => {
  it('knows json, a line each', () => {
    expect(JSON.parse(formatterNamed('json').format(record))).toMatchObject({
      logger: 'shop',
      message: 'order placed',
    });
  });

  it('knows text', () => {
    expect(formatterNamed('text').format(record)).toMatch(/^\S+ \S+ INFO shop: order placed$/);
  });

  it('knows pretty', () => {
    expect(formatterNamed('pretty').format(record)).toContain('order placed');
  });

  it('takes a formatter as it is', () => {
    const own = { format: (): string => 'mine' };

    expect(formatterNamed(own)).toBe(own);
  });

  it('refuses another name', () => {
    expect(() => formatterNamed('xml' as never)).toThrow('"formatter" must be one of json, ');
  });
});

const place = new ConfigPlace('dictConfig', 'formatters.f');

function create(entry: Settings, factories: ConfigFactories = {}): RecordFormatter {
  return createFormatter(entry, new FactoryRegistry(factories, place), place);
}

/** Takes the format and the options, as Formatter does. */
class Shouting extends Formatter {
  constructor(fmt: string, options: FormatterOptions) {
    super(`${fmt}!`, options);
  }
}

class Own {
  readonly mark: string;

  constructor({ mark }: { readonly mark: string }) {
    this.mark = mark;
  }

  format(): string {
    return this.mark;
  }
}

describe('createFormatter', () => {
  it.each<[Settings, string]>([
    [{}, 'order placed'],
    [{ format: '%(name)s %(message)s' }, 'shop order placed'],
    [{ fmt: '%(name)s' }, 'shop'],
    [{ format: '{name}/{message}', style: '{' }, 'shop/order placed'],
    [{ format: '$name', style: '$', datefmt: null, class: null }, 'shop'],
    [{ class: 'logging.Formatter', format: '%(asctime)s', datefmt: '%Y', utc: true }, '1970'],
    [{ '()': 'logging.Formatter', format: '%(x)s', defaults: { x: 7 } }, '7'],
    [{ format: '{message}', validate: false }, '{message}'],
    [{ class: 'text', datefmt: 'T' }, 'T INFO shop: order placed'],
    [{ class: 'json', fields: ['message'] }, '{"message":"order placed"}'],
    [{ class: 'json', fields: ['message'], max_line_bytes: 16_384 }, '{"message":"order placed"}'],
    [{ class: 'rfc5424', appName: 'till' }, ' till '],
    [{ class: 'PrettyFormatter', colors: false, timeFormat: '', utc: true }, 'order placed'],
  ])('makes the formatter of %j', (entry, text) => {
    expect(create(entry).format(record)).toContain(text);
  });

  it('makes those of the caller, by name and by value', () => {
    const factories = {
      'app.Shouting': Shouting,
      'pythonjsonlogger.json.JsonFormatter': ({ base }: { base: Record<string, unknown> }) =>
        new JsonFormatter({ base, fields: ['message'] }),
    };
    const texts = [
      create({ class: 'app.Shouting', format: '%(message)s' }, factories),
      create({ '()': 'pythonjsonlogger.json.JsonFormatter', base: { app: 1 } }, factories),
      create({ '()': Own, mark: 'mine' }),
      create({ '()': ({ mark }: Own) => ({ format: () => mark }), mark: 'made' }),
    ].map((formatter) => formatter.format(record));

    expect(texts).toEqual(['order placed!', expect.stringContaining('"app":1'), 'mine', 'made']);
  });

  it.each<[Settings, string]>([
    [{ format: '{message}' }, `dictConfig: "formatters.f": Invalid format '{message}' for '%' style`],
    [{ style: '&' }, 'dictConfig: "formatters.f": Style must be one of: %,{,$'],
    [{ fromat: '' }, 'dictConfig: "formatters.f": unknown option "fromat", did you mean "format"?'],
    [
      { class: 'json', maxDepth: -1 },
      'dictConfig: "formatters.f.maxDepth": JsonFormatter: "maxDepth" must be ',
    ],
    [
      { class: 'jsno' },
      'dictConfig: "formatters.f.class": "jsno" is no formatter and not in "factories", did you mean "json"?',
    ],
    [{ '()': 'os.system' }, `dictConfig: "formatters.f['()']": "os.system" is no formatter`],
    [{ class: 7 }, 'dictConfig: "formatters.f.class" must be a name, a class or a function, got 7.'],
    [{ '()': () => 'text' }, 'must be a factory that returns an object with format(record)'],
    [
      {
        '()': () => {
          throw new Error('no');
        },
      },
      'dictConfig: "formatters.f": no',
    ],
  ])('refuses %j', (entry, message) => {
    expect(() => create(entry)).toThrow(expect.objectContaining({ name: 'ConfigurationError' }) as Error);
    expect(() => create(entry)).toThrow(message);
  });
});

describe('isFormatter', () => {
  it('looks for format(record)', () => {
    expect([new Formatter(), new Own({ mark: '' }), {}, 'json', null].map(isFormatter)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
