import {
  addChoice,
  addGate,
  ANY,
  circuitCost,
  keepWire,
  ONE,
  startCircuit,
  ZERO,
  type Circuit,
  type Wire,
} from './bit-circuit.js';
import type { TreeEnsemble } from './ensemble.js';
import type { TreeShapes } from './tree-shapes.js';

/** A tree as a network over conditions: its planes spell a code of the leaf that a row reaches. */
export interface TreeCircuit {
  readonly circuit: Circuit;
  /** The code's bits, the lowest first. */
  readonly planes: readonly Wire[];
  /** What the leaf of each code adds. */
  readonly table: Float32Array;
}

export interface TreeSource {
  readonly ensemble: TreeEnsemble;
  readonly shapes: TreeShapes;
  /** Where a node's condition lies, relative to the matrix line's block. */
  readonly conditionAddress: (node: number) => number;
}

/**
 * How leaves get their codes. `by-height` gives a node of height h the bit h - 1; a leaf above the lowest level leaves
 * the bits below open, which then cost nothing. The others number the leaves, which takes the fewest bits.
 */
type Coding = 'by-height' | 'larger-first' | 'low-first';

const MAX_BITS_BY_HEIGHT = 8;
/** Codes of up to six bits are made as byte offsets; longer ones are shifted row by row. */
export const OFFSET_BITS = 6;
const COST_OF_LONG_CODE = 140;

/** The cheapest of the codings. */
export function planTree(source: TreeSource, root: number): TreeCircuit {
  const height = source.shapes.height[root] ?? 0;
  const codings: Coding[] = ['larger-first', 'low-first'];
  if (height <= MAX_BITS_BY_HEIGHT) codings.unshift('by-height');
  let best: { readonly tree: TreeCircuit; readonly cost: number } | null = null;
  for (const coding of codings) {
    const tree = codeTree(source, root, coding);
    const cost = circuitCost(tree.circuit) + (tree.planes.length > OFFSET_BITS ? COST_OF_LONG_CODE : 0);
    if (best === null || cost < best.cost) best = { tree, cost };
  }
  if (best === null) throw new Error('a tree has no coding');
  return best.tree;
}

function codeTree(source: TreeSource, root: number, coding: Coding): TreeCircuit {
  const leaves = source.shapes.leaves[root] ?? 1;
  const width = coding === 'by-height' ? (source.shapes.height[root] ?? 0) : Math.ceil(Math.log2(leaves));
  const coder = { source, coding, width, circuit: startCircuit(), table: new Float32Array(2 ** width), leaves: 0 };
  const planes = keepPart(coder, codeNode(coder, root, 0, 0)).planes;
  return { circuit: coder.circuit, planes, table: coder.table };
}

interface Coder {
  readonly source: TreeSource;
  readonly coding: Coding;
  readonly width: number;
  readonly circuit: Circuit;
  readonly table: Float32Array;
  leaves: number;
}

/** The planes under a node, and how many splits have been joined since planes were last put into memory. */
interface Part {
  readonly planes: readonly Wire[];
  readonly splits: number;
}

/** Splits that are joined in registers alone. */
const MAX_SPLITS = 12;

/** `fixed` are the bits that the way to the node has decided, `code` their values. */
function codeNode(coder: Coder, node: number, fixed: number, code: number): Part {
  const { ensemble, shapes, conditionAddress } = coder.source;
  if ((ensemble.feature[node] ?? -1) < 0)
    return { planes: codeLeaf(coder, ensemble.weight[node] ?? 0, fixed, code), splits: 0 };
  const [highNode, lowNode] = [ensemble.high[node] ?? -1, ensemble.low[node] ?? -1];
  const bit = coder.coding === 'by-height' ? 1 << ((shapes.height[node] ?? 1) - 1) : 0;
  const isHighFirst = coder.coding === 'larger-first' && (shapes.leaves[highNode] ?? 0) > (shapes.leaves[lowNode] ?? 0);
  const codeHigh = () => codeNode(coder, highNode, fixed | bit, code | bit);
  const early = isHighFirst ? codeHigh() : null;
  let low = codeNode(coder, lowNode, fixed | bit, code);
  let high = early ?? codeHigh();
  if (high.splits + low.splits >= MAX_SPLITS) {
    if (high.splits > low.splits) high = keepPart(coder, high);
    else low = keepPart(coder, low);
    if (high.splits + low.splits >= MAX_SPLITS) [high, low] = [keepPart(coder, high), keepPart(coder, low)];
  }
  const condition = addGate(coder.circuit, 'load', conditionAddress(node));
  const planes: Wire[] = [];
  for (let plane = 0; plane < coder.width; plane += 1) {
    planes.push(
      1 << plane === bit
        ? condition
        : addChoice(coder.circuit, condition, high.planes[plane] ?? ANY, low.planes[plane] ?? ANY),
    );
  }
  return { planes, splits: high.splits + low.splits + 1 };
}

function keepPart({ circuit }: Coder, { planes, splits }: Part): Part {
  return splits === 0 ? { planes, splits } : { planes: planes.map((wire) => keepWire(circuit, wire)), splits: 0 };
}

function codeLeaf(coder: Coder, weight: number, fixed: number, code: number): Wire[] {
  if (coder.coding === 'by-height') {
    for (let each = 0; each < coder.table.length; each += 1) if ((each & fixed) === code) coder.table[each] = weight;
    return Array<Wire>(coder.width).fill(ANY);
  }
  const number = coder.leaves;
  coder.leaves += 1;
  coder.table[number] = weight;
  return Array.from({ length: coder.width }, (_, plane) => ((number >> plane) & 1 ? ONE : ZERO));
}
