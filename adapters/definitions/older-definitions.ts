import { defaultAnalysis } from '../../domain/rollout/default-analysis.js';
import { defaultWatchDeadlineMs } from '../../domain/rollout/watch-deadline.js';
import type { GateSpec } from '../../domain/gates/gate-rule.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';

type Older<T> = { readonly [K in keyof T]?: T[K] extends readonly unknown[] ? T[K] : Partial<T[K]> };

/** A stored definition with what fields that came later mean where it does not have them: what was done before they came. */
export function completeDefinition(stored: PipelineDefinition): PipelineDefinition {
  const older: Older<PipelineDefinition> = stored;
  const { backtest } = stored;
  return {
    ...stored,
    dataset: { ...stored.dataset, sensitive: older.dataset?.sensitive ?? [] },
    label: {
      ...stored.label,
      ingestionDelayMs: older.label?.ingestionDelayMs ?? 0,
      weight: older.label?.weight ?? null,
    },
    decision: {
      ...stored.decision,
      topShare: older.decision?.topShare ?? 0.1,
      value: older.decision?.value ?? null,
    },
    backtest: {
      ...backtest,
      stepMs: older.backtest?.stepMs ?? backtest.foldMs,
      scheme: older.backtest?.scheme ?? 'rolling',
      blocks: older.backtest?.blocks ?? 'day',
    },
    gates: stored.gates.map(completeGate),
    approval: {
      ...stored.approval,
      quorum: older.approval?.quorum ?? 1,
      approvers: older.approval?.approvers ?? [],
      unsigned: older.approval?.unsigned ?? 'accept',
    },
    rollout: older.rollout ?? [],
    watch: completeWatch(stored, older),
    analysis: { ...defaultAnalysis(stored.label.kind), ...older.analysis },
    monitor: { ...stored.monitor, metric: older.monitor?.metric ?? 'auc' },
    validation: older.validation ?? [],
    registry: { onAliasMoved: older.registry?.onAliasMoved ?? 'alarm' },
  };
}

/** A watch had no end of its own: it gets the one that a definition which says nothing has today. */
function completeWatch(
  { watch, window, label }: PipelineDefinition,
  older: Older<PipelineDefinition>,
): PipelineDefinition['watch'] {
  const labelDelayMs = label.delayMs + (older.label?.ingestionDelayMs ?? 0);
  const windows = { cycles: watch.cycles, everyMs: window.everyMs, labelDelayMs };
  return {
    ...watch,
    pollMs: older.watch?.pollMs ?? 3_600_000,
    deadlineMs: older.watch?.deadlineMs ?? defaultWatchDeadlineMs(windows),
  };
}

function completeGate(stored: GateSpec): GateSpec {
  const gate: GateSpec = { ...stored, mode: (stored as Partial<GateSpec>).mode ?? 'enforce' };
  if (gate.check === 'fair') return { ...gate, minNegatives: (gate as Partial<typeof gate>).minNegatives ?? 0 };
  if (gate.check !== 'calibrated') return gate;
  return { ...gate, maxSlopeError: (gate as Partial<typeof gate>).maxSlopeError ?? null };
}
