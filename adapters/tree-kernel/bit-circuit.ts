/**
 * A network of operations on 128 bits at once, built without regard to what is used and in which order: the emitter
 * takes only what its outputs need. A wire is a number: an operation's place, or one of the constants below.
 */
export type Wire = number;

export const ZERO: Wire = -1;
export const ONE: Wire = -2;
/** A wire of which nobody minds what it carries. */
export const ANY: Wire = -3;

/**
 * `load` reads `memory[base + a]`, `kept` the scratch slot `a`, `mask` a constant byte pattern; shifts move by `b` bits
 * within 64-bit lanes.
 */
export type Gate =
  'load' | 'kept' | 'mask' | 'not' | 'and' | 'andNot' | 'or' | 'xor' | 'select' | 'shiftLeft' | 'shiftRight';

export interface Circuit {
  readonly gates: Gate[];
  readonly a: Wire[];
  readonly b: Wire[];
  readonly c: Wire[];
  /** Wires that go to the scratch slot of their place in this list before anything later is worked out. */
  readonly kept: Wire[];
}

export function startCircuit(): Circuit {
  return { gates: [], a: [], b: [], c: [], kept: [] };
}

export function addGate(circuit: Circuit, gate: Gate, a: Wire, b: Wire = ANY, c: Wire = ANY): Wire {
  circuit.gates.push(gate);
  circuit.a.push(a);
  circuit.b.push(b);
  circuit.c.push(c);
  return circuit.gates.length - 1;
}

/**
 * Puts a wire into memory and gives the wire that reads it there. The compiler below arranges a network level by level,
 * and runs out of registers on a wide one; memory cuts it into pieces that it works out one after another.
 */
export function keepWire(circuit: Circuit, wire: Wire): Wire {
  if (wire < 0 || circuit.gates[wire] === 'load' || circuit.gates[wire] === 'kept') return wire;
  return addGate(circuit, 'kept', circuit.kept.push(wire) - 1);
}

/** `condition ? high : low`, with as few operations as the constants among them allow. */
export function addChoice(circuit: Circuit, condition: Wire, high: Wire, low: Wire): Wire {
  if (high === ANY || high === low) return low;
  if (low === ANY) return high;
  if (high === ONE && low === ZERO) return condition;
  if (high === ZERO && low === ONE) return addGate(circuit, 'not', condition);
  if (high === ONE) return addGate(circuit, 'or', condition, low);
  if (high === ZERO) return addGate(circuit, 'andNot', low, condition);
  if (low === ZERO) return addGate(circuit, 'and', condition, high);
  if (low === ONE) return addGate(circuit, 'not', addGate(circuit, 'andNot', condition, high));
  return addGate(circuit, 'select', high, low, condition);
}

/** What a gate costs in instructions of the processor: it has no instruction for a choice. */
const costs: Readonly<Record<Gate, number>> = {
  load: 1,
  // One store and one load.
  kept: 2,
  mask: 1,
  not: 2,
  and: 1,
  andNot: 1,
  or: 1,
  xor: 1,
  select: 3,
  shiftLeft: 1,
  shiftRight: 1,
};

export function circuitCost({ gates }: Circuit): number {
  return gates.reduce((sum, gate) => sum + costs[gate], 0);
}

/**
 * Transposes eight wires of 16 bytes: bit k of byte p of wire b becomes bit b of byte p of wire k. Missing wires are
 * ZERO and cost nothing.
 */
export function transpose(circuit: Circuit, wires: readonly Wire[]): readonly Wire[] {
  const rows = Array.from({ length: 8 }, (_, index) => wires[index] ?? ZERO);
  for (const distance of [4, 2, 1]) {
    for (let index = 0; index < 8; index += 1) {
      if ((index & distance) !== 0) continue;
      const [first, second] = [rows[index] ?? ZERO, rows[index + distance] ?? ZERO];
      [rows[index], rows[index + distance]] = exchange(circuit, first, second, distance);
    }
  }
  return rows;
}

/** Swaps the bits of `first` that have the distance set in their number with those of `second` that have not. */
function exchange(circuit: Circuit, first: Wire, second: Wire, distance: number): readonly [Wire, Wire] {
  const add = (gate: Gate, a: Wire, b: Wire) => addGate(circuit, gate, a, b);
  if (first === ZERO && second === ZERO) return [ZERO, ZERO];
  const mask = addGate(circuit, 'mask', distance);
  if (second === ZERO) return [add('and', first, mask), add('and', add('shiftRight', first, distance), mask)];
  if (first === ZERO) return [add('shiftLeft', add('and', second, mask), distance), add('andNot', second, mask)];
  const moved = add('and', add('xor', add('shiftRight', first, distance), second), mask);
  return [add('xor', first, add('shiftLeft', moved, distance)), add('xor', second, moved)];
}
