import { isPinRevoked } from '../../domain/ledger/revocation.js';
import { startFaultProxy, type Fault } from '../support/fault-proxy.js';
import { aliasVersion } from '../support/live-stack.js';
import type { ChaosStack } from './chaos-stack.js';
import { differing } from './crash-suite.js';
import { Life } from './life.js';
import { lifeSteps } from './life-steps.js';
import type { NormalOutcome } from './normal-outcome.js';

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

/** What a faulty life came to. */
export interface FaultReport extends FaultCase {
  readonly name: string;
  readonly happened: boolean;
  readonly violations: readonly string[];
}

/** Steps that go by every write route: a training, a promotion, and a second of both. */
const shortLife = lifeSteps.slice(0, 5);
/** Long enough for an honest answer, short enough for a test. */
const requestTimeoutSeconds = '4';

/** Routes that the product uses, in the order of their first use, as a life without faults shows them. */
export async function discoverRoutes(
  stack: ChaosStack,
): Promise<{ readonly routes: ReadonlyMap<Route, number>; readonly outcome: NormalOutcome }> {
  const proxy = await startFaultProxy(stack.trackingUri);
  const life = await Life.begin(stack, 'routes', 0, { MLFLOW_TRACKING_URI: proxy.endpoint });
  try {
    for (const step of shortLife) await life.live(step);
    const routes = new Map<Route, number>();
    for (const line of proxy.seen()) {
      const [method = '', path = ''] = line.split(' ');
      const route = routeOf(method, path);
      routes.set(route, (routes.get(route) ?? 0) + 1);
    }
    return { routes, outcome: await life.outcome() };
  } finally {
    await life.end();
    proxy.close();
  }
}

/** Every fault on the first and a later request of every route that writes, and stale answers where something is read. */
export function faultCases(routes: ReadonlyMap<Route, number>): readonly FaultCase[] {
  return [...routes].flatMap(([route, requests]) => {
    const faults = (Object.keys(mlflowFaults) as MlflowFault[]).filter(
      (fault) => (fault === 'stale read') !== isWrite(route),
    );
    const nths = [...new Set([1, Math.ceil((requests + 1) / 2)])];
    return faults.flatMap((fault) => nths.map((nth) => ({ route, nth, fault })));
  });
}

/** Lives a short life with one fault in it, and compares what it came to with one without. */
export async function liveWithFault(
  stack: ChaosStack,
  name: string,
  { route, nth, fault }: FaultCase,
  { calm, lane }: { readonly calm: NormalOutcome; readonly lane: number },
): Promise<FaultReport> {
  const proxy = await startFaultProxy(stack.trackingUri);
  const planned = proxy.failOn({
    matches: (method, path) => routeOf(method, path) === route,
    skip: nth - 1,
    faults: [mlflowFaults[fault]],
  });
  const env = { MLFLOW_TRACKING_URI: proxy.endpoint, MLFLOW_HTTP_REQUEST_TIMEOUT: requestTimeoutSeconds };
  const life = await Life.begin(stack, name, lane, env);
  try {
    const failures: string[] = [];
    for (const step of shortLife) {
      const { failure } = await life.live(step);
      if (failure === null) continue;
      failures.push(`${step.name}: ${failure}`);
      // A person puts it right and starts it again; a promotion that a training would have started comes by hand.
      const again = await life.live({ ...step, startedAs: undefined });
      if (again.failure !== null) failures.push(`${step.name} again: ${again.failure}`);
    }
    const happened = planned.happened() > 0;
    const violations = [
      ...unexpected(failures, fault),
      ...(await life.view.problems(name)).map((problem) => `verify: ${problem}`),
      ...(failures.length > 0 ? [] : differing('ledger', (await life.outcome()).ledger, calm.ledger)),
      ...(await registryViolations(stack, life)),
    ];
    return { name, route, nth, fault, happened, violations };
  } finally {
    await life.end();
    proxy.close();
  }
}

/** Only what MLflow refuses may end a run, and the same run started again must end well. */
function unexpected(failures: readonly string[], fault: MlflowFault): readonly string[] {
  const isRefusal = fault === '401' || fault === 'a page with 200';
  return failures.filter((failure) => !isRefusal || failure.includes(' again: '));
}

/** No version twice, each champion once, and the alias where the ledger says. */
async function registryViolations(stack: ChaosStack, life: Life): Promise<readonly string[]> {
  const { name } = life.pipeline;
  const versions = await listVersions(stack.trackingUri, name);
  const ledger = await life.view.ledger(name);
  const keys = versions.flatMap(({ tags }) => tags.filter(({ key }) => key.endsWith('.key')).map(({ value }) => value));
  const terms = ledger.championHistory.map(({ model }) => model.version).join();
  const isRevoked = ledger.championHistory.some(({ model, epoch }) =>
    isPinRevoked(ledger, { modelDigest: model.modelDigest, decisionEpoch: epoch }),
  );
  const alias = await aliasVersion(stack.trackingUri, name);
  const facts = [
    [versions.length === 2, `there are ${String(versions.length)} versions, expected 2`],
    [new Set(keys).size === keys.length && keys.length === versions.length, `keys of versions: ${keys.join(', ')}`],
    [terms === '1,2' && !isRevoked, `champions were ${terms}, expected 1,2`],
    [
      alias === ledger.champion?.version,
      `the alias is ${String(alias)}, the champion ${String(ledger.champion?.version)}`,
    ],
    [ledger.aliasAlarms.length === 0, 'an alarm about the alias, which nobody moved'],
  ] as const;
  return facts.flatMap(([holds, sentence]) => (holds ? [] : [sentence]));
}

interface ListedVersion {
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

async function listVersions(trackingUri: string, name: string): Promise<readonly ListedVersion[]> {
  const filter = encodeURIComponent(`name='${name}'`);
  const response = await fetch(`${trackingUri}/api/2.0/mlflow/model-versions/search?filter=${filter}&max_results=100`);
  const { model_versions: versions = [] } = (await response.json()) as { readonly model_versions?: ListedVersion[] };
  return versions.map((version) => ({ tags: version.tags ?? [] }));
}
