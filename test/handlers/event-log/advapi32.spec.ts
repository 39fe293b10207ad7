/** The calls and their arguments; what Windows makes of them is seen under Wine only (`npm run test:wine`). */
import { describe, expect, it } from 'vitest';
import { Advapi32, WindowsError, type NativeLoader } from '../../../lib/handlers/event-log/advapi32';

/** Stands for koffi and the DLLs: keeps the calls, answers what it is told to. */
class Dlls implements NativeLoader {
  readonly calls: (readonly unknown[])[] = [];
  readonly answers: Record<string, unknown> = {
    RegisterEventSourceW: { handle: 1 },
    ReportEventW: 1,
    DeregisterEventSource: 1,
    RegCreateKeyExW: 0,
    RegSetValueExW: 0,
    RegCloseKey: 0,
    GetLastError: 1502,
  };

  load(library: string): { func(prototype: string): (...args: readonly unknown[]) => unknown } {
    return {
      func: (prototype) => {
        const name = /(\w+)\(/.exec(prototype)?.[1] ?? '';
        return (...args) => {
          this.calls.push([`${library}!${name}`, ...args]);
          if (name === 'RegCreateKeyExW') (args[7] as unknown[])[0] = 'key';
          return this.answers[name];
        };
      },
    };
  }
}

const SOURCE = { name: 'shop', log: 'Application', messageFile: '%SystemRoot%\\é.exe' };
const EVENT = { type: 2, category: 3, id: 1000, strings: ['one', 'two'] };

describe('Advapi32', () => {
  it('writes the registry key of the source as pywin32 does', () => {
    const dlls = new Dlls();

    new Advapi32(dlls).addSource(SOURCE);

    const path = 'SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\shop';
    const file = Buffer.from('%SystemRoot%\\é.exe\0', 'utf16le');
    expect(dlls.calls).toEqual([
      ['advapi32.dll!RegCreateKeyExW', 0xffff_ffff_8000_0002n, path, 0, null, 0, 2, null, ['key'], [0]],
      ['advapi32.dll!RegSetValueExW', 'key', 'EventMessageFile', 0, 2, file, file.length],
      ['advapi32.dll!RegSetValueExW', 'key', 'TypesSupported', 0, 4, Buffer.from([7, 0, 0, 0]), 4],
      ['advapi32.dll!RegCloseKey', 'key'],
    ]);
  });

  it('throws what the registry answers', () => {
    const dlls = new Dlls();
    dlls.answers['RegCreateKeyExW'] = 5;

    expect(() => new Advapi32(dlls).addSource(SOURCE)).toThrow(
      expect.objectContaining({ message: 'RegCreateKeyEx failed with Windows error 5', winerror: 5 }),
    );
    expect(dlls.calls).toHaveLength(1);
  });

  it('closes the key although a value cannot be set', () => {
    const dlls = new Dlls();
    dlls.answers['RegSetValueExW'] = 1450;

    expect(() => new Advapi32(dlls).addSource(SOURCE)).toThrow(
      'RegSetValueEx failed with Windows error 1450',
    );
    expect(dlls.calls.at(-1)).toEqual(['advapi32.dll!RegCloseKey', 'key']);
  });

  it('registers on this machine, reports and deregisters', () => {
    const dlls = new Dlls();
    const api = new Advapi32(dlls);

    const handle = api.register('shop');
    api.report(handle, EVENT);
    api.deregister(handle);

    expect(dlls.calls).toEqual([
      ['advapi32.dll!RegisterEventSourceW', null, 'shop'],
      ['advapi32.dll!ReportEventW', handle, 2, 3, 1000, null, 2, 0, ['one', 'two'], null],
      ['advapi32.dll!DeregisterEventSource', handle],
    ]);
  });

  it.each([
    ['RegisterEventSourceW', null, 'RegisterEventSource'],
    ['ReportEventW', 0, 'ReportEvent'],
    ['DeregisterEventSource', 0, 'DeregisterEventSource'],
  ])('throws the last error when %s fails', (call, answer, name) => {
    const dlls = new Dlls();
    dlls.answers[call] = answer;
    const api = new Advapi32(dlls);

    expect(() => {
      const handle = api.register('shop');
      api.report(handle, EVENT);
      api.deregister(handle);
    }).toThrow(`${name} failed with Windows error 1502`);
  });
});

describe('WindowsError', () => {
  it('names the call and the number of the error', () => {
    expect(new WindowsError('ReportEvent', 87)).toMatchObject({
      name: 'WindowsError',
      message: 'ReportEvent failed with Windows error 87',
      winerror: 87,
    });
  });
});
