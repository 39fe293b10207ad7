/** The ways in which a process can end, and what it must have written. */
import type { Step } from './service-process';

export type Framework = 'express' | 'nest';

export interface CrashCase {
  readonly title: string;
  /** Routes that are requested in turn, each when the previous one is in its handler: see crashes/faults.mjs. */
  readonly requests: readonly string[];
  /** The step after the requests. */
  readonly next?: readonly Step[];
  /** What the application itself does: see crashes/own.mjs. */
  readonly own?: readonly string[];
  /** Options of Node. */
  readonly flags?: readonly string[];
  /** Further settings of the service. */
  readonly setup?: Readonly<Record<string, unknown>>;
  /** Run on each version of Node with Express, or also with Nest; other cases run only on the Node of the tests. */
  readonly onEach?: 'express' | 'both';
  /** Takes the same path through the package as another case, so it runs with EVERY_CELL=1 only. */
  readonly isVariant?: boolean;
  readonly end: number | NodeJS.Signals;
  readonly written: readonly string[];
  /** For Node 20 and 22, which lose the async context of the function. */
  readonly writtenBefore24?: readonly string[];
  /** For Nest 11, if it differs. */
  readonly endOn11?: number | NodeJS.Signals;
  readonly writtenOn11?: readonly string[];
}

const crashed = (name: string, message = 'boom'): string[] => [
  `DEBUG before ${name} <crash>`,
  `ERROR GET /${name} failed: ${message}`,
];
const interrupted = (name: string, reason = 'exit'): string => `DEBUG before ${name} <${reason}>`;
const term = (after = 'entered hang'): Step => ({ signal: 'SIGTERM', after });
const big = (name: string, reason: string): string[] => [
  interrupted(name, reason),
  ...Array.from({ length: 6000 }, (_, at) => `DEBUG record ${at} <${reason}>`),
];
const JOB = ['DEBUG in the job <crash>'];

/** Callbacks that Node calls as it calls a timer, and targets for which the exception also stands for `process.exit()`. */
const VARIANTS: readonly string[] = ['immediate', 'callback', 'turn', 'memory', 'queue'];

/** A request that waits and does not fail. */
const IN_A_REQUEST: readonly CrashCase[] = [
  ...['timer', 'immediate', 'tick', 'callback', 'listener', 'emitter', 'text'].map((name) => ({
    title: `an exception is thrown: ${name}`,
    requests: ['hang', name],
    ...(name === 'timer' ? { onEach: 'both' as const } : {}),
    isVariant: VARIANTS.includes(name),
    end: 1,
    written: crashed(name),
  })),
  {
    title: 'an exception is thrown in a microtask',
    onEach: 'express',
    requests: ['hang', 'microtask'],
    end: 1,
    written: crashed('microtask'),
    writtenBefore24: [interrupted('hang'), interrupted('microtask')],
  },
  {
    title: 'a socket fails that nobody listens to',
    requests: ['hang', 'socket'],
    end: 1,
    written: crashed('socket', 'connect ECONNREFUSED 127.0.0.1:1'),
  },
  {
    title: 'undefined is thrown',
    requests: ['hang', 'nothing'],
    end: 1,
    written: crashed('nothing', 'failed with undefined'),
  },
  {
    title: 'an exception is thrown after the answer',
    onEach: 'express',
    requests: ['hang', 'late'],
    end: 1,
    written: ['DEBUG before late <late error>', 'ERROR GET /late failed: boom'],
  },
  {
    title: 'an exception is thrown, and predicates and hooks of the application throw as well',
    requests: ['hang', 'late'],
    setup: { predicate: 'throws' },
    end: 1,
    written: ['DEBUG before late <late error>', 'ERROR GET /late failed: boom'],
  },
  {
    title: 'the application catches the exception and exits',
    onEach: 'express',
    requests: ['hang', 'timer'],
    own: ['catchAndExit'],
    end: 7,
    written: crashed('timer'),
  },
  {
    title: 'the application catches the exception and exits later',
    requests: ['hang', 'timer'],
    own: ['catchAndExitLater'],
    end: 7,
    written: crashed('timer'),
  },
  {
    title: 'the application catches the exception and goes on until it is told to end',
    requests: ['hang', 'handled'],
    own: ['catchAndGoOn', 'termExits'],
    next: [term('caught boom')],
    end: 0,
    written: [...crashed('handled'), interrupted('hang')],
  },
  {
    title: 'the application captures the exception and goes on until it is told to end',
    requests: ['hang', 'timer'],
    own: ['captureAndGoOn'],
    next: [term('captured boom')],
    end: 'SIGTERM',
    written: crashed('timer'),
  },
  {
    title: 'a promise that nobody awaits rejects',
    requests: ['hang', 'rejection'],
    end: 1,
    written: crashed('rejection'),
  },
  {
    title: 'a promise that nobody awaits rejects later',
    onEach: 'both',
    requests: ['hang', 'awaited'],
    end: 1,
    written: crashed('awaited'),
  },
  ...['warn', 'none'].map((mode) => ({
    title: `a promise rejects with --unhandled-rejections=${mode}`,
    ...(mode === 'warn' ? { onEach: 'express' as const } : {}),
    requests: ['hang', 'rejection'],
    flags: [`--unhandled-rejections=${mode}`],
    next: [{ request: 'exit0' }],
    end: 0,
    written: [...crashed('rejection'), interrupted('exit0')],
  })),
  {
    title: 'a promise rejects with --unhandled-rejections=strict',
    requests: ['hang', 'awaited'],
    flags: ['--unhandled-rejections=strict'],
    end: 1,
    written: crashed('awaited'),
  },
  {
    title: 'a promise rejects with --unhandled-rejections=strict, and the application catches all',
    onEach: 'express',
    requests: ['hang', 'awaited'],
    flags: ['--unhandled-rejections=strict'],
    own: ['catchAndGoOn', 'rejections'],
    next: [term('rejected boom')],
    end: 'SIGTERM',
    written: crashed('awaited'),
  },
  {
    title: 'the application takes rejections',
    onEach: 'express',
    requests: ['hang', 'awaited'],
    own: ['rejections'],
    next: [term('rejected boom')],
    end: 'SIGTERM',
    written: crashed('awaited'),
  },
  {
    title: 'the application takes one rejection, and there are two',
    requests: ['hang', 'awaited'],
    own: ['rejectionsOnce'],
    next: [{ request: 'rejection', after: 'rejected boom' }],
    end: 1,
    written: [...crashed('awaited'), ...crashed('rejection')],
  },
  {
    title: 'the application throws what was rejected',
    onEach: 'express',
    requests: ['hang', 'awaited'],
    own: ['rejectionsThrow'],
    end: 1,
    written: crashed('awaited'),
  },
  {
    title: 'a decorated job crashes that the request waits for',
    onEach: 'express',
    requests: ['hang', 'job'],
    end: 1,
    written: [...JOB, 'ERROR JOB failed: boom', interrupted('job', 'crash')],
  },
  {
    title: 'a decorated job crashes that no request began',
    requests: [],
    own: ['jobCrashes'],
    end: 1,
    written: [...JOB, 'ERROR JOB failed: boom'],
  },
  {
    title: 'the innermost of three scopes crashes, beside another',
    onEach: 'express',
    requests: ['hang', 'nested'],
    end: 1,
    written: [
      'DEBUG in inner <crash>',
      'ERROR call failed: boom',
      'DEBUG in outer <crash>',
      interrupted('nested', 'crash'),
    ],
  },
  {
    title: 'much is held when an exception is thrown',
    requests: ['hang', 'big'],
    setup: { scope: { capacity: 10_000 } },
    end: 1,
    written: [...big('big', 'crash'), 'ERROR GET /big failed: boom'],
  },
  {
    title: 'an exception is thrown outside every request',
    onEach: 'express',
    requests: ['hang'],
    own: ['crashesOutside'],
    next: [{ signal: 'SIGUSR2', after: 'entered hang' }],
    end: 1,
    written: [interrupted('hang')],
  },
];

