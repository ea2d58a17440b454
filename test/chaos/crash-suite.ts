import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import type { ChaosStack } from './chaos-stack.js';
import type { LifePlan } from './crash-plan.js';
import { Life, type StepReport } from './life.js';
import { lifeSteps, type LifeStep } from './life-steps.js';
import { mlflowCell, mlflowFaults, refusingFaults, routeOf, type FaultCase } from './mlflow-faults.js';
import type { NormalOutcome } from './normal-outcome.js';
import { registryViolations } from './registry-checks.js';
import { s3Cell, s3Faults, writeRouteOf, type S3Case } from './s3-faults.js';
import type { LifeKind } from './small-pipeline.js';

/** What happens to a life. */
export interface Misfortune {
  readonly kind: LifeKind;
  readonly crashes?: LifePlan;
  readonly mlflow?: readonly FaultCase[];
  /** Of a life whose store lies on S3. */
  readonly s3?: readonly S3Case[];
}

/** How a whole life went. */
export interface LifeReport {
  readonly name: string;
  readonly misfortune: Misfortune;
  readonly steps: readonly StepReport[];
  /** Faults that happened, by what they are instances of. */
  readonly faults: { readonly mlflow: readonly string[]; readonly s3: readonly string[] };
  readonly outcome: NormalOutcome;
  /** Requests that the registry and the store on S3 saw, each as method and path. */
  readonly requests: { readonly mlflow: readonly string[]; readonly s3: readonly string[] };
  readonly violations: readonly string[];
  readonly tookMs: number;
}

/** What calm lives came to, by kind. */
export type CalmOutcomes = Partial<Readonly<Record<LifeKind, NormalOutcome>>>;

/** Long enough for an honest answer, short enough for a test. */
const requestTimeoutSeconds = '4';

export interface LivingConditions {
  readonly calm?: CalmOutcomes;
  /** No step goes on after this instant, and no life begins. */
  readonly untilMs?: number;
}

/** Lives through all steps with a misfortune, and looks whether it came to what a calm life comes to. */
export async function live(
  stack: ChaosStack,
  name: string,
  misfortune: Misfortune,
  { lane = 0, calm = {}, untilMs = Infinity }: LivingConditions & { readonly lane?: number } = {},
): Promise<LifeReport> {
  const { kind, crashes = new Map<string, never>(), mlflow = [], s3 = [] } = misfortune;
  const beganMs = Date.now();
  const registry = await startFaultProxy(stack.trackingUri);
  const bucket = kind === 'bucket' ? await stack.makeBucket(name) : null;
  const planned = {
    mlflow: mlflow.map((fault) => ({ cell: mlflowCell(fault), happened: planMlflow(registry, fault) })),
    s3: bucket === null ? [] : s3.map((fault) => ({ cell: s3Cell(fault), happened: planS3(bucket.proxy, fault) })),
  };
  const env = { MLFLOW_TRACKING_URI: registry.endpoint, MLFLOW_HTTP_REQUEST_TIMEOUT: requestTimeoutSeconds };
  const life = await Life.begin(stack, name, { kind, lane, untilMs, env: { ...env, ...bucket?.env }, bucket });
  try {
    const steps = await liveSteps(life, lifeSteps[kind], { crashes, mlflow });
    const violations = await violationsOf(stack, life, { steps, mlflow, calm: calm[kind] ?? null });
    const outcome = await life.outcome();
    const requests = { mlflow: registry.seen(), s3: bucket?.proxy.seen() ?? [] };
    const faults = { mlflow: happened(planned.mlflow), s3: happened(planned.s3) };
    return { name, misfortune, steps, faults, outcome, requests, violations, tookMs: Date.now() - beganMs };
  } finally {
    await life.end();
    registry.close();
    bucket?.proxy.close();
  }
}

function happened(planned: readonly { readonly cell: string; readonly happened: () => number }[]): readonly string[] {
  return planned.flatMap((fault) => (fault.happened() > 0 ? [fault.cell] : []));
}

async function violationsOf(
  stack: ChaosStack,
  life: Life,
  {
    steps,
    mlflow,
    calm,
  }: {
    readonly steps: readonly StepReport[];
    readonly mlflow: readonly FaultCase[];
    readonly calm: NormalOutcome | null;
  },
): Promise<readonly string[]> {
  const found = [
    ...failuresOf(steps, mlflow),
    ...(await life.problems()).map((problem) => `verify: ${problem}`),
    ...(calm === null || hasFailed(steps) ? [] : comparedWith(calm, await life.outcome())),
    ...(await registryViolations(stack.trackingUri, life)),
  ];
  return found.map((sentence) => `${life.pipeline.name}: ${sentence}`);
}

