/** The event log and the registry of Windows: an interface that tests can replace, and its implementation with koffi. */

/** One event of the log. */
export interface EventLogEvent {
  /** EVENTLOG_ERROR_TYPE 1, EVENTLOG_WARNING_TYPE 2 or EVENTLOG_INFORMATION_TYPE 4: the level in the event viewer. */
  readonly type: number;
  /** 0 means no category; other numbers refer to the message file. */
  readonly category: number;
  /** Number of the text in the message file; `%1` in that text is the first of `strings`. */
  readonly id: number;
  /** Without NUL characters, each at most 31 839 UTF-16 units. */
  readonly strings: readonly string[];
}

/** An event source, and the file in which the event viewer finds its texts. */
export interface EventLogSource {
  /** Name of the source: the application. */
  readonly name: string;
  /** The log it belongs to, such as `Application`. */
  readonly log: string;
  /** A file with a message table; variables such as `%SystemRoot%` are expanded. */
  readonly messageFile: string;
}

/** Each method throws if the Windows call fails; the error may have the Windows error code as `winerror`. */
export interface EventLogApi {
  /** Writes the source into the registry, which needs administrator rights. Omit it if the source already exists. */
  addSource?(source: EventLogSource): void;
  /** RegisterEventSource: the handle that events are reported to. */
  register(source: string): unknown;
  /** ReportEvent. */
  report(handle: unknown, event: EventLogEvent): void;
  /** DeregisterEventSource. */
  deregister(handle: unknown): void;
}

/** A call of Windows failed. `winerror` is the number from GetLastError, as in pywin32's errors. */
export class WindowsError extends Error {
  override readonly name = 'WindowsError';
  readonly winerror: number;

  constructor(call: string, winerror: number) {
    super(`${call} failed with Windows error ${winerror}`);
    this.winerror = winerror;
  }
}

/** The subset of koffi that we need. */
export interface NativeLoader {
  load(library: string): { func(prototype: string): (...args: readonly unknown[]) => unknown };
}

/** (HKEY)(LONG)0x80000002: the value is sign-extended to a 64-bit handle. */
const HKEY_LOCAL_MACHINE = BigInt.asUintN(process.arch === 'ia32' ? 32 : 64, -0x7fff_fffen);
const KEY_SET_VALUE = 0x0002;
const REG_OPTION_NON_VOLATILE = 0;
const REG_EXPAND_SZ = 2;
const REG_DWORD = 4;
/** Error, warning and information. */
const ALL_TYPES = 7;
const ERROR_SUCCESS = 0;
/** A BOOL is an int: every other value is true. */
const FALSE = 0;

const PROTOTYPES = {
  register: 'void* __stdcall RegisterEventSourceW(const char16_t* server, const char16_t* source)',
  report:
    'int32_t __stdcall ReportEventW(void* log, uint16_t type, uint16_t category, uint32_t id, void* sid, uint16_t count, uint32_t dataSize, const char16_t** strings, void* data)',
  deregister: 'int32_t __stdcall DeregisterEventSource(void* log)',
  createKey:
    'int32_t __stdcall RegCreateKeyExW(uintptr_t key, const char16_t* name, uint32_t reserved, const char16_t* class, uint32_t options, uint32_t access, void* security, _Out_ uintptr_t* result, _Out_ uint32_t* disposition)',
  setValue:
    'int32_t __stdcall RegSetValueExW(uintptr_t key, const char16_t* name, uint32_t reserved, uint32_t type, const uint8_t* data, uint32_t size)',
  closeKey: 'int32_t __stdcall RegCloseKey(uintptr_t key)',
} as const;

type Call = (...args: readonly unknown[]) => unknown;

/** The registry functions return their error code. */
function checkStatus(call: string, status: unknown): void {
  if (status !== ERROR_SUCCESS) throw new WindowsError(call, Number(status));
}

/** REG_EXPAND_SZ is UTF-16 with its NUL. */
function expandable(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf16le');
}

function doubleWord(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Calls advapi32.dll. */
export class Advapi32 implements EventLogApi {
  readonly #calls: Readonly<Record<keyof typeof PROTOTYPES, Call>>;
  readonly #lastError: Call;

  constructor(koffi: NativeLoader) {
    const library = koffi.load('advapi32.dll');
    this.#lastError = koffi.load('kernel32.dll').func('uint32_t __stdcall GetLastError()');
    this.#calls = {
      register: library.func(PROTOTYPES.register),
      report: library.func(PROTOTYPES.report),
      deregister: library.func(PROTOTYPES.deregister),
      createKey: library.func(PROTOTYPES.createKey),
      setValue: library.func(PROTOTYPES.setValue),
      closeKey: library.func(PROTOTYPES.closeKey),
    };
  }

  /** As pywin32's AddSourceToRegistry. */
  addSource({ name, log, messageFile }: EventLogSource): void {
    const path = `SYSTEM\\CurrentControlSet\\Services\\EventLog\\${log}\\${name}`;
    const key: [unknown] = [0];
    const at = [HKEY_LOCAL_MACHINE, path, 0, null, REG_OPTION_NON_VOLATILE, KEY_SET_VALUE, null] as const;
    const status = this.#calls.createKey(...at, key, [0]);
    checkStatus('RegCreateKeyEx', status);
    try {
      this.#set(key[0], 'EventMessageFile', { type: REG_EXPAND_SZ, data: expandable(messageFile) });
      this.#set(key[0], 'TypesSupported', { type: REG_DWORD, data: doubleWord(ALL_TYPES) });
    } finally {
      this.#calls.closeKey(key[0]);
    }
  }

  register(source: string): unknown {
    const handle = this.#calls.register(null, source);
    if (handle === null) throw this.#failure('RegisterEventSource');
    return handle;
  }

  report(handle: unknown, { type, category, id, strings }: EventLogEvent): void {
    const text = [...strings];
    const done = this.#calls.report(handle, type, category, id, null, text.length, 0, text, null);
    if (done === FALSE) throw this.#failure('ReportEvent');
  }

  deregister(handle: unknown): void {
    if (this.#calls.deregister(handle) === FALSE) throw this.#failure('DeregisterEventSource');
  }

  #set(key: unknown, name: string, value: { readonly type: number; readonly data: Buffer }): void {
    const status = this.#calls.setValue(key, name, 0, value.type, value.data, value.data.length);
    checkStatus('RegSetValueEx', status);
  }

  #failure(call: string): WindowsError {
    return new WindowsError(call, Number(this.#lastError()));
  }
}
