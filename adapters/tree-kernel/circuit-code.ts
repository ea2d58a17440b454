import { ANY, ONE, ZERO, type Circuit, type Gate, type Wire } from './bit-circuit.js';
import { maskAddress } from './layout.js';
import { access, addLocal, constant, emit, get, op, tee, type Code } from './wasm-code.js';

/** The locals with the addresses that the loads and the stores of a circuit are relative to. */
export interface CircuitPlace {
  readonly loadBase: number;
  readonly storeBase: number;
  /** The address of the first scratch slot. */
  readonly scratch: number;
}

const instructions: Readonly<Record<Exclude<Gate, 'load' | 'kept' | 'mask'>, readonly number[]>> = {
  not: op.not,
  and: op.and,
  andNot: op.andNot,
  or: op.or,
  xor: op.xor,
  select: op.bitselect,
  shiftLeft: op.i64x2Shl,
  shiftRight: op.i64x2ShrU,
};

/**
 * Emits what the outputs need, each stored at its offset from the base, after the wires that are kept in memory. A
 * value that is used more than once stays in a local until its last use.
 */
export function emitCircuit(
  code: Code,
  circuit: Circuit,
  outputs: readonly { readonly wire: Wire; readonly offset: number }[],
  place: CircuitPlace,
): void {
  const emitter = {
    code,
    circuit,
    place,
    uses: countUses(circuit, [...circuit.kept, ...outputs.map(({ wire }) => wire)]),
    locals: new Map<Wire, number>(),
  };
  for (const [slot, wire] of circuit.kept.entries()) {
    constant(code, 0);
    emitWire(emitter, wire);
    access(code, op.v128Store, place.scratch + slot * SLOT_BYTES);
  }
  for (const { wire, offset } of outputs) {
    get(code, place.storeBase);
    emitWire(emitter, wire);
    access(code, op.v128Store, offset);
  }
}

export const SLOT_BYTES = 16;

interface Emitter {
  readonly code: Code;
  readonly circuit: Circuit;
  readonly place: CircuitPlace;
  readonly uses: Int32Array;
  readonly locals: Map<Wire, number>;
}

/** Gates come after what they use, so that one pass from the last to the first sees every use. */
function countUses(circuit: Circuit, outputs: readonly Wire[]): Int32Array {
  const uses = new Int32Array(circuit.gates.length);
  const count = (wire: Wire | undefined): void => {
    if (wire !== undefined && wire >= 0) uses[wire] = (uses[wire] ?? 0) + 1;
  };
  outputs.forEach(count);
  for (let gate = uses.length - 1; gate >= 0; gate -= 1) {
    if (uses[gate] !== 0) operands(circuit, gate).forEach(count);
  }
  return uses;
}

function operands({ gates, a, b, c }: Circuit, wire: Wire): readonly Wire[] {
  const [first = ANY, second = ANY, third = ANY] = [a[wire], b[wire], c[wire]];
  const gate = gates[wire];
  if (gate === 'load' || gate === 'kept' || gate === 'mask') return [];
  if (gate === 'not' || gate === 'shiftLeft' || gate === 'shiftRight') return [first];
  return gate === 'select' ? [first, second, third] : [first, second];
}

function emitWire(emitter: Emitter, wire: Wire): void {
  const { code, uses, locals } = emitter;
  if (wire < 0) {
    emitConstant(code, wire);
    return;
  }
  const local = locals.get(wire);
  const usesLeft = (uses[wire] ?? 0) - 1;
  uses[wire] = usesLeft;
  if (local !== undefined) {
    get(code, local);
    if (usesLeft === 0) release(emitter, wire, local);
    return;
  }
  emitGate(emitter, wire);
  if (usesLeft === 0) return;
  const fresh = code.free.pop() ?? addLocal(code, 'v128');
  locals.set(wire, fresh);
  tee(code, fresh);
}

function release({ code, locals }: Emitter, wire: Wire, local: number): void {
  locals.delete(wire);
  code.free.push(local);
}

function emitGate(emitter: Emitter, wire: Wire): void {
  const { code, circuit, place } = emitter;
  const gate = circuit.gates[wire];
  if (gate === undefined) return;
  const a = circuit.a[wire] ?? 0;
  if (gate === 'load' || gate === 'kept' || gate === 'mask') {
    if (gate === 'load') get(code, place.loadBase);
    else constant(code, 0);
    const fixed = gate === 'mask' ? maskAddress(a) : place.scratch + a * SLOT_BYTES;
    access(code, op.v128Load, gate === 'load' ? a : fixed);
    return;
  }
  for (const operand of operands(circuit, wire)) emitWire(emitter, operand);
  if (gate === 'shiftLeft' || gate === 'shiftRight') constant(code, circuit.b[wire] ?? 0);
  emit(code, instructions[gate]);
}

function emitConstant(code: Code, wire: Wire): void {
  constant(code, wire === ONE ? -1 : 0);
  emit(code, op.i8x16Splat);
  if (wire !== ONE && wire !== ZERO && wire !== ANY) throw new Error(`wire ${String(wire)} is unknown`);
}
