import type { Fault } from '../support/fault-proxy.js';

/** How a write to the store on S3 can go wrong. */
export const s3Faults = {
  'fail before': { do: 'answer', status: 500, code: 'InternalError' },
  'applied, then fail': { do: 'answer', status: 500, code: 'InternalError', applied: true },
  'reset before': { do: 'reset', applied: false },
  'applied, then reset': { do: 'reset', applied: true },
  slow: { do: 'slow', ms: 1_500 },
  'too busy': { do: 'answer', status: 503, code: 'SlowDown' },
  'conflict of conditional writes': { do: 'answer', status: 409, code: 'ConditionalRequestConflict' },
  'applied, then taken for somebody else’s': { do: 'answer', status: 412, code: 'PreconditionFailed', applied: true },
} as const satisfies Readonly<Record<string, Fault>>;

export type S3Fault = keyof typeof s3Faults;

/** A fault at one write of a life, counted from 1. */
export interface S3Case {
  readonly nth: number;
  readonly fault: S3Fault;
}

/** Every fault at writes spread over the whole life; `every` writes lie between two of them. */
export function s3Cases(writes: number, every: number): readonly S3Case[] {
  const faults = Object.keys(s3Faults) as S3Fault[];
  const nths = Array.from({ length: Math.floor(writes / every) }, (_, index) => index * every + 1);
  return nths.flatMap((nth) => faults.map((fault, index) => ({ nth: nth + (index % every), fault })));
}
