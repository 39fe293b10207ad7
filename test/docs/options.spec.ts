/** docs/options.md: the options of each class, from the spec that the class reads them by. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FORMATTER_CLASSES, HANDLER_CLASSES, type ClassDescription } from '../../lib/core/class-descriptions';
import { HANDLER_SPEC } from '../../lib/core/handler';
import { REDACT_SPEC } from '../../lib/formatters/redactor';
import { BASE_ROTATING_SPEC } from '../../lib/handlers/rotating-options';
import { FILE_SPEC } from '../../lib/handlers/file.handler';
import { RECEIVER_SPEC } from '../../lib/handlers/log-record-socket-receiver';
import { LISTENER_SPEC } from '../../lib/handlers/queue-listener';
import { MAIL_SPEC } from '../../lib/handlers/smtp.handler';
import type { Rule, Spec } from '../../lib/internal/options';
import { OUTBOX_SPEC } from '../../lib/outbox/outbox-options';
import { IN_MEMORY_SPEC } from '../../lib/queues/in-memory.queue';
import { REDIS_STREAM_SPEC } from '../../lib/queues/redis-stream.queue';
import { WORKER_SPEC } from '../../lib/queues/worker/worker-options';
import { SCOPE_SPEC } from '../../lib/scope/options';
import '../../lib/formatters';
import '../../lib/handlers';
import { ROOT } from './code-blocks';

const PAGE = join(ROOT, 'docs/options.md');

interface Section {
  readonly title: string;
  readonly arguments?: Spec;
  readonly options: Spec;
}

/** Options that several classes have: they have one table. */
const SHARED: readonly Section[] = [
  { title: 'All handlers', options: HANDLER_SPEC },
  { title: 'Network handlers', options: OUTBOX_SPEC },
  { title: 'Formatters and QueueHandler', options: REDACT_SPEC },
  { title: 'FileHandler', options: FILE_SPEC },
  { title: 'Handlers that rotate their file', options: BASE_ROTATING_SPEC },
  { title: 'Mail handlers', options: MAIL_SPEC },
];

function sectionOf({ type, arguments: args, options }: ClassDescription): Section {
  return { title: type.name, arguments: args, options };
}

/** What is no handler and no formatter. */
const OTHERS: readonly Section[] = [
  { title: 'Scopes', options: SCOPE_SPEC },
  { title: 'QueueListener', options: LISTENER_SPEC },
  { title: 'InMemoryQueue', options: IN_MEMORY_SPEC },
  { title: 'WorkerQueue', options: WORKER_SPEC },
  { title: 'RedisStreamQueue', options: REDIS_STREAM_SPEC },
  { title: 'LogRecordSocketReceiver', options: RECEIVER_SPEC },
];

function defaultOf({ fallback, otherwise, required }: Rule): string {
  if (required === true && otherwise === undefined) return 'must be given';
  if (otherwise !== undefined || fallback === undefined) return otherwise ?? 'none';
  const mebibytes = Number(fallback) / 1024 ** 2;
  return `\`${inspect(fallback)}\`${Number.isInteger(mebibytes) && mebibytes > 0 ? `, ${mebibytes} MiB` : ''}`;
}

/** Whether a class has the options of a section, one or two perhaps left out. */
function isIn(shared: Section, { options }: Section): boolean {
  const names = Object.keys(shared.options);
  const same = names.filter((name) => shared.options[name] === options[name]);
  return same.length >= names.length - 2;
}

/** The section of `SHARED` that has the option's table; undefined where it is the section's own. */
function sharedBy(section: Section, name: string): Section | undefined {
  const before = SHARED.slice(0, SHARED.findIndex(({ title }) => title === section.title) >>> 0);
  return before.find((shared) => isIn(shared, section) && shared.options[name] === section.options[name]);
}

function render(section: Section): string[] {
  const names = Object.keys(section.options);
  const own = names.filter((name) => sharedBy(section, name) === undefined);
  const links = SHARED.filter((shared) => names.some((name) => sharedBy(section, name) === shared)).map(
    ({ title }) => `[${title}](#${title.toLowerCase().replaceAll(' ', '-')})`,
  );
  const rows = [
    ...Object.entries(section.arguments ?? {}).map(
      ([name, rule]) => [`\`${name}\`, argument`, rule] as const,
    ),
    ...own.map((name) => [`\`${name}\``, section.options[name] as Rule] as const),
  ];
  const table = rows.map(([name, rule]) => `| ${name} | ${rule.expected} | ${defaultOf(rule)} |`);
  return [
    `## ${section.title}`,
    '',
    ...(links.length === 0 ? [] : [`Also the options of ${links.join(', ')}.`, '']),
    ...(rows.length === 0 ? [] : ['| option | must be | default |', '|---|---|---|', ...table, '']),
  ];
}

function renderPage(): string {
  const shared = SHARED.filter(({ title }) => title !== 'FileHandler');
  const classes = [...HANDLER_CLASSES, ...FORMATTER_CLASSES].map(sectionOf);
  return [
    '# Options',
    '',
    'Generated from the source by `npm run docs:update`: the constructors and configurations check options by the same tables.',
    'What an option does is said in the types, and in [handlers](handlers.md). `null` means the default. A wrong name or value is',
    'refused with `ERR_LOG_OPTION`. TimedRotatingFileHandler has no `mode`.',
    '',
    ...[...shared, ...classes, ...OTHERS].flatMap(render),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

describe('docs/options.md', () => {
  it('has the options of every class', () => {
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, renderPage());
    expect(existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '').toBe(renderPage());
  });
});
