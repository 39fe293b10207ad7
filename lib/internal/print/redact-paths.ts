/** Paths of values that must not be printed, compiled into a tree that is followed while a value is printed. */
import { ConfigurationError } from '../../errors';

/** A node of one or more paths. */
export interface PathNode {
  /** By key in lower case, since headers and fields are written in any case. */
  readonly keys: Map<string, PathNode>;
  /** The node for `*`: every key or index. */
  any: PathNode | undefined;
  /** True for `**`: any depth. */
  deep: boolean;
  /** A path ends here, so the value is replaced. */
  end: boolean;
}

function newNode(): PathNode {
  return { keys: new Map(), any: undefined, deep: false, end: false };
}

/** A key, an index in brackets, or a quoted key in brackets. */
const SEGMENT = /(?:^|\.)([^.[\]]+)|\[(?:"([^"]*)"|'([^']*)'|([^\]"']+))\]/y;

function segmentsOf(path: string): readonly string[] {
  const segments: string[] = [];
  SEGMENT.lastIndex = 0;
  for (let at = 0; at < path.length; at = SEGMENT.lastIndex) {
    SEGMENT.lastIndex = at;
    const match = SEGMENT.exec(path);
    if (match === null || (at === 0 && path.startsWith('.'))) break;
    segments.push((match[1] ?? match[2] ?? match[3] ?? match[4] ?? '').toLowerCase());
  }
  if (segments.length === 0 || SEGMENT.lastIndex !== path.length || segments.at(-1) === '**') {
    throw new ConfigurationError(
      `redact: "${path}" is not a path; write 'password', '*.token', 'req.headers.authorization', 'items[*].card' or '**.secret'.`,
    );
  }
  return segments;
}

function step(node: PathNode, segment: string): PathNode {
  if (segment === '*') return (node.any ??= newNode());
  let next = node.keys.get(segment);
  if (next === undefined) {
    next = newNode();
    node.keys.set(segment, next);
  }
  return next;
}

/** @throws ConfigurationError `ERR_LOG_OPTION` for an invalid path. */
export function compilePaths(paths: readonly string[]): readonly PathNode[] {
  const root = newNode();
  const roots = [root];
  for (const path of paths) {
    let node = root;
    for (const segment of segmentsOf(path)) {
      if (segment !== '**') {
        node = step(node, segment);
        continue;
      }
      // `a.**.b` matches `a.b` and `a`, any keys, `b`: this node stays reached at deeper levels.
      const below = node.keys.get('**') ?? newNode();
      below.deep = true;
      if (node === root && !roots.includes(below)) roots.push(below);
      node.keys.set('**', below);
      node = below;
    }
    node.end = true;
  }
  return roots;
}

/** The nodes that a key leads to from `nodes`. */
export function advance(nodes: readonly PathNode[], key: string): readonly PathNode[] {
  const lower = key.toLowerCase();
  const reached: PathNode[] = [];
  const reach = (node: PathNode | undefined): void => {
    if (node === undefined || reached.includes(node)) return;
    reached.push(node);
    const below = node.keys.get('**');
    if (below !== undefined && below.deep) reach(below);
  };
  for (const node of nodes) {
    if (node.deep) reach(node);
    if (lower !== '**') reach(node.keys.get(lower));
    reach(node.any);
  }
  return reached;
}

/** A node from which any key leads to this one. */
export function above(node: PathNode): PathNode {
  return { keys: new Map(), any: node, deep: false, end: false };
}
