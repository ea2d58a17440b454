import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loads, notWorse, robust } from '../../contracts/define-pipeline.js';
import { gate } from '../../contracts/gate-policy.js';
import { decideAudit } from '../../domain/audit/decide-audit.js';
import { mergeShardFacts } from '../../domain/audit/window-facts.js';
import { evaluateGates, combineChecks } from '../../domain/gates/evaluate-gates.js';
import { isHigherBetter, metricTraits, type DirectedMetric, type MetricName } from '../../domain/metrics.js';
import type { DecayMetric } from '../../domain/monitoring/decay-policy.js';
import { decideDecay } from '../../domain/monitoring/decide-decay.js';
import { decideDrift } from '../../domain/monitoring/decide-drift.js';
import type { GateSpec } from '../../domain/gates/gate-rule.js';
import { planFolds } from '../../domain/training-plan.js';
import { judgeRule } from '../../domain/validation/judge-rule.js';
import type { TrainingProfile } from '../../domain/model-bundle.js';
import { combineVerdicts } from '../../domain/verdict.js';
import { comparison, comparisonWith, difference } from '../support/comparisons.js';
import { flightsDefinition } from '../support/flights-definition.js';
import { checkOne, gateFacts, shows } from '../support/gate-checks.js';
import { comparedSide } from '../support/scored-folds.js';
import { modelFacts, shardFacts } from '../support/shard-facts.js';

/**
 * What other systems get wrong, and what holds here instead: one rule each, on the functions that decide. The rules of
 * the ledger, of publications and of workflows are in the files beside this one.
 */

describe('a model is compared with the champion, never with itself (defect 1)', () => {
  test('one digest on both sides is refused before any gate is looked at', () => {
    const itself = comparison({ challenger: comparedSide() });
    expect(evaluateGates([shows], gateFacts({ comparison: itself }))).toMatchObject({ reason: 'identical-models' });
  });

  test('so are two digests whose predictions are the same: the champion in other clothes', () => {
    const same = comparison({ identicalScores: true });
    expect(evaluateGates([shows], gateFacts({ comparison: same }))).toMatchObject({ reason: 'identical-scores' });
  });
});

describe('a gate is armed unless somebody disarms it, and a disarmed one promotes nothing (defect 2)', () => {
  test('a gate that says nothing about its mode enforces', () => {
    expect(gate.parse({ check: 'robust', maxFlips: 0.2 }).mode).toBe('enforce');
    expect([notWorse('auc', { margin: 0.01 }), loads(), robust()].map(({ mode }) => mode)).toEqual(
      new Array(3).fill('enforce'),
    );
  });

  test('a failing check that enforces decides, however many others pass', () => {
    const passing = Array.from({ length: 9 }, () => ({ mode: 'enforce', verdict: 'pass' }) as const);
    expect(combineChecks([...passing, { mode: 'enforce', verdict: 'fail' }])).toBe('fail');
  });

  test.each(['advise', 'observe'] as const)('a policy that only %ss is refused, not passed', (mode) => {
    expect(evaluateGates([{ ...shows, mode }], gateFacts())).toMatchObject({ reason: 'nothing-shown' });
  });
});

describe('a model is not judged on what it was trained on (defect 2)', () => {
  const definition = flightsDefinition();
  const trainedUntil = ['2001-02-20T00:00:00.000Z', '2001-03-01T00:00:00.000Z'];

  test('every fold begins after the younger model, and the gap in which labels become known', () => {
    const plan = planFolds(definition, '2001-06-01T00:00:00.000Z', trainedUntil);
    if (plan.status !== 'planned') throw new Error(plan.status);
    expect(plan.folds.length).toBeGreaterThan(0);
    const free = Date.parse('2001-03-01T00:00:00.000Z') + definition.backtest.gapMs;
    for (const { start } of plan.folds) expect(Date.parse(start)).toBeGreaterThanOrEqual(free);
  });

  test('and without days after it there are no folds, rather than earlier ones', () => {
    expect(planFolds(definition, '2001-03-02T00:00:00.000Z', trainedUntil).status).not.toBe('planned');
  });
});

describe('a limit holds where the reference is zero (defect 3)', () => {
  const profile: TrainingProfile = {
    rows: 1000,
    numeric: { distance: { cuts: [10], shares: [1, 0], nullShare: 0 } },
    categorical: {},
    scores: { mean: 0, cuts: [], shares: [] },
  };

  test.each(['share', 'deviations'] as const)('no missing value then and half of them now fails, by %s', (unit) => {
    const rule = {
      check: 'null-share-change',
      column: 'distance',
      max: 0.05,
      unit,
      name: 'n',
      severity: 'stop',
    } as const;
    const measure = { checked: 1000, failing: null, value: 500, bins: null, examples: [] };
    const context = { rows: 1000, windowEnd: '2001-03-06T00:00:00.000Z', asOf: '2001-03-05T00:00:00.000Z', profile };
    expect(judgeRule(rule, measure, context).verdict).toBe('failed');
  });

  test('a bin that was empty then and holds a fifth now is drift: neither left out nor a division by zero', () => {
    const counts = { rows: 1000, numeric: { distance: { counts: [800, 200], nulls: 0 } }, categorical: {} };
    expect(decideDrift({ profile, counts, policy: { psiLimit: 0.25 } }).driftedFeatures).toEqual(['distance']);
  });
});

