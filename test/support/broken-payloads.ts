import fc from 'fast-check';
import type { Payload } from '@temporalio/common';
import { anyJson } from './json-values.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A payload as a client would encode a value. */
export function jsonPayload(value: unknown): Payload {
  return { metadata: { encoding: bytes('json/plain') }, data: bytes(JSON.stringify(value) ?? '') };
}

const encodings = [
  'json/plain',
  'json/protobuf',
  'binary/null',
  'binary/plain',
  'binary/protobuf',
  'binary/encrypted',
  'json/external-storage-reference',
  '',
  'JSON/PLAIN',
];

const deepJson = fc
  .tuple(fc.constantFrom('[', '{"by":'), fc.integer({ min: 101, max: 20_000 }))
  .map(([open, depth]) => open.repeat(depth) + '1' + (open === '[' ? ']' : '}').repeat(depth));

const wide = fc
  .integer({ min: 100, max: 5_000 })
  .map((keys) =>
    JSON.stringify(Object.fromEntries(Array.from({ length: keys }, (_, key) => [`k${String(key)}`, key]))),
  );
const long = fc.integer({ min: 1_000, max: 300_000 }).map((length) => JSON.stringify({ by: 'x'.repeat(length) }));
const halves = [
  '{',
  '{"by":"Ada"',
  '"',
  'NaN',
  'undefined',
  '{"by":"Ada"}{"by":"Bob"}',
  '\u0000',
  '{"__proto__":{"by":1}}',
];

/** Large ones are rare: they take their time, and a server's history of many has no room for them. */
const text = fc.oneof(
  { weight: 20, arbitrary: anyJson.map((value) => JSON.stringify(value) ?? '') },
  { weight: 6, arbitrary: fc.constantFrom(...halves) },
  { weight: 1, arbitrary: deepJson },
  { weight: 1, arbitrary: long },
  { weight: 1, arbitrary: wide },
);

/** Anything that a raw client may put where one JSON object belongs. */
export const brokenPayload: fc.Arbitrary<Payload> = fc.record(
  {
    metadata: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...encodings).map((name) => ({ encoding: bytes(name) })) },
      fc.constant({}),
      fc.constant({ encoding: new Uint8Array([0xff, 0xfe, 0x00]) }),
      fc.constant({ encoding: bytes('json/plain'), messageType: bytes('temporal.api.common.v1.Payload') }),
      fc.uint8Array({ maxLength: 20 }).map((encoding) => ({ encoding })),
    ),
    data: fc.oneof({ weight: 3, arbitrary: text.map(bytes) }, fc.uint8Array({ maxLength: 200 })),
  },
  { requiredKeys: [] },
);
