import { transpose, ZERO } from './bit-circuit.js';
import { emitCircuit } from './circuit-code.js';
import { BLOCK_BYTES, BLOCK_ROWS, reserveContent, type Layout } from './layout.js';
import { OFFSET_BITS, type TreeCircuit } from './tree-circuit.js';
import {
  access,
  addLocal,
  constant,
  emit,
  floatConstant,
  get,
  loop,
  op,
  set,
  startCode,
  type Code,
} from './wasm-code.js';

/** Trees that are looked up together: their codes stay in the first-level cache, and a sum is loaded once for all. */
export const GROUP_TREES = 8;
/** Rows whose sums are worked on side by side, so that one addition need not wait for the one before. */
const UNROLLED_ROWS = 4;
const ROW_BYTES = 4;

export interface GroupPlace {
  readonly sums: number;
  /** Codes of the group's trees: low bytes of all rows, then high bytes, tree after tree. */
  readonly codes: number;
  readonly codeBytes: number;
  /** Where parts of a tree's network are kept. */
  readonly scratch: number;
  readonly isFirst: boolean;
}

/** (offset of the first row's sum, bytes of a matrix line): conditions → codes → leaves, added to the sums in tree order. */
export function compileGroup(layout: Layout, trees: readonly TreeCircuit[], place: GroupPlace): Code {
  const code = startCode(2);
  const [block, row, sum] = [0, 0, 0].map(() => addLocal(code, 'i32')) as [number, number, number];
  for (const [index, tree] of trees.entries()) {
    if (tree.planes.length > 0) emitCodes(code, tree, place.codes + index * 2 * place.codeBytes, place, block, row);
  }
  const tables = trees.map(({ table }) => reserveContent(layout, table));
  get(code, 0);
  set(code, sum);
  loop(
    code,
    row,
    () => emitRows(code, 1),
    UNROLLED_ROWS,
    () => {
      for (let offset = 0; offset < UNROLLED_ROWS; offset += 1) {
        emitSum(code, { trees, tables, place, row, sum, offset });
      }
      get(code, sum);
      constant(code, UNROLLED_ROWS * ROW_BYTES);
      emit(code, op.i32Add);
      set(code, sum);
    },
  );
  return code;
}

/** From bytes of a matrix line to rows. */
function emitRows(code: Code, local: number): void {
  get(code, local);
  constant(code, Math.log2(BLOCK_ROWS / BLOCK_BYTES));
  emit(code, op.i32Shl);
}

function emitCodes(code: Code, tree: TreeCircuit, codes: number, place: GroupPlace, block: number, row: number): void {
  const { circuit, planes } = tree;
  const shift = isOffset(tree) ? 2 : 0;
  const bytes = [[...Array<number>(shift).fill(ZERO), ...planes.slice(0, 8)], planes.slice(8)];
  const outputs = bytes.flatMap((wires, byte) =>
    wires.length === 0
      ? []
      : transpose(circuit, wires).map((wire, index) => ({ wire, offset: codes + byte * place.codeBytes + index * 16 })),
  );
  loop(
    code,
    block,
    () => get(code, 1),
    BLOCK_BYTES,
    () => {
      emitRows(code, block);
      set(code, row);
      emitCircuit(code, circuit, outputs, { loadBase: block, storeBase: row, scratch: place.scratch });
    },
  );
}

function isOffset({ planes }: TreeCircuit): boolean {
  return planes.length <= OFFSET_BITS;
}

function emitSum(
  code: Code,
  args: {
    readonly trees: readonly TreeCircuit[];
    readonly tables: readonly number[];
    readonly place: GroupPlace;
    readonly row: number;
    readonly sum: number;
    readonly offset: number;
  },
): void {
  const { trees, tables, place, row, sum, offset } = args;
  const sums = place.sums + offset * ROW_BYTES;
  get(code, sum);
  if (place.isFirst) floatConstant(code, 0);
  else {
    get(code, sum);
    access(code, op.f32Load, sums);
  }
  for (const [index, tree] of trees.entries()) {
    if (tree.planes.length === 0) floatConstant(code, tree.table[0] ?? 0);
    else {
      emitLeafOffset(code, tree, row, place.codes + index * 2 * place.codeBytes + offset, place.codeBytes);
      access(code, op.f32Load, tables[index] ?? 0);
    }
    emit(code, op.f32Add);
  }
  access(code, op.f32Store, sums);
}

function emitLeafOffset(code: Code, tree: TreeCircuit, row: number, address: number, codeBytes: number): void {
  get(code, row);
  access(code, op.i32Load8U, address);
  if (isOffset(tree)) return;
  if (tree.planes.length > 8) {
    get(code, row);
    access(code, op.i32Load8U, address + codeBytes);
    constant(code, 8);
    emit(code, op.i32Shl, op.i32Or);
  }
  constant(code, 2);
  emit(code, op.i32Shl);
}
