/** A tree of loggers as data. All copies of the package share the tree of `getLogger`, each with its own Logger objects. */
import { systemClock, type Clock } from '../internal/clock';
import { globalState } from '../internal/global-state';
import type { FilterLike } from './filterer';
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
  /** Only for the root: whether a level was set explicitly. */
  levelWasSet: boolean;
  /** Records below it reach no handler. Caches level, the tree's `disable` and `disabled` in one number. */
  handledFrom: number;
  /** Records below it are not used in this tree. Lower than `handledFrom` only if an observer wants more records. */
  shownFrom: number;
  /** Records below it are not created. Lower than `shownFrom` only if they may go to another tree. */
  enabledFrom: number;
}

/** A tree. */
export interface TreeData {
  readonly root: LoggerData;
  /** By name, without the root. */
  readonly loggers: Map<string, LoggerData>;
  readonly clock: Clock;
  /** All loggers of the tree drop records at or below this level. */
  disable: number;
  /** Only for the default tree: whether an application of this process has another tree. */
  hasOthers: boolean;
  /** The tree of the newest application, if it is not this one. */
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

/** The first level that is not NOTSET, of the logger or its ancestors. */
export function effectiveLevel(data: LoggerData): number {
  for (let at: LoggerData | undefined = data; at !== undefined; at = at.parent) {
    if (at.level !== NOTSET) return at.level;
  }
  return NOTSET;
}

/** The observer's level, if only the root's level is higher. A level of another logger is valid for the observer too. */
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

/** Computes the caches of all loggers. Called when a level, `disable` or the observer has changed. */
export function updateThresholds(tree: TreeData): void {
  updateThreshold(tree, tree.root);
  for (const data of tree.loggers.values()) updateThreshold(tree, data);
}

/** Sets the trees of all applications in the default tree. */
export function setApplicationTrees(trees: readonly TreeData[], newest: TreeData | undefined): void {
  defaultTree.hasOthers = trees.some((tree) => tree !== defaultTree);
  defaultTree.standIn = newest === defaultTree ? undefined : newest;
  updateThresholds(defaultTree);
}

/** The tree behind `getLogger`. */
export const defaultTree = globalState('tree', () => newTreeData(systemClock));