describe('nobody wins by default, and a tie is no win (defect 4)', () => {
  test('a first model that the baseline cannot be told from is not promoted', () => {
    const tie = comparisonWith({ auc: difference(0, 0.01) });
    const beats: GateSpec = { mode: 'enforce', check: 'beats-baseline', metric: 'auc', by: 0 };
    const evaluation = evaluateGates([beats], gateFacts({ kind: 'bootstrap', comparison: tie }));
    expect(evaluation).toMatchObject({ status: 'evaluated', verdict: 'inconclusive' });
  });

  test('a comparison that was never made passes nothing', () => {
    expect(checkOne({ check: 'beats-baseline', metric: 'auc', by: 0 }).verdict).toBe('inconclusive');
  });

  test('an exact tie does not count as better', () => {
    const tie = comparisonWith({ auc: difference(0, 0) });
    expect(checkOne({ check: 'better', metric: 'auc', by: 0 }, { comparison: tie }).verdict).toBe('inconclusive');
  });
});

describe('without a rule there is no verdict, and no verdict is no pass (defect 5)', () => {
  test('an empty policy is refused with its reason', () => {
    expect(evaluateGates([], gateFacts())).toMatchObject({ status: 'refused', reason: 'no-gates' });
  });

  test('an empty list of verdicts proves nothing', () => {
    expect(combineVerdicts([])).toBe('inconclusive');
    expect(combineChecks([{ mode: 'advise', verdict: 'pass' }])).toBe('inconclusive');
  });
});

describe('scores that moved a lot are seen, however their ranks lie, and the reason is given (defect 10)', () => {
  const { audit } = flightsDefinition();

  /** Seven of ten scores at 100 where all were at 1: the mean is 70.3 times what it was. */
  const shifted = mergeShardFacts(
    null,
    shardFacts({
      rowsIn: 10,
      rowsOut: 10,
      models: [modelFacts({ sum: 703, min: 1, max: 100, binCounts: [3, 7] })],
    }),
  );
  const history = {
    servedDigest: 'champion',
    snapshotRows: 10,
    quarantinedRows: 0,
    liveRows: 0,
    recentRows: [10],
    validation: { champion: { mean: 1, shares: [1, 0], rows: 1_000 } },
  };

  test('seventy times the mean holds the window, on ten rows too', () => {
    const decision = decideAudit(shifted, { ...audit, maxScorePsi: 0.25 }, history);
    expect(decision.status).toBe('held');
    expect(decision.status === 'held' ? decision.grounds.join('; ') : '').toMatch(/mean score 70\.3/);
  });

  test('a challenger whose errors are seventy times as large fails by their size, with the numbers in the sentence', () => {
    const worse = comparisonWith({ logLoss: difference(69, 20) });
    const check = checkOne({ check: 'not-worse', metric: 'logLoss', margin: 0.01 }, { comparison: worse });
    expect(check.verdict).toBe('fail');
    expect(check.why).toContain('+69');
  });
});

describe('a monitor knows which way is worse (defect 13)', () => {
  const decay = (metric: DecayMetric, value: number) =>
    decideDecay({
      performance: {
        rows: 1000,
        labelledRows: 1000,
        coverage: 1,
        positives: 200,
        positiveShare: 0.2,
        decidedPositiveShare: 0.2,
        meanScore: 0.2,
        metrics: { [metric]: { value, reason: null } },
        standardErrors: { [metric]: { value: 0.01, of: 'row', count: 1000 } },
      },
      promised: 0.7,
      policy: { metric, decayMargin: 0.03 },
    }).verdict;

  test.each(['auc', 'r2'] as const)('a lower %s is decay, a higher one is not', (metric) => {
    expect([decay(metric, 0.6), decay(metric, 0.8)]).toEqual(['fail', 'pass']);
  });

  test.each(['logLoss', 'brier', 'mae', 'rmse', 'wape'] as const)(
    'a higher %s is decay, a lower one is not',
    (metric) => {
      expect([decay(metric, 0.8), decay(metric, 0.6)]).toEqual(['fail', 'pass']);
    },
  );

  test('every metric that gates compare fails in its own direction, and only in that one', () => {
    const names = (Object.keys(metricTraits) as MetricName[]).filter(
      (name): name is DirectedMetric => typeof metricTraits[name].better === 'string',
    );
    for (const metric of names) {
      const worse = isHigherBetter(metric) ? -1 : 1;
      const judged = (estimate: number) =>
        checkOne(
          { check: 'not-worse', metric, margin: 0.5 },
          { comparison: comparisonWith({ [metric]: difference(estimate, 0.125) }) },
        ).verdict;
      expect([metric, judged(worse), judged(-worse)]).toEqual([metric, 'fail', 'pass']);
    }
  });
});

describe('the gates are our own: no other system’s interface decides (defect 14)', () => {
  const domain = fileURLToPath(new URL('../../domain/', import.meta.url));
  const files = readdirSync(domain, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

  test('what judges, and all that it rests on, imports nothing but the domain', () => {
    expect(files).toContain(path.join('gates', 'evaluate-gates.ts'));
    const outside = files.flatMap((file) =>
      importsOf(readFileSync(path.join(domain, file), 'utf8'))
        .filter((name) => !name.startsWith('.') || !path.join(domain, path.dirname(file), name).startsWith(domain))
        .map((name) => `${file}: ${name}`),
    );
    expect(outside).toEqual([]);
  });

  test('the look for imports finds every way to write one', () => {
    const text =
      "import 'a';\nimport b from \"b\";\nexport { c } from 'c';\nconst d = await import('d'); require('e');";
    expect(importsOf(text)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});

function importsOf(source: string): readonly string[] {
  const found = source.matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*(['"])([^'"\s]+)\1/g);
  return [...found].map((match) => match[2] ?? '');
}
