import { seededRandom } from '../../domain/statistics/random.js';
import { casesOf, cellsOf, planLives, type CalmStep, type CrashCase, type PlannedLife } from './crash-plan.js';
import type { LifeReport, Misfortune } from './crash-suite.js';
import { lifeSteps, typeOf } from './life-steps.js';
import { faultCases, mlflowCell, refusingFaults, routeOf, type FaultCase, type Route } from './mlflow-faults.js';
import { s3Cases, s3Cell, type S3Case } from './s3-faults.js';
import { crashModes } from './worker-process.js';

/** Everything that can happen to a life, as calm ones show it. */
export interface Possibilities {
  readonly crashes: readonly CrashCase[];
  readonly mlflow: readonly FaultCase[];
  readonly s3: readonly S3Case[];
}

/** The same by name, so that what was gone through can be crossed off. */
export interface Cells {
  readonly crashes: readonly string[];
  readonly mlflow: readonly string[];
  readonly s3: readonly string[];
}

/** Works out what can happen: every point, every route, every kind of write that calm lives went by. */
export function possibilitiesOf(calm: readonly LifeReport[]): Possibilities {
  const requests = (kind: string, of: 'mlflow' | 's3') =>
    calm.flatMap((life) => (life.misfortune.kind === kind ? life.requests[of] : []));
  return {
    crashes: casesOf(calm.flatMap(stepsOf)),
    mlflow: faultCases(countRoutes(requests('everyday', 'mlflow'))),
    s3: s3Cases(requests('bucket', 's3')),
  };
}

/** A store on S3 changes nothing about where an activity can go down: its crashes are those of the everyday life. */
function stepsOf({ misfortune: { kind }, steps }: LifeReport): readonly CalmStep[] {
  if (kind === 'bucket') return [];
  return lifeSteps[kind].flatMap((step) => {
    const report = steps.find((lived) => lived.step === step.name);
    return report === undefined ? [] : [{ kind, step: step.name, type: typeOf(step), trace: report.trace }];
  });
}

export function cellsIn({ crashes, mlflow, s3 }: Possibilities): Cells {
  return { crashes: cellsOf(crashes), mlflow: mlflow.map(mlflowCell), s3: s3.map(s3Cell) };
}

