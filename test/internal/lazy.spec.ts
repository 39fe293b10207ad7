import { expect, it, vi } from 'vitest';
import { lazy } from '../../lib/internal/lazy';

it('loads at the first call and never again', () => {
  const load = vi.fn(() => ({ value: 1 }));
  const get = lazy(load);
  expect(load).not.toHaveBeenCalled();

  expect(get()).toBe(get());
  expect(load).toHaveBeenCalledOnce();
});

it('tries again after a load that failed', () => {
  const load = vi.fn(() => ({ value: 1 }));
  load.mockImplementationOnce(() => {
    throw new Error('too many open files');
  });
  const get = lazy(load);

  expect(get).toThrow('too many open files');
  expect(get().value).toBe(1);
});
