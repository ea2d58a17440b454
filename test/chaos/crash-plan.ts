import type { WorkflowType } from '../../workflows/api.js';
import type { LifeKind } from './small-pipeline.js';
import { crashModes, type Crash, type CrashMode, type Pass } from './worker-process.js';

/** A step as a calm life of a kind went through it. */
export interface CalmStep {
  readonly kind: LifeKind;
  readonly step: string;
  readonly type: WorkflowType | 'command';
  readonly trace: readonly Pass[];
}

/** A crash that has to be lived through, or two of them where the process goes down there again at the next attempt. */
export interface CrashCase {
  readonly kind: LifeKind;
  readonly step: string;
  readonly crashes: readonly Crash[];
  readonly activity: string;
  /** How many points the step had passed before. */
  readonly order: number;
  /** Attempts of the activity that may be lost: one has to be left. */
  readonly spare: number;
  /** Its point is crashed at in another type of workflow too. */
  readonly isRepeated: boolean;
}

/** Crashes of one life by step, in the order in which their points are passed. */
export type LifePlan = ReadonlyMap<string, readonly Crash[]>;

export interface PlannedLife {
  readonly kind: LifeKind;
  readonly crashes: LifePlan;
}

/**
 * Every point in every type of workflow that passes it, in each mode, for the first time and for the second: where a step
 * passes it once, the process goes down there again when the work is done again. What comes first covers every point.
 */
export function casesOf(calm: readonly CalmStep[]): readonly CrashCase[] {
  const places = [...calm.reduce(byTypeAndPoint, new Map<string, Candidate[]>()).values()];
  const load = new Map<string, number>();
  const seen = new Set<string>();
  const cases: CrashCase[] = [];
  for (const candidates of places) {
    const chosen = leastLoaded(candidates, load);
    const isRepeated = seen.has(chosen.passed.point);
    seen.add(chosen.passed.point);
    cases.push(...casesAt(chosen, isRepeated));
  }
  return [...cases.filter(({ isRepeated }) => !isRepeated), ...cases.filter(({ isRepeated }) => isRepeated)];
}

/** What would be covered by all of them: `promote after-alias SIGKILL second`. */
export function cellsOf(cases: readonly CrashCase[]): readonly string[] {
  return cases.flatMap(({ crashes }) => crashes.map(({ cell }) => cell));
}

interface Candidate {
  readonly at: CalmStep;
  readonly passed: Pass;
  readonly order: number;
  readonly hasSecond: boolean;
}

