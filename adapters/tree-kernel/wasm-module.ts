import { finishCode, signed, unsigned, withLength, type Code } from './wasm-code.js';

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
    section(10, vector(functions.map(finishCode))),
    ...dataSection(data),
  ]);
}

function dataSection(data: readonly DataSegment[]): (readonly number[] | Uint8Array)[] {
  const heads = data.map(({ address, bytes }) => [0, 0x41, ...signed(address), 0x0b, ...unsigned(bytes.length)]);
  const count = unsigned(data.length);
  const size = data.reduce((sum, { bytes }, index) => sum + bytes.length + (heads[index]?.length ?? 0), count.length);
  return [[11], unsigned(size), count, ...data.flatMap(({ bytes }, index) => [heads[index] ?? [], bytes])];
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

function joinBytes(parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
