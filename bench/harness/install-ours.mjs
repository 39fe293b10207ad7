/**
 * Puts the built package where an installed one would be. A link would not do: the package would then find the root's
 * copy of Nest and the apps this folder's.
 */
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** `dist`: the folder of the build; another than the root's own compares two builds. */
export function installOurs(dist) {
  if (!existsSync(join(dist, 'logging.js'))) {
    throw new Error(`${dist} holds no build. Run \`npm run build\` in the root first.`);
  }
  const home = here('../node_modules/nestjs-hindsight/');
  rmSync(home, { recursive: true, force: true });
  cpSync(here('../../package.json'), `${home}package.json`);
  cpSync(dist, `${home}dist`, { recursive: true });
}
