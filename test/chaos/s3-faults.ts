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

/** A kind of file, by where it lies in the store, so that whatever is written is one of them: `models/*.onnx`. */
export type WriteRoute = string;

/** Null for what writes nothing. */
export function writeRouteOf(method: string, path: string): WriteRoute | null {
  if (method !== 'PUT' && method !== 'DELETE' && method !== 'POST') return null;
  const [, , , folder = '', ...rest] = path.split('/');
  const name = rest.at(-1) ?? '';
  const inner = rest.includes('_delta_log')
    ? '_delta_log/'
    : (rest.find((part) => part === 'requests' || part === 'schemas') ?? '');
  const kind = /^[a-z-]+\.\w+$/.test(name) ? name : `*.${name.split('.').at(-1) ?? ''}`;
  return `${method} ${folder}/${inner}${kind}`;
}

/** A fault at the `nth` write of a route, counted from 1. */
export interface S3Case {
  readonly route: WriteRoute;
  readonly nth: number;
  readonly fault: S3Fault;
}

/** Every fault at a write of every route, one write after the other as far as there are so many. */
export function s3Cases(requests: readonly string[]): readonly S3Case[] {
  const counts = new Map<WriteRoute, number>();
  for (const request of requests) {
    const [method = '', path = ''] = request.split(' ');
    const route = writeRouteOf(method, path);
    if (route !== null) counts.set(route, (counts.get(route) ?? 0) + 1);
  }
  return [...counts].flatMap(([route, count]) =>
    (Object.keys(s3Faults) as S3Fault[]).map((fault, index) => ({ route, nth: 1 + (index % count), fault })),
  );
}

export function s3Cell({ route, fault }: S3Case): string {
  return `${route}: ${fault}`;
}
