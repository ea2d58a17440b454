import { formatDuration } from '../duration.js';
import type { GateSpec } from './gate-rule.js';
import { say, type GateFacts } from './check-facts.js';
import type { Comparison } from './comparison.js';
import { checkOfParts, checkUnmeasured, limitPart, type GatePart } from './gate-parts.js';
import type { GateCheck } from './gate-report.js';
import type { LeakageFacts } from './probes.js';
import { MIN_SAMPLE_ROWS, tooFewRows } from './sample-size.js';

type NoLeakage = Extract<GateSpec, { check: 'no-leakage' }>;

/** A model that saw what it is asked shines in every comparison and fails in use. Each way of seeing it is a question. */
export function checkNoLeakage(spec: NoLeakage, { comparison, probes }: GateFacts): GateCheck {
  const { leakage } = probes;
  if (leakage?.status !== 'measured') {
    return checkUnmeasured(spec, spec.maxSingleAuc, leakage, 'what the model could have seen');
  }
  const { facts } = leakage;
  return checkOfParts(spec, comparison.rows, [
    timeOrder(facts),
    sharedKeys(facts),
    labelColumns(facts),
    ...tooFewRows(comparison.rows, 'the folds have'),
    ...rankings(spec, facts, comparison),
  ]);
}

function timeOrder({ shapedUntil, firstFoldStart, requiredGapMs }: LeakageFacts): GatePart {
  const gapMs = Date.parse(firstFoldStart) - Date.parse(shapedUntil);
  const isKept = gapMs >= requiredGapMs;
  const gap = gapMs < 0 ? 'overlap the folds' : `end ${formatDuration(gapMs)} before the first fold`;
  const why = `training and validation ${gap}, ${formatDuration(requiredGapMs)} are needed`;
  return { verdict: isKept ? 'pass' : 'fail', value: gapMs, limit: requiredGapMs, unit: 'ms', why };
}

function sharedKeys({ sharedKeys }: LeakageFacts): GatePart {
  if (sharedKeys !== null) {
    return limitPart(sharedKeys, 0, `${String(sharedKeys)} rows of the folds were trained on`, 'rows');
  }
  const why = 'whether rows of the folds were trained on is unknown: the rows it was trained on are gone';
  return { verdict: 'inconclusive', value: null, limit: 0, unit: 'rows', why };
}

function labelColumns({ labelColumns }: LeakageFacts): GatePart {
  const found =
    labelColumns.length === 0
      ? 'no feature is'
      : `${labelColumns.join(', ')} ${labelColumns.length === 1 ? 'is' : 'are'}`;
  return limitPart(labelColumns.length, 0, `${found} the label under another name`, 'features');
}

/** How well something ranks a label is only defined for a label of two classes. */
function rankings(spec: NoLeakage, facts: LeakageFacts, { labelKind }: Comparison): readonly GatePart[] {
  return labelKind === 'binary' ? [singleFeature(spec, facts), lagLoss(spec, facts)] : [];
}

function singleFeature({ maxSingleAuc }: NoLeakage, { singleFeatures }: LeakageFacts): GatePart {
  const ranked = singleFeatures.flatMap(({ feature, auc, rows }) => (auc === null ? [] : [{ feature, auc, rows }]));
  const [best] = ranked.sort((left, right) => right.auc - left.auc);
  if (best === undefined) {
    const why = 'no single feature could be ranked against the label';
    return { verdict: 'inconclusive', value: null, limit: maxSingleAuc, why };
  }
  if (best.rows < MIN_SAMPLE_ROWS) return fewToRank(best.rows, maxSingleAuc, 'single features were ranked on');
  const tellers = ranked.filter(({ auc }) => auc > maxSingleAuc).map(({ feature }) => feature);
  const who = tellers.length > 1 ? tellers.join(', ') : best.feature;
  const why = `${who} alone ranks the label with AUC ${say(best.auc)} on ${String(best.rows)} rows, ${say(maxSingleAuc)} is allowed`;
  return limitPart(best.auc, maxSingleAuc, why);
}

/** A policy that allows a loss of 1 asks nothing: no AUC can lose more. */
function lagLoss({ maxLagLoss }: NoLeakage, { lag }: LeakageFacts): GatePart {
  if (lag === null) {
    const why = 'how good the model is with features that know one window less was not measured';
    return { verdict: maxLagLoss >= 1 ? 'pass' : 'inconclusive', value: null, limit: maxLagLoss, why };
  }
  if (lag.rows < MIN_SAMPLE_ROWS) return fewToRank(lag.rows, maxLagLoss, 'older features were tried on');
  const why = `with features that know one window less AUC goes from ${say(lag.auc)} to ${say(lag.laggedAuc)} on ${String(lag.rows)} rows, a loss of ${say(maxLagLoss)} is allowed`;
  return limitPart(lag.auc - lag.laggedAuc, maxLagLoss, why);
}

/** An AUC of few rows may be anything, near one too, so it speaks neither for the challenger nor against it. */
function fewToRank(rows: number, limit: number, what: string): GatePart {
  const why = `${what} ${String(rows)} rows, ${String(MIN_SAMPLE_ROWS)} are the least that say something`;
  return { verdict: 'inconclusive', value: null, limit, why };
}
