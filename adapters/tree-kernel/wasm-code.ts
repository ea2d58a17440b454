/** The instructions that the kernel is made of, by their names in the WebAssembly text format. */
export const op = {
  loop: [0x03, 0x40],
  end: [0x0b],
  call: [0x10],
  brIf: [0x0d],
  localGet: [0x20],
  localSet: [0x21],
  localTee: [0x22],
  i32Const: [0x41],
  f32Const: [0x43],
  i32LtU: [0x49],
  i32Add: [0x6a],
  i32Sub: [0x6b],
  i32Mul: [0x6c],
  i32Or: [0x72],
  i32Shl: [0x74],
  i32ShrU: [0x76],
  f32Add: [0x92],
  select: [0x1b],
  i32Load8U: [0x2d],
  f32Load: [0x2a],
  f32Store: [0x38],
  v128Load: simd(0x00),
  v128Store: simd(0x0b),
  i8x16Shuffle: simd(0x0d),
  i8x16Splat: simd(0x0f),
  i16x8Splat: simd(0x10),
  i32x4Splat: simd(0x11),
  f32x4Splat: simd(0x13),
  f64x2Splat: simd(0x14),
  i32x4ExtractLane: simd(0x1b),
  f32x4Eq: simd(0x41),
  f32x4Lt: simd(0x43),
  f32x4Gt: simd(0x44),
  not: simd(0x4d),
  and: simd(0x4e),
  andNot: simd(0x4f),
  or: simd(0x50),
  xor: simd(0x51),
  bitselect: simd(0x52),
  load32Lane: simd(0x56),
  load32Zero: simd(0x5c),
  load64Zero: simd(0x5d),
  f32x4DemoteF64x2: simd(0x5e),
  f64x2PromoteLow: simd(0x5f),
  i8x16NarrowU: simd(0x66),
  i16x8NarrowU: simd(0x86),
  i16x8ShrU: simd(0x8d),
  i32x4Shl: simd(0xab),
  i32x4ShrS: simd(0xac),
  i32x4ShrU: simd(0xad),
  i32x4Add: simd(0xae),
  i32x4Sub: simd(0xb1),
  i32x4MinS: simd(0xb6),
  i32x4MaxS: simd(0xb8),
  i64x2ExtendLow: simd(0xc7),
  i64x2Shl: simd(0xcb),
  i64x2ShrU: simd(0xcd),
  i64x2Add: simd(0xce),
  f64x2Nearest: simd(0x94),
  f32x4Abs: simd(0xe0),
  f32x4Neg: simd(0xe1),
  f32x4Add: simd(0xe4),
  f32x4Sub: simd(0xe5),
  f32x4Mul: simd(0xe6),
  f32x4Div: simd(0xe7),
  f32x4Min: simd(0xe8),
  f32x4Max: simd(0xe9),
  f32x4PMin: simd(0xea),
  f32x4PMax: simd(0xeb),
  f64x2Add: simd(0xf0),
  f64x2Sub: simd(0xf1),
  f64x2Mul: simd(0xf2),
  f64x2Div: simd(0xf3),
  f64x2PMin: simd(0xf6),
  f64x2PMax: simd(0xf7),
  i32x4TruncSatF64x2: simd(0xfc),
} as const;

function simd(opcode: number): readonly number[] {
  return [0xfd, ...unsigned(opcode)];
}

/** The bytes of an unsigned integer (LEB128). */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value & 0x7f) | 0x80);
  bytes.push(value);
  return bytes;
}

/** The bytes of a signed 32-bit integer. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const byte = value & 0x7f;
    value >>= 7;
    if ((value === 0 && (byte & 0x40) === 0) || (value === -1 && (byte & 0x40) !== 0)) return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}

export type ValueType = 'i32' | 'f32' | 'v128';
const typeBytes: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

/** A function body under construction. Parameters are i32 and are the first locals. */
export interface Code {
  readonly bytes: number[];
  readonly parameters: number;
  readonly locals: ValueType[];
  /** Free locals that held a v128. */
  readonly free: number[];
}

export function startCode(parameters: number): Code {
  return { bytes: [], parameters, locals: [], free: [] };
}

export function addLocal(code: Code, type: ValueType): number {
  code.locals.push(type);
  return code.parameters + code.locals.length - 1;
}

export function emit(code: Code, ...instructions: (readonly number[])[]): void {
  for (const instruction of instructions) for (const byte of instruction) code.bytes.push(byte);
}

function emitNumbered(code: Code, instruction: readonly number[], value: number): void {
  for (const byte of instruction) code.bytes.push(byte);
  for (; value > 0x7f; value >>>= 7) code.bytes.push((value & 0x7f) | 0x80);
  code.bytes.push(value);
}

export function get(code: Code, local: number): void {
  emitNumbered(code, op.localGet, local);
}

export function set(code: Code, local: number): void {
  emitNumbered(code, op.localSet, local);
}

export function tee(code: Code, local: number): void {
  emitNumbered(code, op.localTee, local);
}

export function constant(code: Code, value: number): void {
  emit(code, op.i32Const, signed(value));
}

/** An access to memory at the address on the stack plus `offset`. Alignment is a hint only: none is promised. */
export function access(code: Code, instruction: readonly number[], offset: number): void {
  for (const byte of instruction) code.bytes.push(byte);
  emitNumbered(code, NO_ALIGNMENT, offset);
}

const NO_ALIGNMENT = [0];

const float = new Float32Array(1);
const double = new Float64Array(1);

export function floatConstant(code: Code, value: number): void {
  float[0] = value;
  emit(code, op.f32Const, [...new Uint8Array(float.buffer)]);
}

export function doubleConstant(code: Code, value: number): void {
  double[0] = value;
  emit(code, [0x44], [...new Uint8Array(double.buffer)]);
}

/** `for (local = 0; local < limit; local += step)`, run at least once. */
export function loop(code: Code, local: number, limit: () => void, step: number, body: () => void): void {
  constant(code, 0);
  set(code, local);
  emit(code, op.loop);
  body();
  get(code, local);
  constant(code, step);
  emit(code, op.i32Add);
  tee(code, local);
  limit();
  emit(code, op.i32LtU, op.brIf, [0], op.end);
}

/** What stands before the instructions of a finished body in the code section; `end` stands behind them. */
export function declareLocals(code: Code): number[] {
  const groups: (readonly [number, ValueType])[] = [];
  for (const type of code.locals) {
    const last = groups.at(-1);
    if (last?.[1] === type) groups[groups.length - 1] = [last[0] + 1, type];
    else groups.push([1, type]);
  }
  const locals = groups.flatMap(([count, type]) => [...unsigned(count), typeBytes[type]]);
  return [...unsigned(groups.length), ...locals];
}

export function withLength(bytes: readonly number[]): number[] {
  return unsigned(bytes.length).concat(bytes);
}