/** Of a point that stands in the code and at a port, the one at the port. */
function byTypeAndPoint(known: Map<string, Candidate[]>, at: CalmStep): Map<string, Candidate[]> {
  const counts = new Map<string, number>();
  for (const { point, place } of at.trace) {
    const key = `${place} ${point}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const firsts = new Set<string>();
  for (const [order, passed] of at.trace.entries()) {
    const { point, place } = passed;
    if (firsts.has(`${place} ${point}`) || (place === 'code' && counts.has(`port ${point}`))) continue;
    firsts.add(`${place} ${point}`);
    const candidate = { at, passed, order, hasSecond: (counts.get(`${place} ${point}`) ?? 0) > 1 };
    const key = `${at.type} ${point}`;
    known.set(key, [...(known.get(key) ?? []), candidate]);
  }
  return known;
}

/** The step with the fewest crashes so far, of those that can be gone down at twice if there are any. */
function leastLoaded(candidates: readonly Candidate[], load: Map<string, number>): Candidate {
  const loadOf = ({ at, passed }: Candidate): number =>
    (load.get(keyOf(at)) ?? 0) + 4 * (load.get(`${keyOf(at)} ${passed.activity}`) ?? 0);
  const able = candidates.filter((candidate) => candidate.hasSecond || !isGivenUpTwice(candidate));
  const [chosen] = [...(able.length > 0 ? able : candidates)].sort((a, b) => loadOf(a) - loadOf(b));
  if (chosen === undefined) throw new RangeError('a point without a step');
  for (const key of [keyOf(chosen.at), `${keyOf(chosen.at)} ${chosen.passed.activity}`])
    load.set(key, (load.get(key) ?? 0) + 1);
  return chosen;
}

/**
 * Where a step passes the point twice, each of both in each mode. Where it passes it once, the second pass is that of the
 * next attempt, so the process has to be lost in the first one: asked to end it would do its work first.
 */
function casesAt(candidate: Candidate, isRepeated: boolean): readonly CrashCase[] {
  const { at, passed, order, hasSecond } = candidate;
  const { point, place, activity } = passed;
  const crash = (mode: CrashMode, which: 'first' | 'second', pass = 1): Crash => ({
    ...{ point, place, pass, mode },
    cell: `${at.type} ${point} ${mode} ${which}`,
  });
  const base = { kind: at.kind, step: at.step, activity, order, spare: spareOf(passed), isRepeated };
  const ofCrashes = (...crashes: readonly Crash[]): CrashCase => ({ ...base, crashes });
  const modes = crashModes.filter((mode) => mode !== 'hang' || place === 'port');
  if (hasSecond)
    return modes.flatMap((mode) => [
      ofCrashes(crash(mode, 'first')),
      { ...ofCrashes(crash(mode, 'second', 2)), order: order + 0.5 },
    ]);
  if (isGivenUpTwice(candidate)) return modes.map((mode) => ofCrashes(crash(mode, 'first')));
  const asked = ofCrashes(crash('SIGTERM', 'first'));
  if (place === 'code')
    return [ofCrashes(crash('SIGKILL', 'first'), crash('SIGKILL', 'second'), crash('SIGTERM', 'second')), asked];
  return [
    ofCrashes(crash('SIGKILL', 'first'), crash('hang', 'second')),
    ofCrashes(crash('hang', 'first'), crash('SIGKILL', 'second'), crash('SIGTERM', 'second')),
    asked,
  ];
}

/**
 * Two lost attempts at the alias are what a registry that does not answer looks like: a run goes on without it, as it
 * should, and the next monitor run sets it. That is another outcome, so the second pass is left to a promotion that is
 * over with the change of champion: it waits for the alias.
 */
function isGivenUpTwice({ at: { kind, type }, passed }: Candidate): boolean {
  return spareOf(passed) < 2 && passed.activity === 'projectChampion' && (type !== 'promote' || kind !== 'everyday');
}

/** What belongs to no activity is a command, which is given again. */
function spareOf({ attempts }: Pass): number {
  return attempts === 0 ? 7 : Math.max(1, attempts - 1);
}

function keyOf({ kind, step }: Pick<CalmStep, 'kind' | 'step'>): string {
  return `${kind} ${step}`;
}

/**
 * Lives that go through all cases, as few as the attempts of each activity allow. At most `perStep` crashes fall into one
 * step: what one crash leaves behind is to be looked at before it is buried under the next ones.
 */
export function planLives(cases: readonly CrashCase[], perStep: number): readonly PlannedLife[] {
  const lives: CrashCase[][] = [];
  for (const next of cases) {
    const life = lives.find((planned) => planned[0]?.kind === next.kind && hasRoom(planned, next, perStep));
    if (life === undefined) lives.push([next]);
    else life.push(next);
  }
  return lives.map((life) => ({ kind: life[0]?.kind ?? 'everyday', crashes: asPlan(life) }));
}

/** A life with more takes so long that nobody hears of it. */
const crashesPerLife = 30;

function hasRoom(planned: readonly CrashCase[], next: CrashCase, perStep: number): boolean {
  const inStep = planned.filter(({ step }) => step === next.step);
  if ([...planned, next].flatMap((found) => found.crashes).length > crashesPerLife) return false;
  if (inStep.length === 0) return true;
  const inActivity = [...inStep.filter(({ activity }) => activity === next.activity), next];
  const crashes = [...inStep, next].flatMap((found) => found.crashes);
  const lost = inActivity.flatMap((found) => found.crashes).filter(({ mode }) => mode !== 'SIGTERM');
  return crashes.length <= perStep && lost.length <= next.spare && inActivity.filter(endsWell).length <= 1;
}

/** A worker that is asked to end finishes what it does, so nothing else happens in that activity. */
function endsWell({ crashes }: CrashCase): boolean {
  return crashes.some(({ mode }) => mode === 'SIGTERM');
}

/** The first crash counts from the step's beginning; the next worker begins in the middle and counts from there. */
function asPlan(cases: readonly CrashCase[]): LifePlan {
  const plan = new Map<string, Crash[]>();
  for (const { step, crashes } of inOrder(cases)) {
    const before = plan.get(step) ?? [];
    const added = crashes.map((crash, index) => ({ ...crash, pass: before.length + index === 0 ? crash.pass : 1 }));
    plan.set(step, [...before, ...added]);
  }
  return plan;
}

/** Activities in the order in which they are passed, and in each of them what ends it last. */
function inOrder(cases: readonly CrashCase[]): readonly CrashCase[] {
  const begins = new Map<string, number>();
  const keyOfCase = ({ step, activity }: CrashCase): string => `${step} ${activity}`;
  for (const found of cases)
    begins.set(keyOfCase(found), Math.min(found.order, begins.get(keyOfCase(found)) ?? Infinity));
  const place = (found: CrashCase): readonly [number, number, number] => [
    begins.get(keyOfCase(found)) ?? 0,
    endsWell(found) ? 1 : 0,
    found.order,
  ];
  return [...cases].sort((one, other) => {
    const [a, b] = [place(one), place(other)];
    return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
  });
}
