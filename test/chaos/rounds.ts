import { seededRandom } from '../../domain/statistics/random.js';
import { casesOf, onceEach, planLives, type CrashCase } from './crash-plan.js';
import type { LifeReport, Misfortune } from './crash-suite.js';
import { faultCases, refusingFaults, routeOf, type FaultCase, type Route } from './mlflow-faults.js';
import { s3Cases, type S3Case } from './s3-faults.js';
import { crashModes } from './worker-process.js';

/** Everything that can happen to a life, as a calm one shows it. */
export interface Possibilities {
  readonly crashes: readonly CrashCase[];
  readonly mlflow: readonly FaultCase[];
  readonly s3: readonly S3Case[];
}

/** Writes to the store on S3 that lie between two faults: enough of them to reach every kind of file. */
const s3WritesBetween = 5;

/** Works out what can happen: every point, every route, every write that a calm life on S3 went by. */
export function possibilitiesOf(calm: LifeReport): Possibilities {
  const writes = calm.requests.s3.filter((request) => request.startsWith('PUT ')).length;
  return {
    crashes: casesOf(calm.steps, crashModes),
    mlflow: faultCases(countRoutes(calm.requests.mlflow)),
    s3: s3Cases(writes, s3WritesBetween),
  };
}

/** Requests by route, in the order of the first of each. */
export function countRoutes(requests: readonly string[]): ReadonlyMap<Route, number> {
  const routes = new Map<Route, number>();
  for (const request of requests) {
    const [method = '', path = ''] = request.split(' ');
    const route = routeOf(method, path);
    routes.set(route, (routes.get(route) ?? 0) + 1);
  }
  return routes;
}

/** Crashes in one step of a life: more would bury what the first one left behind. */
const crashesPerStep = 3;
const faultsPerLife = 3;

/** All of it, in as few lives as it takes. */
export function everything({ crashes, mlflow, s3 }: Possibilities): readonly Misfortune[] {
  return [
    ...planLives(crashes, crashesPerStep).map((plan) => ({ crashes: plan })),
    ...inGroups(apart(mlflow), faultsPerLife).map((faults) => ({ mlflow: faults })),
    ...s3.map((fault) => ({ s3: fault })),
  ];
}

/** Each point once with SIGKILL, a few of the other crashes, and each kind of fault once: what a check of every change can afford. */
export function sampleOf({ crashes, mlflow, s3 }: Possibilities, seed: number): readonly Misfortune[] {
  const random = seededRandom(seed);
  const killed = onceEach(crashes.filter(({ mode }) => mode === 'SIGKILL'));
  const others = crashModes.flatMap((mode) =>
    pick(
      crashes.filter((crash) => crash.mode === mode && (mode !== 'SIGKILL' || crash.again)),
      2,
      random,
    ),
  );
  const kinds = [...new Set(mlflow.map(({ fault }) => fault))];
  const faults = kinds.flatMap((kind) =>
    pick(
      mlflow.filter(({ fault }) => fault === kind),
      1,
      random,
    ),
  );
  return [
    ...planLives([...killed, ...others], 8).map((plan) => ({ crashes: plan })),
    ...inGroups(faults, 4).map((group) => ({ mlflow: group })),
    ...pick(s3, 2, random).map((fault) => ({ s3: fault })),
  ];
}

/** One life after the other with crashes and faults by chance, for as long as somebody asks. */
export function* atRandom({ crashes, mlflow, s3 }: Possibilities, seed: number): Generator<Misfortune, never, void> {
  const random = seededRandom(seed);
  const curable = mlflow.filter(({ fault }) => !refusingFaults.has(fault));
  for (;;) {
    const plan = planLives(pick(crashes, 8, random), crashesPerStep).at(0) ?? new Map<string, never>();
    const [fault] = pick(s3, 1, random);
    yield {
      crashes: plan,
      mlflow: random() < 0.5 ? pick(curable, 1, random) : [],
      ...(random() < 0.25 && fault !== undefined ? { s3: fault } : {}),
    };
  }
}

/** Neighbours in the list are of one route and would meet in one step: dealt out, they are of different ones. */
function apart(cases: readonly FaultCase[]): readonly FaultCase[] {
  const stride = Math.max(1, Math.floor(cases.length / faultsPerLife));
  return Array.from({ length: stride }, (_, first) => cases.filter((_case, index) => index % stride === first)).flat();
}

function inGroups<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, group) =>
    items.slice(group * size, (group + 1) * size),
  );
}

/** Different ones, by chance. */
function pick<T>(items: readonly T[], count: number, random: () => number): readonly T[] {
  const left = [...items];
  return Array.from({ length: Math.min(count, left.length) }, () =>
    left.splice(Math.floor(random() * left.length), 1),
  ).flat();
}
