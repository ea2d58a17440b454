/** Flips every bit of some bytes. */
export function flipped(bytes: Buffer, from: number, to: number): Buffer {
  for (let at = from; at < to; at += 1) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  return bytes;
}

/** Flips one bit in the middle. */
export function oneBitFlipped(bytes: Buffer): Buffer {
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  return bytes;
}

export function cutShort(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length - 20);
}

/** Where the footer of a Parquet file begins, behind its data pages. */
export function footerOf(parquet: Buffer): number {
  return parquet.length - 8 - parquet.readUInt32LE(parquet.length - 8);
}
