import type { GateReport } from '../../domain/gates/gate-report.js';
import type { LedgerEvent } from '../../domain/ledger/events.js';
import type { PromotionOutcome } from '../../domain/ledger/promotion-events.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { Window } from '../../domain/window.js';
import { comparison, difference, differences, estimates } from './comparisons.js';
import { exampleTraining, gateReportOf } from './gate-reports.js';
import { digest } from './ledger.js';
import { comparedSide } from './scored-folds.js';

export const storyPipeline = 'story';

/** An instant of the story. */
export function at(minutes: number): string {
  return new Date(Date.parse('2026-03-05T10:00:00.000Z') + minutes * 60_000).toISOString();
}

export function windowOfDay(day: string): Window {
  const start = `${day}T00:00:00.000Z`;
  return { start, end: new Date(Date.parse(start) + 86_400_000).toISOString() };
}

/** The evidence of a promotion in the story: the AUC alone, better or clearly worse. */
export function storyReport(
  champion: ModelRef | null,
  challenger: ModelRef,
  passes: boolean,
  decisionEpoch: number,
): GateReport {
  const auc = passes ? difference(0.01, 0.004) : difference(-0.08, 0.004);
  const measured = comparison({
    champion: comparedSide({ modelDigest: champion?.modelDigest ?? 'baseline' }),
    challenger: comparedSide({ modelDigest: challenger.modelDigest, label: `story v${challenger.version}` }),
    pooled: { champion: estimates(), challenger: estimates(), differences: differences({ auc }), deLong: null },
  });
  const named = {
    trainingWindow: windowOfDay('2001-02-01'),
    definitionDigest: digest('definition'),
    training: exampleTraining(),
  };
  return gateReportOf(
    measured,
    {
      pipeline: storyPipeline,
      decisionEpoch,
      kind: champion === null ? 'bootstrap' : 'promotion',
      champion: {
        ...named,
        modelDigest: champion?.modelDigest ?? 'baseline',
        registeredName: champion?.registeredName ?? null,
        version: champion?.version ?? null,
      },
      challenger: { ...named, ...challenger },
    },
    [{ mode: 'enforce', check: 'not-worse', metric: 'auc', margin: 0.02 }],
  );
}

/** The alias followed a change of champion. */
export function alias(model: ModelRef, changeNumber: number): LedgerEvent {
  return { type: 'alias-projected', alias: 'champion', model, changeNumber };
}

/** A promotion is over. */
export function closed(
  promotionId: string,
  challenger: ModelRef,
  reportDigest: string,
  outcome: PromotionOutcome,
  grounds: readonly string[] = [],
): LedgerEvent {
  const challengerDigest = challenger.modelDigest;
  return { type: 'promotion-closed', promotionId, outcome, challengerDigest, reportDigest, grounds };
}

/** A window that failed its audit. */
export function held(day: string): LedgerEvent {
  const window = windowOfDay(day);
  return { type: 'window-held', window, runIdentity: digest('held'), modelDigest: 'x', grounds: ['4 % nulls'] };
}

/** A window that was compared with its labels. */
export function monitored(day: string): LedgerEvent {
  return {
    type: 'window-monitored',
    window: windowOfDay(day),
    reportDigest: digest('monitor'),
    verdict: 'pass',
    labelCoverage: 0.98,
    metrics: { auc: 0.6123 },
    driftedFeatures: ['distance'],
    decayed: false,
  };
}
