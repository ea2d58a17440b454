import { denominator, numerator, RANGE } from './sigmoid-coefficients.js';
import { addLocal, constant, doubleConstant, emit, floatConstant, get, op, set, tee, type Code } from './wasm-code.js';

/** Beyond it, 1 + exp(-x) is 1 in float32. */
const FLAT = 30;
/** Of exp's series, enough for 1e-13: float32 then rounds as the exact value would in all but a few cases. */
const TERMS = 11;

/**
 * ONNX Runtime's logistic function behind a tree classifier: `v = 1 / (1 + exp(-|x|))` in float32, and `1 - v` for a
 * negative x. Leaves four scores on the stack for the four sums in the local.
 */
export function emitLogistic(code: Code, sum: number): void {
  const [exponential, half] = [addLocal(code, 'v128'), addLocal(code, 'v128')];
  const value = exponential;
  get(code, sum);
  emit(code, op.f32x4Abs);
  floats(code, FLAT);
  emit(code, op.f32x4Min, op.f32x4Neg);
  set(code, exponential);
  const work = [addLocal(code, 'v128'), addLocal(code, 'v128')] as const;
  get(code, exponential);
  emitExp(code, work);
  set(code, half);
  get(code, half);
  get(code, exponential);
  get(code, exponential);
  emit(code, op.i8x16Shuffle, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]);
  emitExp(code, work);
  emit(code, op.i8x16Shuffle, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
  set(code, exponential);
  floats(code, 1);
  floats(code, 1);
  get(code, exponential);
  emit(code, op.f32x4Add, op.f32x4Div);
  set(code, value);
  floats(code, 1);
  get(code, value);
  emit(code, op.f32x4Sub);
  get(code, value);
  get(code, sum);
  floats(code, 0);
  emit(code, op.f32x4Lt, op.bitselect);
}

/** exp of the two lower floats on the stack, in float64, as two lower floats. */
function emitExp(code: Code, [power, rest]: readonly [number, number]): void {
  emit(code, op.f64x2PromoteLow);
  tee(code, rest);
  doubles(code, Math.LOG2E);
  emit(code, op.f64x2Mul, op.f64x2Nearest);
  set(code, power);
  get(code, rest);
  get(code, power);
  doubles(code, Math.LN2);
  emit(code, op.f64x2Mul, op.f64x2Sub);
  set(code, rest);
  let factor = 1;
  for (let term = 2; term < TERMS; term += 1) factor *= term;
  doubles(code, 1 / factor);
  for (let term = TERMS - 1; term > 0; term -= 1) {
    factor /= term;
    get(code, rest);
    emit(code, op.f64x2Mul);
    doubles(code, 1 / factor);
    emit(code, op.f64x2Add);
  }
  // Two to the power, by adding to the exponent.
  get(code, power);
  emit(code, op.i32x4TruncSatF64x2, op.i64x2ExtendLow);
  constant(code, 52);
  emit(code, op.i64x2Shl, op.i64x2Add, op.f32x4DemoteF64x2);
}

/** The rational approximation that ONNX Runtime's `Sigmoid` uses. Leaves four scores on the stack. */
export function emitSigmoid(code: Code, sum: number): void {
  const [value, square] = [addLocal(code, 'v128'), addLocal(code, 'v128')];
  get(code, sum);
  floats(code, -RANGE);
  emit(code, op.f32x4Max);
  floats(code, RANGE);
  emit(code, op.f32x4Min);
  tee(code, value);
  get(code, value);
  emit(code, op.f32x4Mul);
  set(code, square);
  emitPolynomial(code, numerator, square);
  get(code, value);
  emit(code, op.f32x4Mul);
  emitPolynomial(code, denominator, square);
  emit(code, op.f32x4Div);
  floats(code, 0.5);
  emit(code, op.f32x4Add);
  floats(code, 0);
  emit(code, op.f32x4Max);
  floats(code, 1);
  emit(code, op.f32x4Min);
}

function emitPolynomial(code: Code, coefficients: readonly number[], square: number): void {
  for (const [index, coefficient] of coefficients.entries()) {
    if (index > 0) {
      get(code, square);
      emit(code, op.f32x4Mul);
    }
    floats(code, coefficient);
    if (index > 0) emit(code, op.f32x4Add);
  }
}

function floats(code: Code, value: number): void {
  floatConstant(code, value);
  emit(code, op.f32x4Splat);
}

function doubles(code: Code, value: number): void {
  doubleConstant(code, value);
  emit(code, op.f64x2Splat);
}
