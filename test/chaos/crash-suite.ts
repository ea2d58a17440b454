import { lanes, type ChaosStack } from './chaos-stack.js';
import type { LifePlan } from './crash-plan.js';
import { Life, type StepReport } from './life.js';
import { lifeSteps } from './life-steps.js';
import type { NormalOutcome } from './normal-outcome.js';

/** How a whole life went. */
export interface LifeReport {
  readonly name: string;
  readonly steps: readonly StepReport[];
  readonly outcome: NormalOutcome;
  /** What `verify` found; empty when it is clean. */
  readonly problems: readonly string[];
}

/** Lives through all steps, with the crashes that the plan wants. */
export async function live(stack: ChaosStack, name: string, plan: LifePlan = new Map(), lane = 0): Promise<LifeReport> {
  const life = await Life.begin(stack, name, lane);
  try {
    const steps: StepReport[] = [];
    for (const step of lifeSteps) steps.push(await life.live(step, plan.get(step.name)));
    return { name, steps, outcome: await life.outcome(), problems: await life.view.problems(name) };
  } finally {
    await life.end();
  }
}

/** Lives one life after the other in every lane, and tells of each as it ends. */
export async function liveAll(
  stack: ChaosStack,
  plans: readonly LifePlan[],
  { prefix, tell = () => undefined }: { readonly prefix: string; readonly tell?: (report: LifeReport) => void },
): Promise<readonly LifeReport[]> {
  const waiting = [...plans.entries()];
  const reports: LifeReport[] = [];
  const laneOf = async (lane: number): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const report = await live(stack, `${prefix}-${String(next[0])}`, next[1], lane);
      tell(report);
      reports.push(report);
    }
  };
  await Promise.all(lanes.map((_, lane) => laneOf(lane)));
  return reports;
}

/** What is wrong with a life: whatever it is, one sentence each. */
export function violationsOf(report: LifeReport, calm: NormalOutcome): readonly string[] {
  const failed = report.steps.filter(({ failure }) => failure !== null);
  return [
    ...failed.map(({ step, failure, crashed }) => `${step} failed after ${describe(crashed)}: ${failure ?? ''}`),
    ...report.problems.map((problem) => `verify: ${problem}`),
    ...differing('ledger', report.outcome.ledger, calm.ledger),
    ...differing('rows', report.outcome.rows, calm.rows),
  ].map((sentence) => `${report.name}: ${sentence}`);
}

function describe(crashes: StepReport['crashed']): string {
  return crashes.map(({ point, pass, mode }) => `${mode} at ${point}#${String(pass)}`).join(', ');
}

/** Lines that two lives do not share. */
export function differing(what: string, found: readonly string[], expected: readonly string[]): readonly string[] {
  const length = Math.max(found.length, expected.length);
  const lines = Array.from(
    { length },
    (_, index) => [found[index] ?? 'nothing', expected[index] ?? 'nothing'] as const,
  );
  return lines.flatMap(([line, calm], index) =>
    line === calm ? [] : [`${what} ${String(index + 1)} is ${line}, in the calm life ${calm}`],
  );
}
