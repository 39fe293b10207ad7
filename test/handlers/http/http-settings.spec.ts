import { Agent } from 'node:http';
import { describe, expect, it } from 'vitest';
import { HTTP_REQUEST_SPEC, httpSettings } from '../../../lib/handlers/http/http-settings';
import { readOptions } from '../../../lib/internal/options';
import { certificates } from '../../support/certificates';

function settings(options: object = {}): ReturnType<typeof httpSettings> {
  const read = readOptions(HTTP_REQUEST_SPEC, options, 'HTTPHandler');
  return httpSettings('HTTPHandler', { ...read, host: 'h', url: '/u' });
}

describe('httpSettings', () => {
  it("are Python's by default: one record a GET, without TLS", () => {
    expect(settings()).toMatchObject({
      body: 'form',
      transport: { method: 'GET', batchSize: 1, gzip: false, timeoutMs: 10_000, target: { secure: false } },
    });
  });

  it.each(['get', 'Post', 'POST'])('take the method %s in any case', (method) => {
    expect(settings({ method }).transport.method).toBe(method.toUpperCase());
  });

  it.each(['json', 'ndjson'] as const)('make a POST of up to 100 records of %s', (body) => {
    expect(settings({ body }).transport).toMatchObject({
      method: 'POST',
      batchSize: 100,
      batchBytes: 1_048_576,
    });
  });

  it('take a body of the user', () => {
    const body = { contentType: 'text/plain', encode: () => 'x', between: '\n' };

    expect(settings({ body, batchSize: 7 })).toMatchObject({
      body,
      transport: { frame: body, batchSize: 7 },
    });
  });

  it.each([
    [{ method: 'PUT' }, '"method" must be GET or POST, got \'PUT\'.'],
    [{ method: '' }, '"method" must be GET or POST, got \'\'.'],
    [{ method: 7 }, '"method" must be GET or POST, got 7.'],
    [
      { method: 'GET', body: 'json' },
      'a "body" other than \'form\' needs "method: \'POST\'": a GET has no body.',
    ],
    [{ gzip: true }, '"gzip" needs "method: \'POST\'": a GET has no body.'],
    [
      { body: 'xml' },
      "\"body\" must be 'form', 'json', 'ndjson' or an object with contentType and encode(record), got 'xml'.",
    ],
    [{ body: { encode: () => '' } }, '"body" must be'],
    [{ body: { contentType: 'x' } }, '"body" must be'],
    [{ batchSize: 0 }, '"batchSize" must be a positive integer, got 0.'],
    [{ batchBytes: 1.5 }, '"batchBytes" must be a positive integer, got 1.5.'],
    [{ timeout: 0 }, '"timeout" must be a positive number up to 2147483, got 0.'],
    [{ timeout: 1e10 }, '"timeout" must be a positive number'],
    [{ timeout: '5' }, '"timeout" must be a positive number'],
    [{ timeout: Number.NaN }, '"timeout" must be a positive number'],
    [{ context: {} }, '"context" parameter only makes sense with secure=True; give "secure: true".'],
    [
      { secure: true, context: { ca: 'no', cert: 'certificate' } },
      '"context" holds a key or certificate that cannot be used',
    ],
    [{ agent: {} }, '"agent" must be an Agent of node:http or node:https, or one that extends it, got {}.'],
    [{ credentials: ['u', 'p'] }, 'the "credentials" would be sent in clear'],
  ])('refuse %j', (options, message) => {
    expect(() => settings(options)).toThrow(`HTTPHandler: ${message}`);
  });

  it('refuse TLS settings beside an agent, which has its own', () => {
    expect(() => settings({ secure: true, context: {}, agent: new Agent() })).toThrow(
      'HTTPHandler: with an "agent", give its TLS settings to the agent, not "context".',
    );
  });

  it('take an authority and a client certificate', () => {
    const { ca, client } = certificates();
    const context = { ca, cert: client.cert, key: client.key };

    expect(settings({ secure: true, context }).transport).toMatchObject({
      context,
      target: { secure: true, port: 443 },
    });
  });

  it('take null for what Python calls None', () => {
    expect(settings({ credentials: null, context: null }).transport).toMatchObject({
      headers: [],
      context: undefined,
    });
  });
});