const EXITS: readonly CrashCase[] = [
  { title: 'process.exit(0)', requests: ['hang', 'exit0'], end: 0, written: [interrupted('exit0')] },
  {
    title: 'process.exit(3)',
    requests: ['hang', 'exit3'],
    onEach: 'both',
    end: 3,
    written: [interrupted('exit3')],
  },
  { title: 'process.exitCode', requests: ['hang', 'exitCode'], end: 4, written: [interrupted('exitCode')] },
  {
    title: 'an exit code of the application',
    requests: ['hang', 'exit3'],
    own: ['exitCode9'],
    end: 9,
    written: [interrupted('exit3')],
  },
  {
    title: 'process.exit, while much is held',
    onEach: 'express',
    requests: ['exitBig'],
    setup: { scope: { capacity: 10_000 } },
    end: 3,
    written: big('exitBig', 'exit'),
  },
  {
    title: 'process.exit in a request that is answered',
    requests: ['answered'],
    onEach: 'express',
    end: 3,
    written: [],
  },
  {
    title: 'process.exit in a request that is answered with 500',
    requests: ['answeredWith500'],
    end: 3,
    written: ['DEBUG before answeredWith500 <status 500>', 'ERROR GET /answeredWith500 500'],
  },
  {
    title: 'process.exit in the innermost of three scopes, beside another',
    requests: ['hang', 'nestedExit'],
    end: 3,
    written: ['DEBUG in inner <exit>', 'DEBUG in outer <exit>', interrupted('nestedExit')],
  },
];

