import { describe, expect, it } from 'vitest';
import { redirectionOf } from '../../../lib/queues/redis-stream/redirection';

describe('redirectionOf', () => {
  it.each<readonly [string, unknown]>([
    ['MOVED 9199 127.0.0.1:7001', { host: '127.0.0.1', port: 7001, isAsked: false }],
    ['ASK 9199 redis-2.example:7001', { host: 'redis-2.example', port: 7001, isAsked: true }],
    ['MOVED 9199 ::1:7001', { host: '::1', port: 7001, isAsked: false }],
    ['MOVED 9199 :7001', { host: '', port: 7001, isAsked: false }],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'later'],
    ['CLUSTERDOWN Hash slot not served', 'later'],
    ['UNBLOCKED the stream key no longer exists', 'later'],
    ['CROSSSLOT Keys in request do not hash to the same slot', undefined],
    ["NOGROUP No such key 'logs'", undefined],
    ['MOVED', undefined],
  ])('reads %j', (message, expected) => {
    expect(redirectionOf(new Error(message))).toEqual(expected);
  });

  it('reads nothing of what is no Error', () => {
    expect(redirectionOf('MOVED 1 h:1')).toBeUndefined();
  });
});
