import { BLOCK_BYTES, BLOCK_ROWS } from './layout.js';
import { addLocal, constant, emit, get, loop, op, set, startCode, tee, unsigned, type Code } from './wasm-code.js';

/** (rows): sends the rows through all steps, so many at a time. */
export function compileRun(steps: number, rowsAtOnce: number): Code {
  const code = startCode(1);
  const [row, line] = [addLocal(code, 'i32'), addLocal(code, 'i32')];
  loop(
    code,
    row,
    () => get(code, 0),
    rowsAtOnce,
    () => {
      emitLine(code, row, line, rowsAtOnce);
      for (let step = 0; step < steps; step += 1) {
        get(code, row);
        constant(code, 2);
        emit(code, op.i32Shl);
        get(code, line);
        emit(code, op.call, unsigned(step));
      }
    },
  );
  return code;
}

/** Bytes of a matrix line for the rows that are left, in whole blocks. */
function emitLine(code: Code, row: number, line: number, rowsAtOnce: number): void {
  get(code, 0);
  get(code, row);
  emit(code, op.i32Sub);
  tee(code, line);
  constant(code, rowsAtOnce);
  get(code, line);
  constant(code, rowsAtOnce);
  emit(code, op.i32LtU, op.select);
  constant(code, BLOCK_ROWS - 1);
  emit(code, op.i32Add);
  constant(code, Math.log2(BLOCK_ROWS));
  emit(code, op.i32ShrU);
  constant(code, Math.log2(BLOCK_BYTES));
  emit(code, op.i32Shl);
  set(code, line);
}
