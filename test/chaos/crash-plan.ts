import type { StepReport } from './life.js';
import type { Crash, CrashMode, Pass } from './worker-process.js';

/** One crash that has to be lived through: in which step, where and how. */
export interface CrashCase extends Crash {
  readonly step: string;
  /** It goes down there again when the work is done again. */
  readonly again: boolean;
  readonly activity: string;
  /** How many points the step had passed before. */
  readonly order: number;
  /** Attempts of the activity that may be lost: one has to be left. */
  readonly spare: number;
}

/** Crashes of one life by step, in the order in which their points are passed. */
export type LifePlan = ReadonlyMap<string, readonly Crash[]>;

/** Every point of every step as a calm life passed them, each for the first and the second time. */
export function casesOf(calm: readonly StepReport[], modes: readonly CrashMode[]): readonly CrashCase[] {
  return calm.flatMap(({ step, trace }) => {
    const passes = countedAfresh(trace);
    return firstsOf(passes).flatMap((first) => {
      const second = passes.find(
        ({ point, pass, place }) => point === first.point && pass === 2 && place === first.place,
      );
      return modes
        .filter((mode) => mode !== 'hang' || first.place === 'port')
        .flatMap((mode) => [
          caseOf(step, first, mode, false),
          second === undefined ? caseOf(step, first, mode, true) : caseOf(step, second, mode, false),
        ]);
    });
  });
}

/** Of a point that stands in the code and at a port, the one at the port. */
function firstsOf(passes: readonly Placed[]): readonly Placed[] {
  const firsts = passes.filter(({ pass }) => pass === 1);
  const atPorts = new Set(firsts.flatMap(({ point, place }) => (place === 'port' ? [point] : [])));
  return firsts.filter(({ point, place }) => place === 'port' || !atPorts.has(point));
}

/** Each point once, in the step that has the fewest so far. */
export function onceEach(cases: readonly CrashCase[]): readonly CrashCase[] {
  const byPoint = new Map<string, CrashCase[]>();
  for (const found of cases.filter(({ again, pass }) => !again && pass === 1)) {
    byPoint.set(found.point, [...(byPoint.get(found.point) ?? []), found]);
  }
  const load = new Map<string, number>();
  const loadOf = ({ step, activity }: CrashCase): number =>
    (load.get(step) ?? 0) + 10 * (load.get(`${step} ${activity}`) ?? 0);
  return [...byPoint.values()].flatMap((choices) => {
    const [chosen] = [...choices].sort((a, b) => loadOf(a) - loadOf(b));
    if (chosen === undefined) return [];
    for (const key of [chosen.step, `${chosen.step} ${chosen.activity}`]) load.set(key, (load.get(key) ?? 0) + 1);
    return [chosen];
  });
}

/**
 * Lives that go through all cases, as few as the attempts of each activity allow. At most `perStep` crashes fall into one
 * step: what one crash leaves behind is to be looked at before it is buried under the next ones.
 */
export function planLives(cases: readonly CrashCase[], perStep: number): readonly LifePlan[] {
  const lives: CrashCase[][] = [];
  for (const next of cases) {
    const life = lives.find((planned) => hasRoom(planned, next, perStep));
    if (life === undefined) lives.push([next]);
    else life.push(next);
  }
  return lives.map(asPlan);
}

function hasRoom(planned: readonly CrashCase[], next: CrashCase, perStep: number): boolean {
  const inStep = planned.filter(({ step }) => step === next.step);
  if (inStep.length === 0) return true;
  const inActivity = inStep.filter(({ activity }) => activity === next.activity);
  const lost = inActivity.reduce((sum, { again }) => sum + (again ? 2 : 1), next.again ? 2 : 1);
  // A process that stands still takes steps of the others with it.
  const isCalm = [...inStep, next].every(({ mode }) => mode !== 'hang');
  return inStep.length < perStep && lost <= next.spare && isCalm;
}

/** The first crash counts from the step's beginning; the next worker begins in the middle and counts from there. */
function asPlan(cases: readonly CrashCase[]): LifePlan {
  const plan = new Map<string, Crash[]>();
  for (const { step, point, pass, mode, again } of [...cases].sort((a, b) => a.order - b.order)) {
    const before = plan.get(step) ?? [];
    const crash = { point, pass: before.length === 0 ? pass : 1, mode };
    plan.set(step, [...before, crash, ...(again ? [{ ...crash, pass: 1 }] : [])]);
  }
  return plan;
}

type Placed = Pass & { readonly order: number };

/** A worker counts from its own start, which may be several steps back. */
function countedAfresh(trace: readonly Pass[]): readonly Placed[] {
  const counts = new Map<string, number>();
  return trace.map((passed, order) => {
    const key = `${passed.place} ${passed.point}`;
    const pass = (counts.get(key) ?? 0) + 1;
    counts.set(key, pass);
    return { ...passed, pass, order };
  });
}

function caseOf(step: string, passed: Placed, mode: CrashMode, again: boolean): CrashCase {
  const { point, pass, activity, attempts, order } = passed;
  return { step, point, pass, mode, again, activity, order, spare: Math.max(1, attempts - 1) };
}
