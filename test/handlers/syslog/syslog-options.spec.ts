import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/errors';
import { Rfc5424Formatter } from '../../../lib/formatters';
import {
  defaultFraming,
  SYSLOG_SPEC,
  syslogSettings,
  type SysLogHandlerOptions,
  type SyslogSettings,
} from '../../../lib/handlers/syslog/syslog-options';
import { readOptions } from '../../../lib/internal/options';

function settings(options: object): SyslogSettings {
  const owner = 'SysLogHandler';
  return syslogSettings(owner, readOptions(SYSLOG_SPEC, options, owner));
}

const TCP = { address: ['localhost', 601], socktype: 'stream' } as const;

describe('syslogSettings', () => {
  it('has the defaults of Python', () => {
    expect(settings({})).toMatchObject({
      destination: { kind: 'udp', host: 'localhost', port: 514 },
      facility: 1,
      format: 'python',
      framing: undefined,
      ident: '',
      appendNul: true,
      tls: undefined,
      timeout: 5,
      maxMessageBytes: 65_507,
    });
  });

  it('ends a message with a NUL only in the format of Python, and only where nothing else ends it', () => {
    const appendNul = (options: SysLogHandlerOptions): boolean => settings({ ...TCP, ...options }).appendNul;

    expect([appendNul({}), appendNul({ framing: 'newline' }), appendNul({ format: 'rfc5424' })]).toEqual([
      true,
      false,
      false,
    ]);
    expect(appendNul({ framing: 'newline', appendNul: true })).toBe(true);
  });

  it('takes format and facility from an Rfc5424Formatter', () => {
    const formatter = new Rfc5424Formatter({ facility: 'local3' });

    expect(settings({ formatter })).toMatchObject({
      format: 'rfc5424',
      facility: 'local3',
    });
    expect(settings({ formatter, facility: 'mail' }).facility).toBe('mail');
  });

  it('reads the certificates at once', () => {
    expect(() => settings({ address: ['localhost', 6514], tls: { cert: 'no certificate' } })).toThrow(
      /^SysLogHandler: "tls" has a certificate or key that cannot be read: /,
    );
    expect(settings({ address: ['localhost', 6514], tls: true }).tls?.secureContext).toBeDefined();
    expect(settings({ tls: false }).tls).toBeUndefined();
  });

  it.each<[SysLogHandlerOptions | object, string]>([
    [{ socktype: 'tcp' }, `"socktype" must be 'dgram' or 'stream', got 'tcp'.`],
    [{ format: 'rfc5425' }, `"format" must be one of python, rfc5424, rfc3164, got 'rfc5425'.`],
    [
      { formatter: new Rfc5424Formatter(), format: 'python' },
      `"format" must be 'rfc5424' with an Rfc5424Formatter`,
    ],
    [{ formatter: new Rfc5424Formatter(), ident: 'shop' }, '"ident" cannot be used with an Rfc5424Formatter'],
    [{ ...TCP, framing: 'lf' }, `"framing" must be one of octet-counted, newline, nul, none, got 'lf'.`],
    [{ ...TCP, format: 'rfc5424', framing: 'none' }, `"framing" 'none' works with the format 'python' only`],
    [{ framing: 'newline' }, '"framing" is for streams'],
    [{ address: '/dev/log', socktype: 'dgram', framing: 'newline' }, '"framing" is for streams'],
    [{ format: 'rfc3164', appendNul: true }, `"appendNul" works with the format 'python' only`],
    [{ ident: 1 }, '"ident" must be a string, got 1.'],
    [{ hostname: 7 }, '"hostname" must be a string, got 7.'],
    [{ facility: 'nobody' }, '"facility" must be'],
    [{ priorityMap: { INFO: 'x' } }, '"priorityMap" must be'],
    [{ timeout: 0 }, '"timeout" must be a number of at least 0.001, got 0.'],
    [
      { maxMessageBytes: 65_508 },
      '"maxMessageBytes" must be an integer from 64 to 65507 with the format python',
    ],
    [{ ...TCP, maxMessageBytes: 63 }, '"maxMessageBytes" must be an integer of at least 64'],
    [{ format: 'rfc5424', maxMessageBytes: 479 }, '"maxMessageBytes" must be an integer from 480 to 65507'],
  ])('refuses %j', (options, message) => {
    const check = (): unknown => settings(options);

    expect(check).toThrow(ConfigurationError);
    expect(check).toThrow(`SysLogHandler: ${message}`);
  });
});

describe('defaultFraming', () => {
  it('counts octets over TCP, ends lines on Unix streams, and leaves the bytes of Python alone', () => {
    const unix = { kind: 'unix', path: '/dev/log', socktype: undefined } as const;
    const network = { host: 'localhost', port: 514 };

    expect(defaultFraming('rfc5424', { kind: 'tls', ...network })).toBe('octet-counted');
    expect(defaultFraming('rfc3164', { kind: 'tcp', ...network })).toBe('octet-counted');
    expect(defaultFraming('rfc3164', unix)).toBe('newline');
    expect(defaultFraming('rfc5424', { kind: 'udp', ...network })).toBeUndefined();
    expect(defaultFraming('python', { kind: 'tcp', ...network })).toBeUndefined();
  });
});
