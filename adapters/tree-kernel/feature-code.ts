import { addChoice, addGate, ONE, startCircuit, transpose, ZERO, type Circuit, type Wire } from './bit-circuit.js';
import { emitBins, placeBinTables, prepareBins, type BinLocals, type BinTables } from './bin-code.js';
import { planBuckets } from './buckets.js';
import { emitCircuit } from './circuit-code.js';
import { placeNan, type FeatureQuestions } from './conditions.js';
import { BLOCK_BYTES, BLOCK_ROWS, type Layout } from './layout.js';
import { addLocal, access, constant, emit, get, loop, op, set, startCode, type Code } from './wasm-code.js';

/** Where the function of one feature reads and writes. */
export interface FeaturePlace {
  readonly column: number;
  /** Bins of one block, twice as many bytes as rows: low bytes, then high bytes. */
  readonly bins: number;
  /** The first of the feature's conditions in the matrix, and the bytes from one to the next. */
  readonly matrix: number;
  readonly stride: number;
}

const ROW_BYTES = 4;

/** (offset of the first row in a column, bytes of a matrix line to fill): values → bins → bit planes → conditions. */
export function compileFeature(layout: Layout, questions: FeatureQuestions, place: FeaturePlace): Code {
  const code = startCode(2);
  const nan = placeNan(questions);
  const tables = placeBinTables(layout, planBuckets(questions.cuts), questions.cuts, nan.bin);
  const planes = Math.ceil(Math.log2(questions.cuts.length + (nan.isMixed ? 2 : 1)));
  const locals = prepareBins(code, tables);
  const [block, zero, row, address] = [0, 0, 0, 0].map(() => addLocal(code, 'i32')) as [number, number, number, number];
  const circuit = startCircuit();
  const outputs = buildConditions(circuit, questions, loadPlanes(circuit, planes, place.bins), nan.isMixed).map(
    ({ wire, index }) => ({ wire, offset: place.matrix + index * place.stride }),
  );
  loop(
    code,
    block,
    () => get(code, 1),
    BLOCK_BYTES,
    () => {
      emitRowAddress(code, block, address);
      loop(
        code,
        row,
        () => constant(code, BLOCK_ROWS),
        16,
        () => {
          emitSixteenBins(code, { tables, locals, address, row, place, wide: planes > 8 });
        },
      );
      emitCircuit(code, circuit, outputs, { loadBase: zero, storeBase: block, scratch: 0 });
    },
  );
  return code;
}

/** A block of 16 bytes in the matrix stands for 128 rows of four bytes. */
function emitRowAddress(code: Code, block: number, address: number): void {
  get(code, block);
  constant(code, Math.log2((BLOCK_ROWS * ROW_BYTES) / BLOCK_BYTES));
  emit(code, op.i32Shl);
  get(code, 0);
  emit(code, op.i32Add);
  set(code, address);
}

interface BinLoop {
  readonly tables: BinTables;
  readonly locals: BinLocals;
  readonly address: number;
  readonly row: number;
  readonly place: FeaturePlace;
  readonly wide: boolean;
}

function emitSixteenBins(code: Code, { tables, locals, address, row, place, wide }: BinLoop): void {
  const halves = [addOrReuse(code), addOrReuse(code)];
  for (const [index, half] of halves.entries()) {
    for (const quarter of [0, 1]) {
      emitBins(code, tables, locals, address, place.column + (index * 2 + quarter) * 16);
    }
    emit(code, op.i16x8NarrowU);
    set(code, half);
  }
  emitBytes(code, halves, row, place.bins, wide ? [op.and, 0xff] : null);
  if (wide) emitBytes(code, halves, row, place.bins + BLOCK_ROWS, [op.i16x8ShrU, 8]);
  get(code, address);
  constant(code, 16 * ROW_BYTES);
  emit(code, op.i32Add);
  set(code, address);
  code.free.push(...halves);
}

function addOrReuse(code: Code): number {
  return code.free.pop() ?? addLocal(code, 'v128');
}

/** Stores one byte of each of sixteen bins, taken out of their 16 bits where they need them. */
function emitBytes(
  code: Code,
  halves: readonly number[],
  row: number,
  address: number,
  part: readonly [readonly number[], number] | null,
): void {
  get(code, row);
  for (const half of halves) {
    get(code, half);
    if (part === null) continue;
    constant(code, part[1]);
    emit(code, ...(part[0] === op.and ? [op.i16x8Splat, op.and] : [part[0]]));
  }
  emit(code, op.i8x16NarrowU);
  access(code, op.v128Store, address);
}

/** The bit planes of the bins, the lowest first. */
function loadPlanes(circuit: Circuit, planes: number, bins: number): readonly Wire[] {
  const loadByte = (start: number) =>
    transpose(
      circuit,
      Array.from({ length: 8 }, (_, index) => addGate(circuit, 'load', start + index * 16)),
    );
  const low = loadByte(bins);
  return (planes > 8 ? [...low, ...loadByte(bins + BLOCK_ROWS)] : low).slice(0, planes);
}

/**
 * `bin > cut` for every condition, from the bit planes. Comparing from the lowest bit on, a comparison with `cut` goes
 * on from the one with cut's lower bits, which it shares with others: about two operations for each of many cuts.
 */
function buildConditions(
  circuit: Circuit,
  { cuts, conditions }: FeatureQuestions,
  planes: readonly Wire[],
  isMixed: boolean,
): readonly { readonly wire: Wire; readonly index: number }[] {
  const known = new Map<number, Wire>();
  const greater = (cut: number, width: number): Wire => {
    if (width === 0) return ZERO;
    const lower = cut % 2 ** (width - 1);
    const key = 2 ** width + (cut % 2 ** width);
    const found = known.get(key);
    if (found !== undefined) return found;
    const rest = greater(lower, width - 1);
    const plane = planes[width - 1] ?? ZERO;
    const wire =
      lower === cut % 2 ** width ? addChoice(circuit, plane, ONE, rest) : addChoice(circuit, plane, rest, ZERO);
    known.set(key, wire);
    return wire;
  };
  // NaN's bin is the only one above that of the greatest numbers.
  const isNan = isMixed ? greater(cuts.length, planes.length) : ZERO;
  return conditions
    .map(({ cut, nanHigh }, index) => {
      const wire = greater(cut, planes.length);
      return {
        wire: isMixed && !nanHigh ? addGate(circuit, 'andNot', wire, isNan) : wire,
        index,
        order: reverseBits(cut),
      };
    })
    .sort((a, b) => a.order - b.order);
}

/** Neighbours in this order share their lower bits, so that what they share is not kept for long. */
function reverseBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 16; bit += 1) reversed = reversed * 2 + ((value >> bit) & 1);
  return reversed;
}
