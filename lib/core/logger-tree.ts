/** A tree of loggers as data: all copies of the package share that of `getLogger`, each through loggers of its own. */
import { systemClock, type Clock } from '../internal/clock';
import { globalState } from '../internal/global-state';
import type { FilterLike } from './filter';
import type { Handler } from './handler';
import { NOTSET, WARNING } from './level';
import { observing } from './record-observer';

/** One logger. */
export interface LoggerData {
  readonly name: string;
  parent: LoggerData | undefined;
  level: number;
  disabled: boolean;
  propagate: boolean;
  handlers: Handler[];
  filters: FilterLike[];
  /** Of the root: a level was set on purpose. */
  levelWasSet: boolean;
  /** Records below it reach no handler: level, the tree's `disable` and `disabled` in one number, as a cache. */
  handledFrom: number;
  /** Records below it go nowhere in this tree. The same, unless an observer wants to see more. */
  shownFrom: number;
  /** Records below it are not made. The same, unless they may go to another tree. */
  enabledFrom: number;
}

/** A tree. */
export interface TreeData {
  readonly root: LoggerData;
  /** By name, without the root. */
  readonly loggers: Map<string, LoggerData>;
  readonly clock: Clock;
  /** Records at or below it are dropped by all loggers of the tree. */
  disable: number;
  /** Whether an application of this process has a tree beside this one; only ever of the default tree. */
  hasOthers: boolean;
  /** The tree of the newest application, where that is not this one. */
  standIn: TreeData | undefined;
}

export function newLoggerData(name: string, level = NOTSET): LoggerData {
  return {
    name,
    parent: undefined,
    level,
    disabled: false,
    propagate: true,
    handlers: [],
    filters: [],
    levelWasSet: false,
    handledFrom: NOTSET,
    shownFrom: NOTSET,
    enabledFrom: NOTSET,
  };
}

export function newTreeData(clock: Clock): TreeData {
  const tree: TreeData = {
    root: newLoggerData('root', WARNING),
    loggers: new Map(),
    clock,
    disable: NOTSET,
    hasOthers: false,
    standIn: undefined,
  };
  updateThresholds(tree);
  return tree;
}

/** The first level that is not NOTSET on the way up. */
export function effectiveLevel(data: LoggerData): number {
  for (let at: LoggerData | undefined = data; at !== undefined; at = at.parent) {
    if (at.level !== NOTSET) return at.level;
  }
  return NOTSET;
}

/** An observer sees what the root's level alone would drop; a level that was set further down holds for it too. */
function observedFrom(data: LoggerData, level: number): number {
  const wanted = observing.current?.level;
  if (wanted === undefined || wanted >= level) return level;
  for (let at = data; at.parent !== undefined; at = at.parent) if (at.level !== NOTSET) return level;
  return wanted;
}

/** Computes the caches of one logger. */
export function updateThreshold(tree: TreeData, data: LoggerData): void {
  const level = effectiveLevel(data);
  const least = data.disabled ? Infinity : tree.disable + 1;
  data.handledFrom = Math.max(level, least);
  data.shownFrom = Math.max(observedFrom(data, level), least);
  data.enabledFrom = tree.hasOthers ? tree.disable + 1 : data.shownFrom;
}

/** Computes the caches of all loggers: a level, `disable` or the observer has changed. */
export function updateThresholds(tree: TreeData): void {
  updateThreshold(tree, tree.root);
  for (const data of tree.loggers.values()) updateThreshold(tree, data);
}

/** Tells the default tree of the trees of all applications, itself among them or not. */
export function setApplicationTrees(trees: readonly TreeData[], newest: TreeData | undefined): void {
  defaultTree.hasOthers = trees.some((tree) => tree !== defaultTree);
  defaultTree.standIn = newest === defaultTree ? undefined : newest;
  updateThresholds(defaultTree);
}

/** The tree behind `getLogger`. */
export const defaultTree = globalState('tree', () => newTreeData(systemClock));
