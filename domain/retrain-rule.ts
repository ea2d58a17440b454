import type { RetrainPolicy } from './pipeline-definition.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const BUDGET_DAYS = 7;

/** What the retrain rule weighs, as of the data clock. */
export interface RetrainFacts {
  readonly asOf: string;
  /** End of the newest version's training window; null when nothing was ever trained. */
  readonly trainedUntil: string | null;
  /** As-of times of earlier decisions to retrain, in any order. */
  readonly retrainedAt: readonly string[];
  /** Labelled rows that the newest version has not seen. */
  readonly newLabelledRows: number;
  /** Decay was shown in the last judged window. */
  readonly decayed: boolean;
  readonly driftedFeatures: readonly string[];
  /** Half of the features or more have moved. */
  readonly datasetDrifted: boolean;
  /** A person asked, which overrules cooldown, budget and lack of need. */
  readonly forced: boolean;
}

export interface RetrainDecision {
  readonly decision: 'retrain' | 'skip';
  /** Everything that was weighed, one plain sentence each; kept either way. */
  readonly grounds: readonly string[];
}

/** Whether training again is worth it: some reason for it, and nothing against it. */
export function decideRetrain(facts: RetrainFacts, policy: RetrainPolicy): RetrainDecision {
  if (facts.forced) return { decision: 'retrain', grounds: ['a person asked for it'] };
  if (facts.trainedUntil === null) return { decision: 'retrain', grounds: ['no version has been trained yet'] };
  const reasons = findReasons(facts, facts.trainedUntil, policy);
  const obstacles = findObstacles(facts, policy);
  const needed = reasons.length > 0 ? reasons : [describeNoNeed(facts, facts.trainedUntil, policy)];
  const decision = reasons.length > 0 && obstacles.length === 0 ? 'retrain' : 'skip';
  return { decision, grounds: [...needed, ...obstacles] };
}

function findReasons(facts: RetrainFacts, trainedUntil: string, policy: RetrainPolicy): readonly string[] {
  const ageMs = between(trainedUntil, facts.asOf);
  const reasons: string[] = [];
  if (facts.decayed) reasons.push('performance decay is shown on matured labels');
  if (facts.datasetDrifted) reasons.push(`inputs have moved: ${facts.driftedFeatures.join(', ')}`);
  if (facts.newLabelledRows >= policy.minNewLabelledRows) {
    reasons.push(
      `${count(facts.newLabelledRows)} new labelled rows are available, ${count(policy.minNewLabelledRows)} are enough`,
    );
  }
  if (ageMs >= policy.maxAgeMs) {
    reasons.push(`the newest version's data is ${days(ageMs)} old, ${days(policy.maxAgeMs)} is the limit`);
  }
  return reasons;
}

function findObstacles(facts: RetrainFacts, policy: RetrainPolicy): readonly string[] {
  const obstacles: string[] = [];
  const earlier = facts.retrainedAt.filter((at) => between(at, facts.asOf) >= 0);
  const sinceLastMs = Math.min(...earlier.map((at) => between(at, facts.asOf)));
  if (facts.newLabelledRows === 0) obstacles.push('there are no new labelled rows, so training would repeat itself');
  if (sinceLastMs < policy.cooldownMs) {
    obstacles.push(`the last retrain was ${days(sinceLastMs)} ago, the cooldown is ${days(policy.cooldownMs)}`);
  }
  const recent = earlier.filter((at) => between(at, facts.asOf) < BUDGET_DAYS * DAY_MS).length;
  if (recent >= policy.maxPerWeek) {
    obstacles.push(
      `${count(recent)} retrains in the last ${String(BUDGET_DAYS)} days use up the budget of ${count(policy.maxPerWeek)}`,
    );
  }
  return obstacles;
}

function describeNoNeed(facts: RetrainFacts, trainedUntil: string, policy: RetrainPolicy): string {
  const age = days(between(trainedUntil, facts.asOf));
  const rows = `${count(facts.newLabelledRows)} new labelled rows of ${count(policy.minNewLabelledRows)} needed`;
  return `nothing asks for it: no decay shown, inputs in place, ${rows}, data ${age} old of ${days(policy.maxAgeMs)} allowed`;
}

function between(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from);
}

function days(ms: number): string {
  const value = Number((ms / DAY_MS).toFixed(1));
  return `${String(value)} ${value === 1 ? 'day' : 'days'}`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
