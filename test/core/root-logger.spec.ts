import { describe, expect, it } from 'vitest';
import { DEBUG, WARNING } from '../../lib/core/level';
import { Manager } from '../../lib/core/manager';

describe('RootLogger', () => {
  it('is at WARNING and has no parent', () => {
    expect(new Manager().root).toMatchObject({ name: 'root', level: WARNING, parent: undefined });
  });

  it('knows whether its level was set on purpose', () => {
    const { root } = new Manager();
    expect(root.levelWasSet).toBe(false);

    root.setLevel(WARNING);

    expect(root.levelWasSet).toBe(true);
  });

  it('knows it of an assigned level too', () => {
    const { root } = new Manager();

    root.level = DEBUG;

    expect(root.levelWasSet).toBe(true);
  });

  it("prints as Python's repr does", () => {
    expect(String(new Manager().root)).toBe('<RootLogger root (WARNING)>');
  });
});
