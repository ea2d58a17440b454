import { normaliseSplit } from './branch-modes.js';
import type { TreeEnsemble } from './ensemble.js';
import { NotAnEnsemble } from './not-an-ensemble.js';

/** Trees as runs of nodes: each tree's nodes follow one another, its root first. */
export interface TreeRuns {
  readonly roots: Int32Array;
  readonly size: number;
  /** The node with an id in the tree that starts at a root, or -1. */
  readonly find: (root: number, nodeId: number) => number;
  /** The root of the tree with an id, or -1. */
  readonly rootOf: (treeId: number) => number;
}

export function indexRuns(treeIds: readonly number[], nodeIds: readonly number[]): TreeRuns {
  if (treeIds.length === 0 || treeIds.length !== nodeIds.length) throw new NotAnEnsemble('its trees have no nodes');
  const rootOfTree = new Map<number, number>();
  const nodeOfRun = new Map<number, Map<number, number>>();
  let run = new Map<number, number>();
  for (const [index, treeId] of treeIds.entries()) {
    if (index === 0 || treeId !== treeIds[index - 1]) {
      if (rootOfTree.has(treeId)) throw new NotAnEnsemble('the nodes of a tree are scattered');
      rootOfTree.set(treeId, index);
      run = new Map<number, number>();
      nodeOfRun.set(index, run);
    }
    const nodeId = nodeIds[index] ?? 0;
    if (run.has(nodeId)) throw new NotAnEnsemble('a node stands twice in a tree');
    run.set(nodeId, index);
  }
  return {
    roots: Int32Array.from(rootOfTree.values()),
    size: treeIds.length,
    find: (root, nodeId) => nodeOfRun.get(root)?.get(nodeId) ?? -1,
    rootOf: (treeId) => rootOfTree.get(treeId) ?? -1,
  };
}

/** The node attributes of a tree operator, a list entry a node, and the weights of its leaves. */
export interface NodeLists {
  readonly runs: TreeRuns;
  readonly featureCount: number;
  readonly modes: readonly string[];
  readonly features: readonly number[];
  readonly thresholds: readonly number[];
  readonly yes: readonly number[];
  readonly no: readonly number[];
  /** Empty when missing values have no rule of their own. */
  readonly missingYes: readonly number[];
  readonly weights: {
    readonly treeIds: readonly number[];
    readonly nodeIds: readonly number[];
    readonly values: readonly number[];
  };
}

type Nodes = Pick<TreeEnsemble, 'feature' | 'cut' | 'nanHigh' | 'high' | 'low' | 'weight'>;

/** Brings the nodes into the normal form. Throws unless every node is reached from its root exactly once. */
export function linkNodes(lists: NodeLists): Nodes {
  const size = lists.runs.size;
  for (const list of [lists.modes, lists.features, lists.thresholds, lists.yes, lists.no]) {
    if (list.length !== size) throw new NotAnEnsemble('its node lists differ in length');
  }
  if (lists.missingYes.length !== 0 && lists.missingYes.length !== size) {
    throw new NotAnEnsemble('its node lists differ in length');
  }
  const nodes: Nodes = {
    feature: new Int32Array(size).fill(-1),
    cut: new Float32Array(size),
    nanHigh: new Uint8Array(size),
    high: new Int32Array(size).fill(-1),
    low: new Int32Array(size).fill(-1),
    weight: new Float32Array(size).fill(Number.NaN),
  };
  linkTrees(lists, nodes);
  weighLeaves(lists, nodes);
  return nodes;
}

function linkTrees(lists: NodeLists, nodes: Nodes): void {
  const reached = new Uint8Array(lists.runs.size);
  let count = 0;
  for (const root of lists.runs.roots) {
    const open = [root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (reached[node] === 1) throw new NotAnEnsemble('a node has two parents');
      reached[node] = 1;
      count += 1;
      if (lists.modes[node] !== 'LEAF') open.push(...linkSplit(lists, nodes, root, node));
    }
  }
  if (count !== lists.runs.size) throw new NotAnEnsemble('a node hangs on no tree');
}

function linkSplit(lists: NodeLists, nodes: Nodes, root: number, node: number): readonly [number, number] {
  const mode = lists.modes[node] ?? '';
  const threshold = lists.thresholds[node] ?? Number.NaN;
  const split = normaliseSplit(mode, threshold);
  if (split === null) throw new NotAnEnsemble(`it has a split ${mode} at ${threshold}`);
  const feature = lists.features[node] ?? -1;
  if (!(feature >= 0 && feature < lists.featureCount)) throw new NotAnEnsemble(`it looks at feature ${feature}`);
  const yes = lists.runs.find(root, lists.yes[node] ?? -1);
  const no = lists.runs.find(root, lists.no[node] ?? -1);
  if (yes < 0 || no < 0) throw new NotAnEnsemble('a split leads to no node');
  nodes.feature[node] = feature;
  nodes.cut[node] = split.cut;
  // Without a rule a comparison with NaN is false, and false leads to the other branch.
  nodes.nanHigh[node] = (lists.missingYes[node] === 1) === split.yesIsHigh ? 1 : 0;
  nodes.high[node] = split.yesIsHigh ? yes : no;
  nodes.low[node] = split.yesIsHigh ? no : yes;
  return [yes, no];
}

function weighLeaves({ runs, weights }: NodeLists, nodes: Nodes): void {
  if (weights.treeIds.length !== weights.nodeIds.length || weights.treeIds.length !== weights.values.length) {
    throw new NotAnEnsemble('its weight lists differ in length');
  }
  for (const [index, treeId] of weights.treeIds.entries()) {
    const node = runs.find(runs.rootOf(treeId), weights.nodeIds[index] ?? -1);
    const value = weights.values[index] ?? Number.NaN;
    if (node < 0 || nodes.feature[node] !== -1) throw new NotAnEnsemble('a weight belongs to no leaf');
    if (!Number.isNaN(nodes.weight[node])) throw new NotAnEnsemble('a leaf has more than one weight');
    if (!Number.isFinite(value)) throw new NotAnEnsemble('a leaf has a weight that is not finite');
    nodes.weight[node] = value;
  }
  for (let node = 0; node < runs.size; node += 1) {
    if (nodes.feature[node] === -1 && Number.isNaN(nodes.weight[node])) throw new NotAnEnsemble('a leaf has no weight');
  }
}
