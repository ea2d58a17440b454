import type { GateSpec, PipelineDefinition } from '../../domain/pipeline-definition.js';

/**
 * A definition kept by an earlier version with what it could not say yet: the defaults of today. Its bytes and so its
 * digest stay as they are.
 */
export function asOfToday(kept: PipelineDefinition): PipelineDefinition {
  const { dataset, label, decision, backtest, gates } = kept;
  return {
    ...withDefaults(kept, { validation: [] }),
    dataset: withDefaults(dataset, { sensitive: [] }),
    label: withDefaults(label, { ingestionDelayMs: 0, weight: null }),
    decision: withDefaults(decision, { topShare: 0.1, value: null }),
    backtest: withDefaults(backtest, { scheme: 'rolling', blocks: 'day' }),
    gates: gates.map((gate) => {
      const whole: GateSpec = withDefaults(gate, { mode: 'enforce' });
      return whole.check === 'calibrated' ? withDefaults(whole, { maxSlopeError: null }) : whole;
    }),
  };
}

function withDefaults<T extends object>(kept: T, defaults: Partial<T>): T {
  return { ...defaults, ...kept };
}
