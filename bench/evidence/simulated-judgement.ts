import { compareGroup, estimateGroup, levelOf, type BootstrapPlan } from '../../domain/gates/compare-scores.js';
import { metricIn, type ComparedSide, type Comparison, type SliceComparison } from '../../domain/gates/comparison.js';
import { evaluateGates } from '../../domain/gates/evaluate-gates.js';
import { noProbes } from '../../domain/gates/probes.js';
import { isIdentical } from '../../domain/gates/score-counts.js';
import { metricsOf, type MetricName } from '../../domain/metrics.js';
import type { GateSpec } from '../../domain/gates/gate-rule.js';
import { computeMetrics, replicateMetrics, type SideName } from '../../domain/statistics/block-metrics.js';
import { sumByBlocks, type BinaryGroup } from '../../domain/statistics/block-sums.js';
import { computeDeLong } from '../../domain/statistics/delong.js';
import { orderByScore } from '../../domain/statistics/score-order.js';
import type { Grouping } from '../../domain/statistics/score-pass.js';
import type { CheckVerdict } from '../../domain/gates/gate-report.js';
import type { SimulatedRows } from './simulated-rows.js';

/** Column that simulated rows are sliced by. */
export const sliceColumn = 'slice';
const threshold = 0.3;
const topShare = 0.1;

/** How simulated rows are judged: by the product's own sums, intervals and checks. */
export interface Judgement {
  readonly gates: readonly GateSpec[];
  readonly plan: BootstrapPlan;
  /** Whether intervals of all metrics are to be compared with the truth that there is no difference. */
  readonly coverage: boolean;
}

/** What one simulated backtest came to. */
export interface Outcome {
  /** Difference in AUC. */
  readonly estimate: number;
  readonly promoted: boolean;
  /** By the check's name and limit. */
  readonly checks: Readonly<Record<string, CheckVerdict>>;
  /** By metric: whether the interval of the difference holds zero. Empty unless asked for. */
  readonly covered: Readonly<Partial<Record<MetricName | 'deLong', boolean>>>;
}

export function judgeRows(rows: SimulatedRows, { gates, plan, coverage }: Judgement): Outcome {
  const side = (scores: Float32Array) => ({ scores, order: orderByScore(scores), threshold });
  const sides = { champion: side(rows.champion), challenger: side(rows.challenger) };
  const [group] = sumByBlocks({ rows, ...sides, grouping: oneGroup(rows), ...(coverage ? { topShare } : {}) });
  if (group === undefined) throw new Error('all rows together are one group');
  const level = levelOf(plan);
  const deLong = coverage ? computeDeLong({ labels: rows.labels, ...sides, level }) : null;
  const sliced = gates.some((gate) => gate.check === 'worst-slice');
  const comparison = composeComparison({
    rows,
    group,
    plan,
    pooled: { ...estimateGroup(group, plan, coverage ? pointsOf(group) : undefined), deLong },
    slices: sliced ? compareSlices(sumByBlocks({ rows, ...sides, grouping: slicesOf(rows) }), plan) : [],
  });
  return toOutcome(gates, comparison);
}

function toOutcome(gates: readonly GateSpec[], comparison: Comparison): Outcome {
  const loads = { status: 'measured', facts: { rows: 256, maxDifference: 0 } } as const;
  const evaluation = evaluateGates(gates, {
    kind: 'bootstrap',
    comparison,
    baselineComparison: null,
    probes: { ...noProbes, loads },
  });
  if (evaluation.status === 'refused') throw new Error(evaluation.why);
  const { deLong, differences } = comparison.pooled;
  const holdsZero = (interval: { readonly lower: number | null; readonly upper: number | null }) =>
    interval.lower !== null && interval.upper !== null && interval.lower <= 0 && interval.upper >= 0;
  return {
    estimate: differences.auc?.estimate ?? NaN,
    promoted: evaluation.verdict === 'pass',
    checks: Object.fromEntries(
      evaluation.checks.map(({ name, limit, verdict }) => [`${name} at ${String(limit)}`, verdict]),
    ),
    covered:
      deLong === null
        ? {}
        : {
            ...Object.fromEntries(Object.entries(differences).map(([metric, one]) => [metric, holdsZero(one)])),
            deLong: holdsZero(deLong),
          },
  };
}

/** What the product measures row by row in SQL stands here as its rank bins see it. */
function pointsOf(group: BinaryGroup) {
  const once = { weights: new Float64Array(group.blocks).fill(1), blocks: group.blocks, replicates: 1 };
  const of = (side: 'champion' | 'challenger') =>
    Object.fromEntries(
      Object.entries(replicateMetrics(group, side, once, metricsOf('binary'))).map(([metric, values]) => {
        const [value = NaN] = values;
        return [metric, { value, reason: null }];
      }),
    );
  return { champion: of('champion'), challenger: of('challenger') };
}

/** Only in AUC, which the gate looks at: other intervals would be work for nothing. */
function compareSlices(groups: Iterable<BinaryGroup>, plan: BootstrapPlan): readonly SliceComparison[] {
  const auc = (group: BinaryGroup, side: SideName) => ({ auc: metricIn(computeMetrics(group, side), 'auc') });
  return [...groups].map((group, index) => ({
    column: sliceColumn,
    value: String(index),
    rows: group.rows,
    positives: group.positiveRows,
    ...compareGroup(group, plan, { champion: auc(group, 'champion'), challenger: auc(group, 'challenger') }),
  }));
}

function composeComparison(args: {
  readonly rows: SimulatedRows;
  readonly group: BinaryGroup;
  readonly plan: BootstrapPlan;
  readonly pooled: Comparison['pooled'];
  readonly slices: readonly SliceComparison[];
}): Comparison {
  const { rows, group, plan, pooled, slices } = args;
  const side = (name: string): ComparedSide => ({
    modelDigest: name,
    label: name,
    kind: 'onnx',
    decisionThreshold: threshold,
  });
  const noHistogram = { counts: [], outside: 0 };
  return {
    champion: side('champion'),
    challenger: side('challenger'),
    labelKind: 'binary',
    metrics: ['auc'],
    rows: group.rows,
    positives: group.positiveRows,
    days: rows.blockCount,
    rowsDigest: '',
    method: { ...plan, level: levelOf(plan), interval: 'block-bootstrap-t' },
    folds: [],
    pooled,
    slices,
    reliability: { champion: [], challenger: [] },
    histograms: { champion: noHistogram, challenger: noHistogram },
    flips: null,
    movers: [],
    identicalScores: isIdentical(rows.champion, rows.challenger),
  };
}

const oneGroup = (rows: SimulatedRows): Grouping => ({ codes: new Int32Array(rows.labels.length), count: 1 });

const slicesOf = (rows: SimulatedRows): Grouping => ({
  codes: rows.slices,
  count: rows.slices.reduce((most, code) => Math.max(most, code), -1) + 1,
});
