/**
 * A place in a message of protocol buffers' wire format, and the field that was read last. One object is moved over
 * the fields of a message: a tree model has some hundred thousand of them, most of a number each, and a reader that
 * makes an object for every field takes longer over them than compiling the kernel does.
 */
export interface FieldCursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The end of the message. */
  readonly end: number;
  at: number;
  number: number;
  /** 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
  wire: number;
  /** The value of a varint. */
  value: number;
  /** Where the content of the other wire types lies. */
  start: number;
  stop: number;
}

export function openMessage(bytes: Uint8Array, start = 0, end = bytes.length): FieldCursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { bytes, view, end, at: start, number: 0, wire: 0, value: 0, start, stop: start };
}

/** The message that is the content of the field read last. */
export function openField({ bytes, start, stop }: FieldCursor): FieldCursor {
  return openMessage(bytes, start, stop);
}

/** Reads one field; false at the end of the message. Throws when a field runs over it. */
export function nextField(cursor: FieldCursor): boolean {
  if (cursor.at >= cursor.end) return false;
  const key = readVarint(cursor);
  cursor.number = Math.floor(key / 8);
  cursor.wire = key & 7;
  cursor.value = cursor.wire === 0 ? readVarint(cursor) : 0;
  const length = cursor.wire === 0 ? 0 : contentLength(cursor);
  cursor.start = cursor.at;
  cursor.stop = cursor.at + length;
  if (!(length >= 0 && cursor.stop <= cursor.end)) throw new Error('a field runs over the end of its message');
  cursor.at = cursor.stop;
  return true;
}

function contentLength(cursor: FieldCursor): number {
  switch (cursor.wire) {
    case 1:
      return 8;
    case 2:
      return readVarint(cursor);
    case 5:
      return 4;
    default:
      throw new Error(`it has a field of wire type ${cursor.wire}`);
  }
}

/** Adds the integers of the field read last, packed or not. */
export function pushIntegers(cursor: FieldCursor, into: number[]): void {
  if (cursor.wire === 0) {
    into.push(cursor.value);
    return;
  }
  const packed = openField(cursor);
  while (packed.at < packed.end) into.push(readVarint(packed));
}

/** Adds the float32 numbers of the field read last, packed or not. */
export function pushFloats({ view, start, stop }: FieldCursor, into: number[]): void {
  for (let at = start; at + 4 <= stop; at += 4) into.push(view.getFloat32(at, true));
}

export function readText({ bytes, start, stop }: FieldCursor): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, stop - start).toString('latin1');
}

/** A signed 64-bit integer, exact up to 2^53. */
function readVarint(cursor: FieldCursor): number {
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = cursor.at < cursor.end ? cursor.bytes[cursor.at] : undefined;
    if (byte === undefined) throw new Error('a number runs over the end of its message');
    cursor.at += 1;
    const bits = byte & 0x7f;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high |= bits >> 4;
    } else high |= bits << (shift - 32);
    if (byte < 0x80) return high * 2 ** 32 + (low >>> 0);
  }
  throw new Error('a number has more than ten bytes');
}
