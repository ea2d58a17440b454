import type { TreeEnsemble } from './ensemble.js';
import { emitLogistic, emitSigmoid } from './curve-code.js';
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

/** (offset of the first row's sum, bytes of a matrix line): sums → scores, in place. */
export function compileFinish({ divisor, base, curve }: TreeEnsemble, sums: number): Code {
  const code = startCode(2);
  const [at, address] = [addLocal(code, 'i32'), addLocal(code, 'i32')];
  const score = addLocal(code, 'v128');
  // 16 bytes of a matrix line are 128 rows, which are 512 bytes of scores.
  loop(
    code,
    at,
    () => emitLineBytes(code),
    16,
    () => {
      get(code, at);
      get(code, 0);
      emit(code, op.i32Add);
      set(code, address);
      get(code, address);
      get(code, address);
      access(code, op.v128Load, sums);
      if (divisor !== 1) {
        floatConstant(code, divisor);
        emit(code, op.f32x4Splat, op.f32x4Div);
      }
      if (base !== 0) {
        floatConstant(code, base);
        emit(code, op.f32x4Splat, op.f32x4Add);
      }
      if (curve !== 'none') {
        set(code, score);
        if (curve === 'logistic') emitLogistic(code, score);
        else emitSigmoid(code, score);
      }
      access(code, op.v128Store, sums);
    },
  );
  return code;
}

function emitLineBytes(code: Code): void {
  get(code, 1);
  constant(code, 5);
  emit(code, op.i32Shl);
}
