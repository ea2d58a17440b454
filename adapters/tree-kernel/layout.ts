import type { DataSegment } from './wasm-module.js';

/** Rows that fit into one v128 of one bit each. */
export const BLOCK_ROWS = 128;
/** Bytes of one block in the matrix of conditions. */
export const BLOCK_BYTES = 16;
/** The most rows of one call: DuckDB hands over no more. */
export const MAX_ROWS = 2048;

/** Memory under construction: ranges are handed out from its start on, and some of them start with content. */
export interface Layout {
  size: number;
  readonly data: DataSegment[];
}

const LINE_BYTES = 64;
const distances = [4, 2, 1];

/** Begins with the masks of the bit transposition, so that their addresses are known to all. */
export function startLayout(): Layout {
  const layout: Layout = { size: 0, data: [] };
  const masks = new Uint8Array(distances.length * 16);
  for (const [index, byte] of [0x0f, 0x33, 0x55].entries()) masks.fill(byte, index * 16, index * 16 + 16);
  reserveContent(layout, masks);
  return layout;
}

/** The address of the bytes whose bits stay in the first of two wires that are exchanged over a distance. */
export function maskAddress(distance: number): number {
  return distances.indexOf(distance) * 16;
}

/** Reserves bytes at the start of a cache line. */
export function reserve(layout: Layout, bytes: number): number {
  const address = layout.size;
  layout.size += Math.ceil(bytes / LINE_BYTES) * LINE_BYTES;
  return address;
}

export function reserveContent(layout: Layout, content: Uint8Array | Float32Array | Int32Array): number {
  const address = reserve(layout, content.byteLength);
  layout.data.push({ address, bytes: new Uint8Array(content.buffer, content.byteOffset, content.byteLength) });
  return address;
}
