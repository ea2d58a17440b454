import { declareLocals, op, signed, unsigned, withLength, type Code } from './wasm-code.js';

/** Bytes that memory starts with. */
export interface DataSegment {
  readonly address: number;
  readonly bytes: Uint8Array;
}

const PAGE_BYTES = 65_536;

/** A module with one memory and functions of i32 parameters without results; exports `memory` and, as `run`, the last. */
export function assembleModule(args: {
  readonly memoryBytes: number;
  readonly functions: readonly Code[];
  readonly data: readonly DataSegment[];
}): Uint8Array<ArrayBuffer> {
  const { functions, data } = args;
  const arities = [...new Set(functions.map(({ parameters }) => parameters))];
  const types = arities.map((arity) => [0x60, arity, ...Array<number>(arity).fill(0x7f), 0]);
  const pages = Math.ceil(args.memoryBytes / PAGE_BYTES);
  const exported = [...name('memory'), 2, 0, ...name('run'), 0, ...unsigned(functions.length - 1)];
  return joinBytes([
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, vector(types)),
    section(3, vector(functions.map(({ parameters }) => [arities.indexOf(parameters)]))),
    section(5, [1, 1, ...unsigned(pages), ...unsigned(pages)]),
    section(7, [2, ...exported]),
    ...codeSection(functions),
    ...dataSection(data),
  ]);
}

type Bytes = readonly number[] | Uint8Array;

function codeSection(functions: readonly Code[]): Bytes[] {
  const bodies = functions.map((code) => [declareLocals(code), code.bytes, op.end]);
  return listSection(
    10,
    bodies.map((body) => [unsigned(lengthOf(body)), ...body]),
  );
}

function dataSection(data: readonly DataSegment[]): Bytes[] {
  return listSection(
    11,
    data.map(({ address, bytes }) => [[0, 0x41, ...signed(address), 0x0b, ...unsigned(bytes.length)], bytes]),
  );
}

/** A section of large items, which are not copied before all is joined. */
function listSection(id: number, items: readonly (readonly Bytes[])[]): Bytes[] {
  const content = [unsigned(items.length), ...items.flat()];
  return [[id], unsigned(lengthOf(content)), ...content];
}

function lengthOf(parts: readonly Bytes[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function section(id: number, content: readonly number[]): number[] {
  return [id].concat(withLength(content));
}

function vector(items: readonly (readonly number[])[]): number[] {
  return unsigned(items.length).concat(...items);
}

function name(text: string): number[] {
  return withLength([...Buffer.from(text)]);
}

function joinBytes(parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
