/**
 * Copies the built package to where npm would install it. A link would not work: the package would use the root's copy of
 * Nest, and the apps the copy of this folder.
 */
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** `dist`: the folder of the build. A folder other than the root's `dist` allows to compare two builds. */
export function installOurs(dist) {
  if (!existsSync(join(dist, 'logging.js'))) {
    throw new Error(`${dist} has no build. Run \`npm run build\` in the root first.`);
  }
  const home = here('../node_modules/nestjs-hindsight/');
  rmSync(home, { recursive: true, force: true });
  cpSync(here('../../package.json'), `${home}package.json`);
  cpSync(dist, `${home}dist`, { recursive: true });
}
