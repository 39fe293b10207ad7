import { describe, expect, it } from 'vitest';
import {
  destinationOf,
  destinationText,
  type DestinationOptions,
  type SyslogAddress,
  type SyslogDestination,
} from '../../../lib/handlers/syslog/destination';

function destination(address: unknown, options: Partial<DestinationOptions> = {}): SyslogDestination {
  return destinationOf('SysLogHandler', {
    address: address as SyslogAddress,
    socktype: undefined,
    tls: false,
    ...options,
  });
}

describe('destinationOf', () => {
  it.each([
    [['localhost', 514], {}, { kind: 'udp', host: 'localhost', port: 514 }],
    [['::1', 514], { socktype: 'dgram' }, { kind: 'udp', host: '::1', port: 514 }],
    [['localhost', 601], { socktype: 'stream' }, { kind: 'tcp', host: 'localhost', port: 601 }],
    [['localhost', 6514], { tls: true }, { kind: 'tls', host: 'localhost', port: 6514 }],
    ['/dev/log', {}, { kind: 'unix', path: '/dev/log', socktype: undefined }],
    ['/dev/log', { socktype: 'stream' }, { kind: 'unix', path: '/dev/log', socktype: 'stream' }],
  ] as const)('reads %j with %j', (address, options, expected) => {
    expect(destination(address, options)).toEqual(expected);
  });

  it.each([
    [['localhost']],
    [['localhost', '514']],
    [['', 514]],
    [['localhost', 0]],
    [['localhost', 65_536]],
    [['localhost', 514, 1]],
    [{ host: 'localhost', port: 514 }],
    [undefined],
    [''],
    ['/'.repeat(108)],
    ['/dev/\0log'],
  ])('refuses %j', (address) => {
    expect(() => destination(address)).toThrow(/^SysLogHandler: "address" must be \[host, port\] /);
  });

  it('refuses TLS where there is no TCP', () => {
    expect(() => destination(['localhost', 514], { socktype: 'dgram', tls: true })).toThrow(
      'SysLogHandler: "tls" needs a TCP connection',
    );
    expect(() => destination('/dev/log', { tls: true })).toThrow(
      'SysLogHandler: "tls" needs a TCP connection',
    );
  });
});

describe('destinationText', () => {
  it.each([
    [['localhost', 514], 'udp localhost:514'],
    [['::1', 514], 'udp [::1]:514'],
    ['/dev/log', 'unix /dev/log'],
  ])('writes %j as %s', (address, text) => {
    expect(destinationText(destination(address))).toBe(text);
  });
});
