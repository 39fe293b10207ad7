/** Starts a server process and a client process, and ends them. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

function start(module, execArgv = []) {
  return fork(here(module), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv, env: quietEnv() });
}

/** The environment of a service in production, without the NODE_OPTIONS of the caller. */
function quietEnv() {
  return { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production' };
}

/** Resolves with the answer of a child; rejects if the child fails or ends. */
function ask(child, message) {
  return new Promise((resolve, reject) => {
    const onExit = (code, signal) => reject(new Error(`a child ended with ${signal ?? code}`));
    child.once('exit', onExit);
    child.once('message', ({ result, error }) => {
      child.off('exit', onExit);
      if (error === undefined) resolve(result);
      else reject(new Error(error));
    });
    child.send(message);
  });
}

/** Calls `use` with the two processes and the file of the server. Always ends the processes and removes the file. */
export async function withProcesses(use) {
  const folder = mkdtempSync(join(tmpdir(), 'hindsight-soak-'));
  const [server, client] = [start('server.mjs', ['--expose-gc']), start('client.mjs')];
  try {
    return await use({
      file: join(folder, 'app.log'),
      server: (step, init = {}) => ask(server, { step, ...init }),
      client: (load) => ask(client, load),
    });
  } finally {
    for (const child of [server, client]) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}
