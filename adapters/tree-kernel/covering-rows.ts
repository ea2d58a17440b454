import type { TreeEnsemble } from './ensemble.js';

/** Few rows that reach every leaf which all rows together reach. */
export interface CoveringRows {
  /** Numbers of the rows in the order in which they were shown, ascending. */
  readonly rows: readonly number[];
  /** Leaves that some row reaches, and those that the chosen rows reach: fewer only where `maxRows` left some out. */
  readonly reachedLeaves: number;
  readonly coveredLeaves: number;
  /** Features of which a chosen row is NaN. */
  readonly nanFeatures: readonly number[];
}

/** Rows are shown in chunks, as columns by feature; what is kept between chunks grows with the model, not with them. */
export interface RowCover {
  show(columns: readonly Float32Array[], rows: number): void;
  choose(): CoveringRows;
}

/**
 * Chooses rows as they come: one is taken when it reaches a leaf that none before it reached, or is the first with NaN
 * in a feature. A walk ends where everything below has been reached, so that after some thousand rows most trees are
 * not walked at all. The same rows in the same order give the same choice.
 */
export function startRowCover(ensemble: TreeEnsemble, maxRows: number): RowCover {
  const state: CoverState = {
    ensemble,
    parents: findParents(ensemble),
    done: new Uint8Array(ensemble.feature.length),
    active: [...ensemble.roots],
    taken: [],
    nanRows: new Map(),
    shown: 0,
    reached: 0,
  };
  return {
    show(columns, rows) {
      for (let row = 0; row < rows; row += 1) if (reachesNewLeaf(state, columns, row)) takeRow(state, columns, row);
      findNanRows(state, columns, rows);
      state.shown += rows;
    },
    choose: () => chooseRows(state, maxRows),
  };
}

/** 64 MiB: an ensemble of many trees with many leaves could otherwise ask for gigabytes. */
const MAX_KEPT_LEAVES = 16_777_216;

interface TakenRow {
  readonly row: number;
  readonly leaves: Int32Array;
}

interface CoverState {
  readonly ensemble: TreeEnsemble;
  readonly parents: Int32Array;
  /** 1 where every leaf below a node has been reached. */
  readonly done: Uint8Array;
  /** Roots of the trees that are not done. */
  active: number[];
  readonly taken: TakenRow[];
  /** The first row with NaN, feature by feature. */
  readonly nanRows: Map<number, TakenRow>;
  shown: number;
  reached: number;
}

function findParents({ feature, high, low }: TreeEnsemble): Int32Array {
  const parents = new Int32Array(feature.length).fill(-1);
  for (let node = 0; node < feature.length; node += 1) {
    if ((feature[node] ?? -1) < 0) continue;
    parents[high[node] ?? 0] = node;
    parents[low[node] ?? 0] = node;
  }
  return parents;
}

function reachesNewLeaf(
  { ensemble, active, done }: CoverState,
  columns: readonly Float32Array[],
  row: number,
): boolean {
  for (const root of active) if (done[walk(ensemble, root, columns, row, done)] === 0) return true;
  return false;
}

/** The leaf that a row reaches, or the first node on its way that is done. */
function walk(
  { feature, cut, nanHigh, high, low }: TreeEnsemble,
  root: number,
  columns: readonly Float32Array[],
  row: number,
  done: Uint8Array | null,
): number {
  let node = root;
  for (;;) {
    const asked = feature[node] ?? -1;
    if (asked < 0 || done?.[node] === 1) return node;
    const value = columns[asked]?.[row] ?? Number.NaN;
    const isHigh = value > (cut[node] ?? 0) || (nanHigh[node] === 1 && Number.isNaN(value));
    node = (isHigh ? high[node] : low[node]) ?? 0;
  }
}

function takeRow(state: CoverState, columns: readonly Float32Array[], row: number): void {
  const all = readRow(state, columns, row);
  const fresh = all.leaves.filter((leaf) => state.done[leaf] === 0);
  // With only its new leaves a row cannot stand in for earlier rows, but it still covers what it is there for.
  const isFull = state.taken.length * all.leaves.length >= MAX_KEPT_LEAVES;
  state.taken.push({ row: all.row, leaves: isFull ? fresh : all.leaves });
  state.reached += fresh.length;
  for (const leaf of fresh) markReached(state, leaf);
  state.active = state.active.filter((root) => state.done[root] === 0);
}

function readRow({ ensemble, shown }: CoverState, columns: readonly Float32Array[], row: number): TakenRow {
  return { row: shown + row, leaves: ensemble.roots.map((root) => walk(ensemble, root, columns, row, null)) };
}

function markReached({ ensemble: { high, low }, parents, done }: CoverState, leaf: number): void {
  done[leaf] = 1;
  let parent = parents[leaf] ?? -1;
  while (parent >= 0 && done[high[parent] ?? 0] === 1 && done[low[parent] ?? 0] === 1) {
    done[parent] = 1;
    parent = parents[parent] ?? -1;
  }
}

function findNanRows(state: CoverState, columns: readonly Float32Array[], rows: number): void {
  for (const [feature, column] of columns.entries()) {
    if (state.nanRows.has(feature)) continue;
    const row = column.subarray(0, rows).findIndex(Number.isNaN);
    if (row >= 0) state.nanRows.set(feature, readRow(state, columns, row));
  }
}

/** Rows with NaN first, then from the last that was taken: it reaches the rarest leaves, and may spare earlier ones. */
function chooseRows({ ensemble, taken, nanRows, reached }: CoverState, maxRows: number): CoveringRows {
  const covered = new Uint8Array(ensemble.feature.length);
  const chosen = new Set<number>();
  let coveredLeaves = 0;
  const choose = ({ row, leaves }: TakenRow, isWanted: boolean): void => {
    const fresh = leaves.filter((leaf) => covered[leaf] === 0);
    if ((fresh.length === 0 && !isWanted) || (chosen.size >= maxRows && !chosen.has(row))) return;
    chosen.add(row);
    for (const leaf of fresh) covered[leaf] = 1;
    coveredLeaves += fresh.length;
  };
  for (const each of nanRows.values()) choose(each, true);
  for (const each of [...taken].reverse()) choose(each, false);
  return {
    rows: [...chosen].sort((a, b) => a - b),
    reachedLeaves: reached,
    coveredLeaves,
    nanFeatures: [...nanRows].filter(([, { row }]) => chosen.has(row)).map(([feature]) => feature),
  };
}
