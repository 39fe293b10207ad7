/**
 * Who may import whom in lib/: errors, internal <- python-format <- core <- formatters <- queues <- handlers <- config;
 * errors, internal <- outbox <- queues; core <- scope <- express | nest.
 */

const ground = ['errors', 'internal'];
const core = [...ground, 'python-format', 'core'];
const formatters = [...core, 'formatters'];
const queues = [...formatters, 'outbox', 'queues'];
const handlers = [...queues, 'handlers'];
const config = [...handlers, 'config'];

/** Each folder with the folders it may import, itself included. */
const FOLDERS = {
  errors: ['errors'],
  internal: ground,
  // Core reads it too: the arguments of `%(user)s` are put into a message by the same code as a formatter's fields.
  'python-format': [...ground, 'python-format'],
  outbox: [...ground, 'outbox'],
  core,
  formatters,
  // The queue handler puts records into a LogQueue; a queue knows of no handler.
  queues,
  handlers,
  config,
  // HindsightHandler and RequestMemoryHandler are handlers.
  scope: [...handlers, 'scope'],
  express: [...core, 'scope', 'express'],
  nest: [...config, 'scope', 'nest'],
  testing: [...handlers, 'testing'],
  // A program, not a library: nothing imports it.
  cli: [...config, 'cli'],
};

/** The folders of lib/nest. Each may import itself, those before it, and nest.ts. */
const NEST_FOLDERS = ['logger', 'application', 'decorators', 'messages', 'hooks', 'module'];

/** Each entry with the folders whose names it exports. */
const ENTRIES = {
  logging: [...config, 'scope'],
  express: [...FOLDERS.express],
  testing: [...FOLDERS.testing],
};

/** The errors are one file, all others are folders. */
const pathOf = (folder) => (folder === 'errors' ? 'errors\\.ts$' : `${folder}/`);
const inFolders = (folders) => `^lib/(${folders.map(pathOf).join('|')})`;

const folderRules = Object.entries(FOLDERS).map(([folder, folders]) => ({
  name: `folder-${folder}`,
  comment: `lib/${folder} may import only: ${folders.join(', ')}.`,
  severity: 'error',
  from: { path: `^lib/${pathOf(folder)}` },
  to: { path: '^lib/', pathNot: inFolders(folders) },
}));

const nestRules = NEST_FOLDERS.map((folder, at) => ({
  name: `nest-${folder}`,
  comment: `In lib/nest, ${folder} may import only: nest.ts, ${NEST_FOLDERS.slice(0, at + 1).join(', ')}.`,
  severity: 'error',
  from: { path: `^lib/nest/${folder}/` },
  to: {
    path: '^lib/nest/',
    pathNot: `^lib/nest/(nest\\.ts$|(${NEST_FOLDERS.slice(0, at + 1).join('|')})/)`,
  },
}));

const entryRules = Object.entries(ENTRIES).map(([entry, folders]) => ({
  name: `entry-${entry}`,
  comment: `lib/${entry}.ts may import only: ${folders.join(', ')}.`,
  severity: 'error',
  from: { path: `^lib/${entry}\\.ts$` },
  to: { path: '^lib/', pathNot: inFolders(folders) },
}));

module.exports = {
  forbidden: [
    ...folderRules,
    ...nestRules,
    ...entryRules,
    {
      name: 'entry-index',
      comment:
        'lib/index.ts exports nest/ and all of logging.ts; the Express adapter and the test tools have their own entries.',
      severity: 'error',
      from: { path: '^lib/index\\.ts$' },
      to: { path: '^lib/', pathNot: `${inFolders(FOLDERS.nest)}|^lib/logging\\.ts$` },
    },
    {
      name: 'handler-helpers-are-private',
      comment:
        'A folder inside lib/handlers/ holds the helpers of handlers; the world outside imports the handler itself.',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/handlers/' },
      to: { path: '^lib/handlers/[^/]+/' },
    },
    {
      name: 'packages-only-in-nest',
      comment:
        'Express users have no @nestjs package and no rxjs: outside nest/ there is Node and nothing else, types included.',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/(nest/|index\\.m?ts$)' },
      to: { path: 'node_modules' },
    },
    {
      name: 'nest-imports-only-peers',
      comment: 'What nest/ imports must be a declared peer.',
      severity: 'error',
      from: { path: '^lib/(nest/|index\\.m?ts$)' },
      to: { path: 'node_modules', pathNot: 'node_modules/(@nestjs/(common|core)|rxjs|reflect-metadata)/' },
    },
    {
      name: 'no-test-in-lib',
      comment: 'What is shipped does not know its tests, its benchmarks or its sample.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(test|bench|sample-app|scripts|dist)/' },
    },
    {
      name: 'no-circular',
      comment: 'Two files that need each other to load are one file, or need a third.',
      severity: 'error',
      from: { path: '^lib/' },
      // Only circles at runtime. test/structure also checks those of types.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: { path: '^lib/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Imports of types count too: they end up in the declarations.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'node', 'import', 'require', 'default'],
    },
  },
};
