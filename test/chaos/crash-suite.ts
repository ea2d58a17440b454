import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { lanes, type ChaosStack } from './chaos-stack.js';
import type { LifePlan } from './crash-plan.js';
import { Life, type StepReport } from './life.js';
import { lifeSteps } from './life-steps.js';
import { mlflowFaults, refusingFaults, routeOf, type FaultCase } from './mlflow-faults.js';
import type { NormalOutcome } from './normal-outcome.js';
import { registryViolations } from './registry-checks.js';
import { s3Faults, type S3Case } from './s3-faults.js';

/** What happens to a life. */
export interface Misfortune {
  readonly crashes?: LifePlan;
  readonly mlflow?: readonly FaultCase[];
  /** The store lies on S3 then, and this happens to one of its writes; null for a store on S3 and no fault. */
  readonly s3?: S3Case | null;
}

/** How a whole life went. */
export interface LifeReport {
  readonly name: string;
  readonly misfortune: Misfortune;
  readonly steps: readonly StepReport[];
  /** Faults that happened. */
  readonly faults: number;
  readonly outcome: NormalOutcome;
  /** Requests that the registry and the store on S3 saw, each as method and path. */
  readonly requests: { readonly mlflow: readonly string[]; readonly s3: readonly string[] };
  readonly violations: readonly string[];
}

/** Long enough for an honest answer, short enough for a test. */
const requestTimeoutSeconds = '4';

/** Lives through all steps with a misfortune, and looks whether it came to what a calm life comes to. */
export async function live(
  stack: ChaosStack,
  name: string,
  misfortune: Misfortune = {},
  { lane = 0, calm = null }: { readonly lane?: number; readonly calm?: NormalOutcome | null } = {},
): Promise<LifeReport> {
  const { crashes = new Map<string, never>(), mlflow = [], s3 } = misfortune;
  const registry = await startFaultProxy(stack.trackingUri);
  const bucket = s3 === undefined ? null : await stack.makeBucket(name);
  const happened = [
    ...mlflow.map((fault) => planMlflow(registry, fault)),
    ...(bucket === null || s3 === undefined || s3 === null ? [] : [planS3(bucket.proxy, s3)]),
  ];
  const env = { MLFLOW_TRACKING_URI: registry.endpoint, MLFLOW_HTTP_REQUEST_TIMEOUT: requestTimeoutSeconds };
  const life = await Life.begin(stack, name, { lane, env: { ...env, ...bucket?.env }, bucket });
  try {
    const steps = await liveSteps(life, crashes);
    const outcome = await life.outcome();
    const violations = [
      ...failuresOf(steps, mlflow),
      ...(await life.problems()).map((problem) => `verify: ${problem}`),
      ...(calm === null || hasFailed(steps) ? [] : comparedWith(calm, outcome)),
      ...(await registryViolations(stack.trackingUri, life, ['1', '2', '1'])),
    ].map((sentence) => `${name}: ${sentence}`);
    const requests = { mlflow: registry.seen(), s3: bucket?.proxy.seen() ?? [] };
    const faults = happened.reduce((sum, count) => sum + count(), 0);
    return { name, misfortune, steps, faults, outcome, requests, violations };
  } finally {
    await life.end();
    registry.close();
    bucket?.proxy.close();
  }
}

/** What MLflow refuses ends a run: a person puts it right and starts it again. */
async function liveSteps(life: Life, crashes: LifePlan): Promise<readonly StepReport[]> {
  const steps: StepReport[] = [];
  for (const step of lifeSteps) {
    const report = await life.live(step, crashes.get(step.name));
    steps.push(report);
    if (report.failure !== null) steps.push(await life.live({ ...step, startedAs: undefined }));
  }
  return steps;
}

function planMlflow(proxy: FaultProxy, { route, nth, fault }: FaultCase): () => number {
  const matches = (method: string, path: string): boolean => routeOf(method, path) === route;
  return proxy.failOn({ matches, skip: nth - 1, faults: [mlflowFaults[fault]] }).happened;
}

function planS3(proxy: FaultProxy, { nth, fault }: S3Case): () => number {
  return proxy.failOn({ matches: (method) => method === 'PUT', skip: nth - 1, faults: [s3Faults[fault]] }).happened;
}

function hasFailed(steps: readonly StepReport[]): boolean {
  return steps.some(({ failure }) => failure !== null);
}

/** Only what MLflow refuses may end a run, and only once for each refusal. */
function failuresOf(steps: readonly StepReport[], mlflow: readonly FaultCase[]): readonly string[] {
  const failed = steps.filter(({ failure }) => failure !== null);
  const refusals = mlflow.filter(({ fault }) => refusingFaults.has(fault)).length;
  return failed.slice(refusals).map(({ step, failure, crashed }) => {
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
  options: { readonly prefix: string; readonly calm: NormalOutcome; readonly tell?: (report: LifeReport) => void },
): Promise<readonly LifeReport[]> {
  const reports: LifeReport[] = [];
  let begun = 0;
  const laneOf = async (lane: number): Promise<void> => {
    for (let misfortune = next(); misfortune !== null; misfortune = next()) {
      const name = `${options.prefix}-${String(++begun)}`;
      const report = await live(stack, name, misfortune, { lane, calm: options.calm });
      options.tell?.(report);
      reports.push(report);
    }
  };
  await Promise.all(lanes.map((_, lane) => laneOf(lane)));
  return reports;
}