const SIGNALS: readonly CrashCase[] = [
  ...(['SIGTERM', 'SIGINT'] as const).map((signal) => ({
    title: `${signal}, which nobody handles`,
    requests: ['hang'],
    next: [{ signal, after: 'entered hang' }],
    end: signal,
    written: [],
  })),
  {
    title: 'SIGTERM, and the application exits at once',
    onEach: 'express',
    requests: ['hang'],
    own: ['termExits'],
    next: [term()],
    end: 0,
    written: [interrupted('hang')],
  },
  {
    title: 'SIGINT, and the application exits at once',
    requests: ['hang'],
    own: ['intExits'],
    next: [{ signal: 'SIGINT', after: 'entered hang' }],
    end: 130,
    written: [interrupted('hang')],
  },
  {
    title: 'SIGTERM, and the application waits for its requests',
    requests: ['slow'],
    own: ['termCloses'],
    next: [term('entered slow')],
    end: 0,
    written: [],
  },
  {
    title: 'SIGTERM, and the application waits for its requests for some time',
    requests: ['hang'],
    own: ['termClosesThenKills'],
    next: [term()],
    end: 5,
    written: [interrupted('hang')],
  },
  {
    title: 'SIGTERM, and the application shuts down',
    onEach: 'express',
    requests: ['hang'],
    own: ['termShutsDown'],
    next: [term()],
    end: 0,
    written: [interrupted('hang', 'shutdown')],
  },
  {
    title: 'SIGTERM twice, the second of which nobody handles',
    requests: ['hang'],
    own: ['termOnce'],
    next: [term(), term('closing')],
    end: 'SIGTERM',
    written: [],
  },
  {
    title: 'SIGTERM twice, at the second of which the application exits',
    requests: ['hang'],
    own: ['termTwice'],
    next: [term(), term('closing')],
    end: 6,
    written: [interrupted('hang')],
  },
  {
    title: 'SIGTERM, and its handler throws',
    onEach: 'express',
    requests: ['hang'],
    own: ['termThrows'],
    next: [term()],
    end: 1,
    written: [interrupted('hang')],
  },
  {
    title: 'SIGTERM, and its handler rejects',
    requests: ['hang'],
    own: ['termRejects'],
    next: [term()],
    end: 1,
    written: [interrupted('hang')],
  },
];

/** Cases with handlers that do not write at once. */
const TARGETS: readonly CrashCase[] = ['buffer', 'turn', 'memory', 'queue', 'worker', 'socket'].flatMap(
  (target) => [
    {
      title: `an exception, over: ${target}`,
      ...(target === 'worker' || target === 'socket' ? { onEach: 'express' as const } : {}),
      requests: ['hang', 'timer'],
      setup: { target },
      end: 1,
      written: crashed('timer'),
    },
    {
      title: `process.exit, over: ${target}`,
      requests: ['hang', 'exit3'],
      isVariant: VARIANTS.includes(target),
      setup: { target },
      end: 3,
      written: [interrupted('exit3')],
    },
  ],
);

const hooks = (listens = ['SIGTERM', 'SIGINT']): Record<string, unknown> => ({ listens });

/** Cases in addition to the common ones. */
const NEST: readonly CrashCase[] = [
  ...(['SIGTERM', 'SIGINT'] as const).map((signal) => ({
    title: `${signal}, with shutdown hooks`,
    ...(signal === 'SIGTERM' ? { onEach: 'both' as const } : {}),
    requests: ['hang'],
    setup: hooks(),
    next: [{ signal, after: 'entered hang' }],
    end: signal,
    written: [interrupted('hang', 'shutdown')],
  })),
  {
    title: 'SIGTERM, with shutdown hooks, and requests are waited for',
    requests: ['slow'],
    setup: { ...hooks(), hook: 'waits' },
    next: [term('entered slow')],
    end: 'SIGTERM',
    written: [],
  },
  {
    title: 'SIGTERM twice, with shutdown hooks that take their time',
    requests: ['slow'],
    setup: { ...hooks(), hook: 'waits' },
    next: [term('entered slow'), term('shutting down')],
    end: 'SIGTERM',
    written: [],
  },
  {
    title: 'SIGTERM, with shutdown hooks, of which one throws',
    onEach: 'both',
    requests: ['hang'],
    setup: { ...hooks(), hook: 'throws' },
    next: [term()],
    end: 'SIGTERM',
    endOn11: 1,
    // Nest 12 still calls the other hooks.
    written: ['ERROR cannot close: cannot close', interrupted('hang', 'shutdown')],
    // As text, after its message.
    writtenOn11: ['ERROR Error happened during shutdown: Error: cannot close', interrupted('hang')],
  },
  {
    title: 'SIGTERM, with shutdown hooks, of which one crashes',
    onEach: 'both',
    requests: ['hang'],
    setup: { ...hooks(), hook: 'crashes' },
    next: [term()],
    end: 1,
    written: [interrupted('hang')],
  },
  {
    title: 'SIGTERM, with shutdown hooks that end in process.exit',
    requests: ['hang'],
    setup: { ...hooks(), processExit: true },
    next: [term()],
    end: 0,
    written: [interrupted('hang', 'shutdown')],
  },
];

/** On Nest, cases that do not depend on the async context are left to Express. */
const ON_NEST: readonly CrashCase[] = [
  ...[...IN_A_REQUEST, ...EXITS].filter(({ onEach }) => onEach !== undefined),
  ...SIGNALS.slice(0, 1),
  ...NEST,
];

export const CASES = {
  express: [...IN_A_REQUEST, ...EXITS, ...SIGNALS, ...TARGETS],
  nest: ON_NEST,
} as const satisfies Record<Framework, readonly CrashCase[]>;
