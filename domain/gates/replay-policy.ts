import { formatDuration } from '../duration.js';
import type { BacktestPolicy } from '../pipeline-definition.js';
import type { GateSpec } from './gate-rule.js';
import type { Verdict } from '../verdict.js';
import { differenceIn } from './comparison.js';
import { NOT_RESAMPLED } from './compare-scores.js';
import { probeFor } from './asked-probes.js';
import { evaluateGates } from './evaluate-gates.js';
import type { GateReport } from './gate-report.js';

/** What other gates would have made of a report that was judged before. */
export type ReplayedReport =
  | {
      readonly status: 'judged';
      readonly verdict: Verdict;
      /** The enforced checks that do not pass, one sentence each. */
      readonly grounds: readonly string[];
    }
  | { readonly status: 'not-judgeable'; readonly why: readonly string[] };

/**
 * Judges a kept report by another policy. A gate that asks for something nobody measured then can promote nothing, so it
 * leaves the question open unless another gate refuses anyway. Only gates can be replayed: another confidence, other
 * blocks or other folds need the rows, and those are measured by a backtest.
 */
export function replayGates(gates: readonly GateSpec[], report: GateReport): ReplayedReport {
  const judged = gates.map((gate) => ({ gate, missing: missingEvidence(gate, report) }));
  const measured = judged.flatMap(({ gate, missing }) => (missing === null ? [gate] : []));
  const open = judged.flatMap(({ gate, missing }) => (missing === null || gate.mode !== 'enforce' ? [] : [missing]));
  if (measured.length === 0 && open.length > 0) return { status: 'not-judgeable', why: open };
  const evaluation = evaluateGates(measured, report);
  if (evaluation.status === 'refused') return { status: 'judged', verdict: 'fail', grounds: [evaluation.why] };
  const { verdict, checks } = evaluation;
  if (verdict === 'pass' && open.length > 0) return { status: 'not-judgeable', why: open };
  const against = checks.filter((check) => check.mode === 'enforce' && check.verdict !== 'pass');
  return { status: 'judged', verdict, grounds: against.map((check) => `${check.name}: ${check.why}`) };
}

/** Why a value that was kept as a report cannot be judged by the gates of today; null when it can. */
export function findUnjudgeable(value: unknown): string | null {
  const known: GateReport['schemaVersion'] = 2;
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'schemaVersion') : undefined;
  return found === known ? null : `its schema is version ${String(found)}, and gates judge version ${String(known)}`;
}

/** What a gate would look at and nobody measured; null when it is all there. */
function missingEvidence(gate: GateSpec, report: GateReport): string | null {
  const probe = probeFor(gate);
  if (gate.check === 'volume' && isForOtherLimits(gate, report)) return 'volume: it was measured for other limits then';
  if (gate.check === 'fair' && !hasGroupsBy(gate.columns, report)) {
    return `fair: no groups by ${gate.columns.join(' and ')} were counted then`;
  }
  if (probe !== null) return report.probes[probe] === null ? `${gate.check}: ${probe} was not measured then` : null;
  const { comparison, baselineComparison, kind } = report;
  if ('metric' in gate && !comparison.metrics.includes(gate.metric)) {
    return `${gate.check}: ${gate.metric} was not measured then`;
  }
  if (gate.check === 'beats-baseline' && kind === 'promotion' && baselineComparison === null) {
    return `${gate.check}: there was no comparison with the baseline then`;
  }
  if (gate.check === 'worst-slice' && !comparison.slices.some(({ column }) => column === gate.column)) {
    return `${gate.check}: there were no slices by ${gate.column} then`;
  }
  if (gate.check === 'worst-slice' && wantsIntervals(gate, report)) {
    return `worst-slice: intervals of ${gate.metric} by ${gate.column} were not made then, because no gate asked for them`;
  }
  return null;
}

/** Intervals of ranking metrics are costly, so slices only have those that a gate asked for. */
function wantsIntervals(gate: Extract<GateSpec, { check: 'worst-slice' }>, { comparison }: GateReport): boolean {
  const slices = comparison.slices.filter(({ column, rows }) => column === gate.column && rows >= gate.minRows);
  const reasons = slices.map(({ differences }) => differenceIn(differences, gate.metric).reason);
  return reasons.length > 0 && reasons.every((reason) => reason === NOT_RESAMPLED);
}

/** Backtest settings of a policy that a kept report was not made with, one clause each: replaying gates changes none of them. */
export function findUnreplayed(backtest: BacktestPolicy, { comparison }: GateReport): readonly string[] {
  const { method, folds } = comparison;
  const [first] = folds;
  const foldMs = first === undefined ? null : Date.parse(first.window.end) - Date.parse(first.window.start);
  const settings: readonly (readonly [name: string, asked: string, then: string])[] = [
    ['confidence', String(backtest.confidence), String(method.confidence)],
    ['folds', String(backtest.folds), String(folds.length)],
    ['fold', formatDuration(backtest.foldMs), foldMs === null ? 'none' : formatDuration(foldMs)],
    ['blocks', backtest.blocks, method.blocks],
    ['replicates', String(backtest.replicates), String(method.replicates)],
    ['seed', String(backtest.seed), String(method.seed)],
  ];
  return settings
    .filter(([, asked, then]) => asked !== then)
    .map(([name, asked, then]) => `${name} ${asked} (the report has ${then})`);
}

/** Whether the bounds were kept is in the report, not what was measured, so it says nothing about another deadline. */
function isForOtherLimits(gate: Extract<GateSpec, { check: 'volume' }>, { probes }: GateReport): boolean {
  if (probes.volume?.status !== 'measured') return false;
  const { deadlineMs, memoryMb, rows } = probes.volume.facts;
  return deadlineMs !== gate.deadlineMs || memoryMb !== gate.memoryMb || (gate.rows !== null && gate.rows !== rows);
}

function hasGroupsBy(columns: readonly string[], { probes }: GateReport): boolean {
  if (probes.fairness?.status !== 'measured') return true;
  const wanted = [...columns].sort().join(' ');
  return probes.fairness.facts.groups.some((group) => [...group.columns].sort().join(' ') === wanted);
}
