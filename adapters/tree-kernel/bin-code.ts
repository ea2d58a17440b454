import { ROUNDING, type BucketKey, type Buckets } from './buckets.js';
import { reserveContent, type Layout } from './layout.js';
import { access, addLocal, constant, emit, floatConstant, get, op, set, type Code } from './wasm-code.js';

/** The tables by which the values of one feature become bins, and the locals that hold constants for it. */
export interface BinTables {
  readonly buckets: Buckets;
  readonly starts: number;
  readonly cuts: number;
}

/** `nanBin` is the bin of NaN, whose key is the one after the last bucket. */
export function placeBinTables(layout: Layout, buckets: Buckets, cuts: Float32Array, nanBin: number): BinTables {
  const starts = new Int32Array(buckets.starts.length + 1);
  // In bytes, ready to be an address.
  for (const [bucket, start] of buckets.starts.entries()) starts[bucket] = start * 4;
  starts[buckets.starts.length] = nanBin * 4;
  // No value is greater than Infinity; NaN's bin lies behind the cuts.
  const padded = new Float32Array(cuts.length + 1 + 2 ** buckets.steps).fill(Infinity);
  padded.set(cuts);
  return { buckets, starts: reserveContent(layout, starts), cuts: reserveContent(layout, padded) };
}

/** Constants of the key arithmetic, set before the loop over the rows, and working locals. */
export interface BinLocals {
  readonly constants: readonly number[];
  readonly value: number;
  readonly place: number;
  readonly found: number;
}

export function prepareBins(code: Code, { buckets: { key } }: BinTables): BinLocals {
  const constants = keyConstants(key).map(([kind, value]) => {
    if (kind === 'float') floatConstant(code, value);
    else constant(code, value | 0);
    emit(code, kind === 'float' ? op.f32x4Splat : op.i32x4Splat);
    const local = addLocal(code, 'v128');
    set(code, local);
    return local;
  });
  const vector = () => addLocal(code, 'v128');
  return { constants, value: vector(), place: vector(), found: vector() };
}

function keyConstants(key: BucketKey): readonly (readonly ['float' | 'integer', number])[] {
  return key.kind === 'scaled'
    ? [
        ['float', key.lowest],
        ['float', key.scale],
        ['float', key.buckets - 1],
        ['float', key.buckets],
        ['float', 0],
        ['float', ROUNDING],
      ]
    : [
        ['integer', key.lowest],
        ['integer', key.highest],
        ['integer', key.buckets * 4],
      ];
}

/** Leaves the bins of four values (an i32x4) on the stack; `address` is a local with the address of the first. */
export function emitBins(code: Code, tables: BinTables, locals: BinLocals, address: number, offset: number): void {
  get(code, address);
  access(code, op.v128Load, offset);
  set(code, locals.value);
  emitKey(code, tables.buckets.key, locals);
  set(code, locals.place);
  emitGather(code, tables.starts, locals);
  set(code, locals.place);
  for (let step = tables.buckets.steps - 1; step >= 0; step -= 1) {
    const distance = 2 ** step;
    emitGather(code, tables.cuts + (distance - 1) * 4, locals);
    set(code, locals.found);
    if (step === 0) {
      emitLastStep(code, locals);
      return;
    }
    get(code, locals.place);
    get(code, locals.value);
    get(code, locals.found);
    emit(code, op.f32x4Gt);
    constant(code, distance * 4);
    emit(code, op.i32x4Splat, op.and, op.i32x4Add);
    set(code, locals.place);
  }
}

/** From a byte offset to a number of cuts: a true comparison is -1. */
function emitLastStep(code: Code, { place, value, found }: BinLocals): void {
  get(code, place);
  constant(code, 2);
  emit(code, op.i32x4ShrU);
  get(code, value);
  get(code, found);
  emit(code, op.f32x4Gt, op.i32x4Sub);
}

/** The byte offsets of the values' buckets in the table of starts. */
function emitKey(code: Code, key: BucketKey, { constants, value, place }: BinLocals): void {
  const use = (index: number, ...instructions: (readonly number[])[]): void => {
    get(code, constants[index] ?? 0);
    emit(code, ...instructions);
  };
  if (key.kind === 'scaled') {
    // The smaller of two numbers is taken so that NaN first stays, and then becomes the key after the last.
    use(3);
    get(code, value);
    use(0, op.f32x4Sub);
    use(1, op.f32x4Mul);
    use(2, op.f32x4PMin, op.f32x4PMin);
    set(code, place);
    use(4);
    get(code, place);
    emit(code, op.f32x4PMax);
    use(5, op.f32x4Add);
    // The low bits of the sum are the key; all others are shifted out.
    constant(code, 18);
    emit(code, op.i32x4Shl);
    constant(code, 16);
    emit(code, op.i32x4ShrU);
    return;
  }
  get(code, value);
  get(code, value);
  constant(code, 31);
  emit(code, op.i32x4ShrS);
  constant(code, 1);
  emit(code, op.i32x4ShrU, op.xor);
  use(0, op.i32x4MaxS);
  use(1, op.i32x4MinS);
  use(0, op.i32x4Sub);
  constant(code, key.shift);
  emit(code, op.i32x4ShrU);
  constant(code, 2);
  emit(code, op.i32x4Shl);
  use(2);
  get(code, value);
  get(code, value);
  emit(code, op.f32x4Eq, op.bitselect);
}

/** Four numbers from a table, at the byte offsets in `place`. */
function emitGather(code: Code, table: number, { place, found }: BinLocals): void {
  for (let lane = 0; lane < 4; lane += 1) {
    get(code, place);
    emit(code, op.i32x4ExtractLane, [lane]);
    if (lane > 0) get(code, found);
    access(code, lane === 0 ? op.load32Zero : op.load32Lane, table);
    if (lane > 0) emit(code, [lane]);
    if (lane < 3) set(code, found);
  }
}