/** What is left when these were gone through. */
export function without({ crashes, mlflow, s3 }: Possibilities, done: ReadonlySet<string>): Possibilities {
  return {
    crashes: crashes.filter((found) => found.crashes.some(({ cell }) => !done.has(cell))),
    mlflow: mlflow.filter((fault) => !done.has(mlflowCell(fault))),
    s3: s3.filter((fault) => !done.has(s3Cell(fault))),
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
const crashesPerStep = 4;
/**
 * After two failures in one activity a run waits for the registry: a quarter of a minute, a half, one, and then ten. Most
 * routes are first asked by the first registration, so these are few.
 */
const mlflowFaultsPerLife = 5;
const refusalsPerLife = 3;
/** The client of S3 tries again by itself, so these cost next to nothing. */
const s3FaultsPerLife = 36;
const s3FaultsPerRoute = 3;

/** All of it, in as few lives as it takes; `perStep` crashes in one step. */
export function everything({ crashes, mlflow, s3 }: Possibilities, perStep = crashesPerStep): readonly Misfortune[] {
  const refused = (faults: readonly FaultCase[]): readonly Misfortune[] =>
    inGroups(faults, mlflowFaultsPerLife).map((group) => ({ kind: 'everyday', mlflow: group }));
  const busy = inGroups(s3, s3FaultsPerLife, s3FaultsPerRoute).map((faults): Misfortune => ({
    kind: 'bucket',
    s3: faults,
  }));
  const planned = (isRepeated: boolean): readonly Misfortune[] =>
    planLives(
      crashes.filter((found) => found.isRepeated === isRepeated),
      perStep,
    );
  return [
    ...evenly([planned(false), busy, refused(mlflow.filter(({ nth }) => nth === 1))]),
    ...evenly([planned(true), refused(mlflow.filter(({ nth }) => nth !== 1))]),
  ];
}

/** One list of several, in which each comes forward as fast as the others. */
function evenly<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const placed = lists.flatMap((list) => list.map((item, index) => ({ item, at: (index + 0.5) / list.length })));
  return placed.sort((a, b) => a.at - b.at).map(({ item }) => item);
}

/** A few crashes of every mode in one everyday life, with faults of the registry, and in one with rollouts. */
export function sampleOf({ crashes, mlflow }: Possibilities, seed: number): readonly Misfortune[] {
  const random = seededRandom(seed);
  const ofKind = (kind: CrashCase['kind']): readonly PlannedLife[] => {
    const choices = crashModes.flatMap((mode) =>
      pick(
        crashes.filter((found) => found.kind === kind && found.crashes[0]?.mode === mode),
        2,
        random,
      ),
    );
    return planLives(choices, crashesPerStep).slice(0, 1);
  };
  const curable = mlflow.filter(({ fault, nth }) => nth > 1 && !refusingFaults.has(fault) && fault !== 'hang');
  const [faults = []] = inGroups(pick(curable, 12, random), 3);
  return [...ofKind('everyday').map((life) => ({ ...life, mlflow: faults })), ...ofKind('rollout')];
}

/** Faults at the writes to S3 that everything else stands on, for a life of its own. */
export const sampledOnS3: Misfortune = {
  kind: 'bucket',
  s3: [
    { route: 'PUT ledger/*.json', nth: 2, fault: 'applied, then reset' },
    { route: 'PUT ledger/*.json', nth: 3, fault: 'applied, then taken for somebody else’s' },
    { route: 'PUT models/manifest.json', nth: 1, fault: 'applied, then fail' },
    { route: 'PUT snapshots/manifest.json', nth: 2, fault: 'reset before' },
    { route: 'PUT predictions/_delta_log/*.json', nth: 2, fault: 'applied, then taken for somebody else’s' },
    { route: 'PUT predictions/_delta_log/*.json', nth: 1, fault: 'conflict of conditional writes' },
  ],
};

/** One life after the other with crashes and faults by chance, for as long as somebody asks. */
export function* atRandom({ crashes, mlflow, s3 }: Possibilities, seed: number): Generator<Misfortune, never, void> {
  const random = seededRandom(seed);
  const curable = mlflow.filter(({ fault }) => !refusingFaults.has(fault));
  for (;;) {
    if (random() < 0.25) yield { kind: 'bucket', s3: inGroups(pick(s3, 6, random), 6)[0] ?? [] };
    const [plan] = planLives(pick(crashes, 12, random), crashesPerStep);
    if (plan === undefined) continue;
    yield { ...plan, ...(plan.kind === 'everyday' ? { mlflow: pick(curable, 1, random) } : {}) };
  }
}

/**
 * Faults of different routes, because those of one come one after the other and the last may find no request any more, and
 * not too many that end a run.
 */
function inGroups<T extends { readonly route: string; readonly fault: string }>(
  faults: readonly T[],
  size: number,
  perRoute = 1,
): readonly (readonly T[])[] {
  const isRefusal = ({ fault }: T): boolean => (refusingFaults as ReadonlySet<string>).has(fault);
  const groups: T[][] = [];
  for (const next of faults) {
    const group = groups.find(
      (known) =>
        known.length < size &&
        known.filter(({ route }) => route === next.route).length < perRoute &&
        (!isRefusal(next) || known.filter(isRefusal).length < refusalsPerLife),
    );
    if (group === undefined) groups.push([next]);
    else group.push(next);
  }
  return groups;
}

/** Different ones, by chance. */
function pick<T>(items: readonly T[], count: number, random: () => number): readonly T[] {
  const left = [...items];
  return Array.from({ length: Math.min(count, left.length) }, () =>
    left.splice(Math.floor(random() * left.length), 1),
  ).flat();
}