/** What MLflow refuses ends a run: a person puts it right and starts it again, as often as it is refused. */
async function liveSteps(
  life: Life,
  steps: readonly LifeStep[],
  { crashes, mlflow }: { readonly crashes: LifePlan; readonly mlflow: readonly FaultCase[] },
): Promise<readonly StepReport[]> {
  const reports: StepReport[] = [];
  let restarts = refusalsIn(mlflow);
  for (const step of steps) {
    let report = await life.live(step, crashes.get(step.name));
    reports.push(report);
    for (; report.failure !== null && restarts > 0; restarts--) {
      report = await life.live(startedAgain(step));
      reports.push(report);
    }
    // What follows would only repeat it.
    if (report.failure !== null) return reports;
  }
  return reports;
}

/** By a person, where another run started it. */
function startedAgain(step: LifeStep): LifeStep {
  const { work } = step;
  if (!('promotion' in work)) return step;
  return { ...step, work: { start: 'promote', input: ({ name }) => ({ pipeline: name, version: work.promotion }) } };
}

function planMlflow(proxy: FaultProxy, { route, nth, fault }: FaultCase): () => number {
  const matches = (method: string, path: string): boolean => routeOf(method, path) === route;
  return proxy.failOn({ matches, skip: nth - 1, faults: [mlflowFaults[fault]] }).happened;
}

function planS3(proxy: FaultProxy, { route, nth, fault }: S3Case): () => number {
  const matches = (method: string, path: string): boolean => writeRouteOf(method, path) === route;
  return proxy.failOn({ matches, skip: nth - 1, faults: [s3Faults[fault]] }).happened;
}

function hasFailed(steps: readonly StepReport[]): boolean {
  return steps.some(({ failure }) => failure !== null);
}

function refusalsIn(mlflow: readonly FaultCase[]): number {
  return mlflow.filter(({ fault }) => refusingFaults.has(fault)).length;
}

/** Only what MLflow refuses may end a run, and only once for each refusal. */
function failuresOf(steps: readonly StepReport[], mlflow: readonly FaultCase[]): readonly string[] {
  const failed = steps.filter(({ failure }) => failure !== null);
  return failed.slice(refusalsIn(mlflow)).map(({ step, failure, crashed }) => {
    const crashes = crashed.map(({ point, pass, mode }) => `${mode} at ${point}#${String(pass)}`);
    return `${step} failed${crashes.length === 0 ? '' : ` after ${crashes.join(', ')}`}: ${failure ?? ''}`;
  });
}

function comparedWith(calm: NormalOutcome, found: NormalOutcome): readonly string[] {
  return [...differing('ledger', found.ledger, calm.ledger), ...differing('rows', found.rows, calm.rows)];
}

function differing(what: string, found: readonly string[], expected: readonly string[]): readonly string[] {
  const length = Math.max(found.length, expected.length);
  const lines = Array.from(
    { length },
    (_, index) => [found[index] ?? 'nothing', expected[index] ?? 'nothing'] as const,
  );
  return lines.flatMap(([line, calm], index) =>
    line === calm ? [] : [`${what} ${String(index + 1)} is ${line}, in the calm life ${calm}`],
  );
}

/** Lives one life after the other in every lane, and tells of each as it ends. `next` answers null when there are no more. */
export async function liveAll(
  stack: ChaosStack,
  next: () => Misfortune | null,
  options: LivingConditions & { readonly prefix: string; readonly tell?: (report: LifeReport) => void },
): Promise<readonly LifeReport[]> {
  const reports: LifeReport[] = [];
  let begun = 0;
  const laneOf = async (lane: number): Promise<void> => {
    const { untilMs = Infinity } = options;
    for (let misfortune = next(); misfortune !== null && Date.now() < untilMs; misfortune = next()) {
      const name = `${options.prefix}-${String(++begun)}`;
      const report = await live(stack, name, misfortune, { ...options, lane });
      options.tell?.(report);
      reports.push(report);
    }
  };
  await Promise.all(stack.lanes.map((_, lane) => laneOf(lane)));
  return reports;
}
