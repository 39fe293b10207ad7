import { describe, expect, it } from 'vitest';
import { addressText, ADDRESS_ARGUMENTS } from '../../lib/handlers/socket-options';
import { readValues } from '../../lib/internal/options';

function read(host: string, port: number | null): object {
  return readValues(ADDRESS_ARGUMENTS, { host, port }, 'SocketHandler');
}

describe('ADDRESS_ARGUMENTS', () => {
  it.each([0, 65_536, 1.5, Number.NaN, -1])('refuses the port %d', (port) => {
    expect(() => read('localhost', port)).toThrow(
      `SocketHandler: "port" must be an integer from 1 to 65535, or null for a Unix socket, got ${port}.`,
    );
  });

  it('refuses an empty host', () => {
    expect(() => read('', 9020)).toThrow('SocketHandler: "host" must be a host name');
  });
});

describe('addressText', () => {
  it.each([
    ['logs.example', 9020, 'logs.example:9020'],
    ['::1', 9020, '[::1]:9020'],
    ['/run/log.sock', null, '/run/log.sock'],
  ])('writes %s and %s as %s', (host, port, text) => {
    expect(addressText({ host, port })).toBe(text);
  });
});
