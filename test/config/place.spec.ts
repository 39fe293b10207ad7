import { describe, expect, it } from 'vitest';
import { ConfigPlace } from '../../lib/config/place';
import { ConfigurationError } from '../../lib/errors';

const place = new ConfigPlace('dictConfig');

describe('ConfigPlace', () => {
  it('writes the path as it would be typed', () => {
    const paths = [
      place.at('handlers').at('file').at('maxBytes'),
      place.at('loggers').at('shop.orders').at('level'),
      place.at('root').at('filters').at(0),
      place.at('handlers').at('()'),
      place.at('handlers').at('my-file'),
    ].map(({ path }) => path);

    expect(paths).toEqual([
      'handlers.file.maxBytes',
      "loggers['shop.orders'].level",
      'root.filters[0]',
      "handlers['()']",
      'handlers.my-file',
    ]);
  });

  it('says what must be and what came, shortened', () => {
    expect(place.at('root').mustBe('an object', 7).message).toBe(
      'dictConfig: "root" must be an object, got 7.',
    );
    expect(place.mustBe('an object', null).message).toBe(
      'dictConfig: the configuration must be an object, got null.',
    );
    expect(place.at('x').mustBe('short', 'y'.repeat(10_000)).message.length).toBeLessThan(200);
    expect(place.mustBe('one', 2, 'ERR_LOG_LEVEL').code).toBe('ERR_LOG_LEVEL');
  });

  it('names the option that a constructor complains of', () => {
    const cause = new ConfigurationError('FileHandler: "mode" must be one of a, w, got 7.', {
      code: 'ERR_LOG_LEVEL',
    });

    const error = place.at('handlers').at('file').failed(cause, ['filename', 'mode']);

    expect(error).toMatchObject({
      message: 'dictConfig: "handlers.file.mode": FileHandler: "mode" must be one of a, w, got 7.',
      code: 'ERR_LOG_LEVEL',
      cause,
    });
  });

  it('names the entry when something else was thrown', () => {
    const failed = (error: unknown): string => place.at('handlers').at('h').failed(error, ['mode']).message;

    expect(failed(new TypeError('"x" is not a function'))).toBe(
      'dictConfig: "handlers.h": "x" is not a function',
    );
    expect(failed('no')).toBe('dictConfig: "handlers.h": \'no\'');
  });
});
