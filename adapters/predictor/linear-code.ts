import { denominator, numerator, RANGE } from '../tree-kernel/sigmoid-coefficients.js';
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
import type { LinearModel } from './linear-model.js';

/** Where the kernel's memory holds what: a column for every feature, the scores, and each weight twice as float64. */
export interface LinearLayout {
  readonly columnBytes: number;
  readonly scores: number;
  readonly weights: number;
}

export const WEIGHT_BYTES = 16;
const ROW_BYTES = 4;
const PAIR_BYTES = 2 * ROW_BYTES;
/** Pairs of rows in one pass: while one waits for its last sum, the others go on. */
const PAIRS = 4;

/** (rows): columns → scores, eight rows a pass. */
export function compileLinear({ weights, bias, link }: LinearModel, layout: LinearLayout): Code {
  const code = startCode(1);
  const row = addLocal(code, 'i32');
  const sums = Array.from({ length: PAIRS }, () => addLocal(code, 'v128'));
  const addProducts = createSums(code, { row, sums, features: weights.length, layout });
  const sigmoid = createSigmoid(code);
  const limit = () => {
    get(code, 0);
    constant(code, ROW_BYTES);
    emit(code, op.i32Mul);
  };
  loop(code, row, limit, PAIRS * PAIR_BYTES, () => {
    addProducts();
    for (const sum of sums) {
      get(code, sum);
      doubles(code, Math.fround(bias));
      emit(code, op.f64x2Add);
      round(code);
      if (link === 'sigmoid') sigmoid();
      set(code, sum);
    }
    for (let pair = 0; pair < PAIRS; pair += 2) {
      get(code, row);
      joinPairs(code, sums[pair] ?? 0, sums[pair + 1] ?? 0);
      access(code, op.v128Store, layout.scores + pair * PAIR_BYTES);
    }
  });
  return code;
}

interface Sums {
  readonly row: number;
  readonly sums: readonly number[];
  readonly features: number;
  readonly layout: LinearLayout;
}

/** Feature by feature: sum = round(sum + value × weight) for every pair. */
function createSums(code: Code, { row, sums, features, layout }: Sums): () => void {
  const [weight, address] = [addLocal(code, 'i32'), addLocal(code, 'i32')];
  const limit = () => {
    constant(code, features * WEIGHT_BYTES);
  };
  return () => {
    for (const sum of sums) {
      doubles(code, 0);
      set(code, sum);
    }
    get(code, row);
    set(code, address);
    loop(code, weight, limit, WEIGHT_BYTES, () => {
      for (const [pair, sum] of sums.entries()) {
        get(code, sum);
        get(code, address);
        access(code, op.load64Zero, pair * PAIR_BYTES);
        emit(code, op.f64x2PromoteLow);
        get(code, weight);
        access(code, op.v128Load, layout.weights);
        emit(code, op.f64x2Mul, op.f64x2Add);
        round(code);
        set(code, sum);
      }
      get(code, address);
      constant(code, layout.columnBytes);
      emit(code, op.i32Add);
      set(code, address);
    });
  };
}

/** Two pairs of float64 as four float32. */
function joinPairs(code: Code, first: number, second: number): void {
  get(code, first);
  emit(code, op.f32x4DemoteF64x2);
  get(code, second);
  emit(code, op.f32x4DemoteF64x2);
  emit(code, op.i8x16Shuffle, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
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
