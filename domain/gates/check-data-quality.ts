import type { GateSpec } from './gate-rule.js';
import { sayPercent, type GateFacts } from './check-facts.js';
import { checkOfParts, checkUnmeasured, limitPart, type GatePart } from './gate-parts.js';
import type { GateCheck } from './gate-report.js';
import type { QualityFacts } from './probes.js';
import { tooFewRows } from './sample-size.js';

type DataQuality = Extract<GateSpec, { check: 'data-quality' }>;
type FoldQuality = QualityFacts['folds'][number];

/** A fold or slice with fewer rows than this may lack its labels by chance. */
export const MIN_SLICE_ROWS = 100;

/**
 * The rows behind the comparison: few were quarantined, and enough have a label, in every fold and in every slice that a
 * gate looks at. Rows without a label are not compared, so what they would have said is missing in silence.
 */
export function checkDataQuality(spec: DataQuality, { probes }: GateFacts): GateCheck {
  const { quality } = probes;
  if (quality?.status !== 'measured') {
    return checkUnmeasured(spec, spec.maxQuarantineShare, quality, 'the quality of the rows');
  }
  const { folds } = quality.facts;
  const rows = folds.reduce((sum, fold) => sum + fold.rows, 0);
  if (folds.every((fold) => fold.rows < MIN_SLICE_ROWS && fold.rowsFound < MIN_SLICE_ROWS)) {
    return checkOfParts(spec, rows, [noRows(spec.minCoverage), ...sliceCoverage(spec, quality.facts)]);
  }
  return checkOfParts(spec, rows, [
    quarantine(spec, folds),
    coverage(spec, folds),
    ...smallFolds(folds),
    ...sliceCoverage(spec, quality.facts),
  ]);
}

function quarantine({ maxQuarantineShare }: DataQuality, folds: readonly FoldQuality[]): GatePart {
  const share = ({ quarantined, rowsFound }: FoldQuality) => quarantined / rowsFound;
  const [worst] = folds
    .filter((fold) => fold.rowsFound >= MIN_SLICE_ROWS)
    .sort((left, right) => share(right) - share(left));
  if (worst === undefined) return noRows(maxQuarantineShare);
  const warnings = new Set(folds.flatMap((fold) => fold.warnings));
  const beside = warnings.size === 0 ? '' : `, with ${String(warnings.size)} warnings`;
  const why = `at most ${String(worst.quarantined)} of ${String(worst.rowsFound)} rows of a fold (${sayPercent(share(worst))}) are quarantined, the limit is ${sayPercent(maxQuarantineShare)}${beside}`;
  return limitPart(share(worst), maxQuarantineShare, why, 'share');
}

function coverage({ minCoverage }: DataQuality, folds: readonly FoldQuality[]): GatePart {
  const share = ({ labelledRows, rows }: FoldQuality) => labelledRows / rows;
  const [worst] = folds.filter((fold) => fold.rows >= MIN_SLICE_ROWS).sort((left, right) => share(left) - share(right));
  if (worst === undefined) return noRows(minCoverage);
  const why = `at least ${String(worst.labelledRows)} of ${String(worst.rows)} rows of a fold (${sayPercent(share(worst))}) have a label, ${sayPercent(minCoverage)} are asked for`;
  const verdict = share(worst) >= minCoverage ? 'pass' : 'fail';
  return { verdict, value: share(worst), limit: minCoverage, unit: 'share', why };
}

/** A fold that has lost its rows is no good evidence, however good the others are. */
function smallFolds(folds: readonly FoldQuality[]): readonly GatePart[] {
  const [smallest] = [...folds].sort((left, right) => left.rows - right.rows);
  if (smallest === undefined) return [];
  return tooFewRows(smallest.rows, `fold ${String(smallest.fold + 1)} has`, MIN_SLICE_ROWS);
}

/** Slices are given with the lowest coverage first. */
function sliceCoverage({ minCoverage }: DataQuality, { slices }: QualityFacts): readonly GatePart[] {
  return slices
    .filter(({ rows, labelledRows }) => rows >= MIN_SLICE_ROWS && labelledRows / rows < minCoverage)
    .slice(0, 1)
    .map(({ column, value, rows, labelledRows }): GatePart => {
      const why = `${column} ${value ?? '(no value)'} has labels for ${String(labelledRows)} of ${String(rows)} rows, ${sayPercent(minCoverage)} are asked for`;
      return { verdict: 'fail', value: labelledRows / rows, limit: minCoverage, unit: 'share', why };
    });
}

function noRows(limit: number): GatePart {
  const why = `no fold has ${String(MIN_SLICE_ROWS)} rows, which are the least that say something`;
  return { verdict: 'inconclusive', value: null, limit, unit: 'share', why };
}
