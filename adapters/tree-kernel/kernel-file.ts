import { createHash } from 'node:crypto';

/** A kernel as it is kept: where its memory holds what, and the module. */
export interface KernelFile {
  readonly features: number;
  /** The address of the first column, and the bytes from one to the next. */
  readonly columns: number;
  readonly columnBytes: number;
  readonly scores: number;
  readonly module: Uint8Array<ArrayBuffer>;
}

const MAGIC = 'GTREEKRN';
/** Changes with everything that makes an old file wrong for a new program, or a new one for an old. */
const VERSION = 1;
const DIGEST_BYTES = 32;
const NUMBERS = 5;
const HEAD_BYTES = MAGIC.length + DIGEST_BYTES + NUMBERS * 4;

/** `GTREEKRN`, the SHA-256 of all that follows, five numbers, the module. */
export function packKernel({ features, columns, columnBytes, scores, module }: KernelFile): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEAD_BYTES + module.length);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from(MAGIC));
  for (const [index, value] of [VERSION, features, columns, columnBytes, scores].entries()) {
    view.setUint32(MAGIC.length + DIGEST_BYTES + index * 4, value, true);
  }
  bytes.set(module, HEAD_BYTES);
  bytes.set(digestOf(bytes), MAGIC.length);
  return bytes;
}

/** Throws when the bytes are no kernel, are of another version, or have changed. */
export function unpackKernel(bytes: Uint8Array): KernelFile {
  const text = Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1');
  if (text !== MAGIC || bytes.length < HEAD_BYTES) throw new Error('not a tree kernel');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = (index: number) => view.getUint32(MAGIC.length + DIGEST_BYTES + index * 4, true);
  if (number(0) !== VERSION) throw new Error(`a tree kernel of version ${number(0)}; this program reads ${VERSION}`);
  const stored = bytes.subarray(MAGIC.length, MAGIC.length + DIGEST_BYTES);
  if (Buffer.compare(stored, digestOf(bytes)) !== 0) throw new Error('the tree kernel is damaged: its digest differs');
  return {
    features: number(1),
    columns: number(2),
    columnBytes: number(3),
    scores: number(4),
    module: Uint8Array.from(bytes.subarray(HEAD_BYTES)),
  };
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash('sha256')
    .update(bytes.subarray(MAGIC.length + DIGEST_BYTES))
    .digest();
}
