import type { Fault } from '../support/fault-proxy.js';

/** How a request to MLflow can go wrong. What is refused ends a run for good; the rest is tried again. */
export const mlflowFaults = {
  'fail before': { do: 'answer', status: 500, code: 'INTERNAL_ERROR', ...json(errorBody('INTERNAL_ERROR')) },
  'applied, then fail': {
    do: 'answer',
    status: 500,
    code: 'INTERNAL_ERROR',
    applied: true,
    ...json(errorBody('INTERNAL_ERROR')),
  },
  'reset before': { do: 'reset', applied: false },
  'applied, then reset': { do: 'reset', applied: true },
  'answer cut off': { do: 'cut-answer' },
  hang: { do: 'hang' },
  slow: { do: 'slow', ms: 1_500 },
  'a page with 200': {
    do: 'answer',
    status: 200,
    code: '',
    body: '<!doctype html><title>Sign in</title>',
    headers: { 'content-type': 'text/html' },
  },
  '401': { do: 'answer', status: 401, code: 'UNAUTHENTICATED', ...json(errorBody('UNAUTHENTICATED')) },
  '429': {
    do: 'answer',
    status: 429,
    code: 'RESOURCE_EXHAUSTED',
    body: errorBody('RESOURCE_EXHAUSTED'),
    headers: { 'content-type': 'application/json', 'retry-after': '1' },
  },
  'stale read': { do: 'stale' },
} as const satisfies Readonly<Record<string, Fault>>;

export type MlflowFault = keyof typeof mlflowFaults;

/** After these a person has to put something right and start the run again. */
export const refusingFaults: ReadonlySet<MlflowFault> = new Set(['401', 'a page with 200']);

function json(body: string): { readonly body: string; readonly headers: Readonly<Record<string, string>> } {
  return { body, headers: { 'content-type': 'application/json' } };
}

function errorBody(code: string): string {
  return JSON.stringify({ error_code: code, message: 'as planned' });
}

/** A kind of request, however many of them there are: `POST /api/2.0/mlflow/runs/log-batch`. */
export type Route = string;

/** Ids and names are no part of a route. */
export function routeOf(method: string, path: string): Route {
  const plain = path
    .replace(/(mlflow-artifacts\/artifacts)\/.*/, '$1/*')
    .replace(/logged-models\/m-[^/]+/, 'logged-models/*');
  return `${method} ${plain}`;
}

/** Searches are POSTs too, but change nothing. */
export function isWrite(route: Route): boolean {
  return !route.startsWith('GET') && !/search|get-/.test(route);
}

/** One fault: the `nth` request of a route, counted from 1. */
export interface FaultCase {
  readonly route: Route;
  readonly nth: number;
  readonly fault: MlflowFault;
}

/** Every fault on the first and a later request of every route that writes, and stale answers where something is read. */
export function faultCases(routes: ReadonlyMap<Route, number>): readonly FaultCase[] {
  const cases = [...routes].flatMap(([route, requests]) => {
    const faults = (Object.keys(mlflowFaults) as MlflowFault[]).filter(
      (fault) => (fault === 'stale read') !== isWrite(route),
    );
    const nths = [...new Set([1, Math.ceil((requests + 1) / 2)])];
    return faults.flatMap((fault) => nths.map((nth) => ({ route, nth, fault })));
  });
  // What comes first covers every route.
  return [...cases.filter(({ nth }) => nth === 1), ...cases.filter(({ nth }) => nth !== 1)];
}

export function mlflowCell({ route, nth, fault }: FaultCase): string {
  return `${route} ${String(nth)}: ${fault}`;
}
