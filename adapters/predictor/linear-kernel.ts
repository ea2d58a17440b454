import { denominator, numerator, RANGE } from '../tree-kernel/sigmoid-coefficients.js';
import { startModule } from '../tree-kernel/start-module.js';
import {
  access,
  addLocal,
  constant,
  doubleConstant,
  emit,
  get,
  loop,
  op,
  set,
  startCode,
  tee,
  type Code,
} from '../tree-kernel/wasm-code.js';
import { assembleModule } from '../tree-kernel/wasm-module.js';
import type { BlockModel } from './block-model.js';
import type { LinearModel } from './linear-model.js';

const MAX_ROWS = 2_048;
/** ONNX Runtime cuts longer sums into pieces. */
const MAX_FEATURES = 256;
/** Not a power of two, or all columns would compete for the same lines of the cache. */
const COLUMN_BYTES = MAX_ROWS * 4 + 64;
const WEIGHT_BYTES = 16;
/** Rows of one pass, in pairs: one pair waits for its last sum while the others go on. */
const PAIRS = 4;
const ROW_BYTES = 4;
const PAIR_BYTES = 2 * ROW_BYTES;

/**
 * A linear model as machine code that repeats ONNX Runtime's arithmetic bit by bit on processors with fused
 * multiply-add: products are added to the sum in the order of the features, each step rounded once, to float32; then the
 * bias; then the rational sigmoid, rounded in the same way. A product of two float32 is exact in float64, so that one
 * float64 addition and one rounding to float32 do what the fused instruction does. Null where it has too many features.
 */
export function loadLinearKernel(model: LinearModel): BlockModel | null {
  const features = model.weights.length;
  if (features === 0 || features > MAX_FEATURES) return null;
  const { memory, run } = startModule(compileLinear(model));
  const columns = model.weights.map(
    (_weight, index) => new Float32Array(memory.buffer, index * COLUMN_BYTES, MAX_ROWS),
  );
  const scores = new Float32Array(memory.buffer, features * COLUMN_BYTES, MAX_ROWS);
  return {
    begin: () => undefined,
    setColumn: (index, values) => columns[index]?.set(values),
    run(rows) {
      run(rows);
      return scores.subarray(0, rows);
    },
  };
}

/** Memory: a column for every feature, the column of scores, the weights, each twice as float64. */
function compileLinear({ weights, bias, link }: LinearModel): Uint8Array {
  const scores = weights.length * COLUMN_BYTES;
  const firstWeight = scores + COLUMN_BYTES;
  const pairsOfWeights = Float64Array.from(weights.flatMap((weight) => [Math.fround(weight), Math.fround(weight)]));
  const code = startCode(1);
  const [row, feature, address] = [addLocal(code, 'i32'), addLocal(code, 'i32'), addLocal(code, 'i32')];
  const sums = Array.from({ length: PAIRS }, () => addLocal(code, 'v128'));
  const sigmoid = createSigmoid(code);
  const limit = () => {
    get(code, 0);
    constant(code, ROW_BYTES);
    emit(code, op.i32Mul);
  };
  loop(code, row, limit, PAIRS * PAIR_BYTES, () => {
    for (const sum of sums) {
      doubles(code, 0);
      set(code, sum);
    }
    get(code, row);
    set(code, address);
    loop(
      code,
      feature,
      () => {
        constant(code, weights.length * WEIGHT_BYTES);
      },
      WEIGHT_BYTES,
      () => {
        for (const [pair, sum] of sums.entries()) addProduct(code, { sum, address, feature, pair, firstWeight });
        get(code, address);
        constant(code, COLUMN_BYTES);
        emit(code, op.i32Add);
        set(code, address);
      },
    );
    for (const sum of sums) {
      get(code, sum);
      doubles(code, Math.fround(bias));
      emit(code, op.f64x2Add);
      round(code);
      if (link === 'sigmoid') sigmoid();
      set(code, sum);
    }
    for (let pair = 0; pair < PAIRS; pair += 2)
      storePairs(code, sums[pair] ?? 0, sums[pair + 1] ?? 0, row, scores + pair * PAIR_BYTES);
  });
  const data = [{ address: firstWeight, bytes: new Uint8Array(pairsOfWeights.buffer) }];
  return assembleModule({ memoryBytes: firstWeight + weights.length * WEIGHT_BYTES, functions: [code], data });
}

/** sum = round(sum + value × weight) for a pair of rows. */
function addProduct(
  code: Code,
  at: {
    readonly sum: number;
    readonly address: number;
    readonly feature: number;
    readonly pair: number;
    readonly firstWeight: number;
  },
): void {
  get(code, at.sum);
  get(code, at.address);
  access(code, op.load64Zero, at.pair * PAIR_BYTES);
  emit(code, op.f64x2PromoteLow);
  get(code, at.feature);
  access(code, op.v128Load, at.firstWeight);
  emit(code, op.f64x2Mul, op.f64x2Add);
  round(code);
  set(code, at.sum);
}

/** Two pairs of float64 as four float32. */
function storePairs(code: Code, first: number, second: number, row: number, offset: number): void {
  get(code, row);
  get(code, first);
  emit(code, op.f32x4DemoteF64x2);
  get(code, second);
  emit(code, op.f32x4DemoteF64x2);
  emit(code, op.i8x16Shuffle, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
  access(code, op.v128Store, offset);
}

/** Replaces the pair on the stack by its sigmoid; NaN stays NaN. */
function createSigmoid(code: Code): () => void {
  const [value, square, top] = [addLocal(code, 'v128'), addLocal(code, 'v128'), addLocal(code, 'v128')];
  return () => {
    clamp(code, -RANGE, RANGE);
    tee(code, value);
    get(code, value);
    emit(code, op.f64x2Mul);
    round(code);
    set(code, square);
    polynomial(code, numerator, square);
    get(code, value);
    emit(code, op.f64x2Mul);
    round(code);
    set(code, top);
    get(code, top);
    polynomial(code, denominator, square);
    emit(code, op.f64x2Div);
    round(code);
    doubles(code, 0.5);
    emit(code, op.f64x2Add);
    round(code);
    clamp(code, 0, 1);
  };
}

function polynomial(code: Code, coefficients: readonly number[], square: number): void {
  for (const [index, coefficient] of coefficients.entries()) {
    if (index > 0) {
      get(code, square);
      emit(code, op.f64x2Mul);
    }
    doubles(code, Math.fround(coefficient));
    if (index > 0) {
      emit(code, op.f64x2Add);
      round(code);
    }
  }
}

function clamp(code: Code, least: number, most: number): void {
  doubles(code, least);
  emit(code, op.f64x2PMax);
  doubles(code, most);
  emit(code, op.f64x2PMin);
}

/** The pair on the stack as float32 would hold it. */
function round(code: Code): void {
  emit(code, op.f32x4DemoteF64x2, op.f64x2PromoteLow);
}

function doubles(code: Code, value: number): void {
  doubleConstant(code, value);
  emit(code, op.f64x2Splat);
}
