import { describe, expect, it } from 'vitest';
import { BODY_FRAMES, joinBody } from '../../../lib/handlers/http/http-body';

const parts = ['{"a":1}', '{"b":"é"}'].map((text) => Buffer.from(text));

describe('joinBody', () => {
  it('makes an array of JSON', () => {
    expect(joinBody(parts, BODY_FRAMES.json).toString()).toBe('[{"a":1},{"b":"é"}]');
  });

  it('makes lines, the last one ended', () => {
    expect(joinBody(parts, BODY_FRAMES.ndjson).toString()).toBe('{"a":1}\n{"b":"é"}\n');
  });

  it('adds nothing to a form', () => {
    expect(joinBody([Buffer.from('a=1')], BODY_FRAMES.form).toString()).toBe('a=1');
  });

  it('adds what a body of the user asks for', () => {
    const frame = { contentType: 'text/x', before: '<', between: '|', after: '>' };

    expect(joinBody(parts, frame).toString()).toBe('<{"a":1}|{"b":"é"}>');
  });
});
