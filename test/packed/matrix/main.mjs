/** Runs the rows of one cell, each with its application, and prints the results and the counts. */
import { readFileSync } from 'node:fs';
import { stats } from 'nestjs-hindsight/logging';
import { floating, observe } from './cell.mjs';
import { send } from './client.mjs';

const { platform, rows } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

async function start(kind) {
  if (platform === 'none') return (await import('./express.mjs')).startExpress(kind);
  await import('reflect-metadata');
  return (await import('./nest.mjs')).startNest(kind, platform);
}

const found = {};
for (const kind of ['plain', 'filtered', 'vetoed', 'decorated']) {
  const here = Object.entries(rows).filter(([, { app = 'plain' }]) => app === kind);
  if (here.length === 0) continue;
  const app = await start(kind);
  for (const [name, row] of here) {
    // If a row does not end, its Error is the result, and the others still run.
    found[name] = await observe(name, () => send(app.url, name, row.send)).catch((error) => ({
      problem: String(error),
    }));
  }
  await app.close();
}
process.stdout.write(JSON.stringify({ found, strays: floating.strays, stats: stats() }));
