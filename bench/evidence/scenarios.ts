import type { GateSpec } from '../../domain/gates/gate-rule.js';
import { sliceColumn } from './simulated-judgement.js';
import type { World } from './simulated-rows.js';
import type { Scenario } from './simulations.js';

/** Of one-sided tests: what a policy's confidence of 90 % means. */
export const alpha = 0.05;
/** Of the intervals whose coverage is measured. */
export const nominalCoverage = 0.95;
/** How much worse in AUC a challenger may be. */
export const margin = 0.01;
/** True advantage over the boundary at which power is asked for, in standard errors. */
export const advantageInErrors = 2.5;
/** The loss in one slice of 5 % of the rows that a policy has to notice. */
export const sliceLoss = 0.03;

const days = 28;
const slices = 20;
const smallDay = 400;
const largeDay = 16_500;
const minRows = 100;

const superior: GateSpec = { mode: 'enforce', check: 'beats-baseline', metric: 'auc', by: 0 };
const notInferior: GateSpec = { mode: 'enforce', check: 'not-worse', metric: 'auc', margin };

/** A limit of harm for each of the 20 slices. */
export function sliceGate(harm: number, mode: GateSpec['mode'] = 'enforce'): GateSpec {
  return { mode, check: 'worst-slice', metric: 'auc', column: sliceColumn, minRows, harm };
}

/** Six checks, as a careful pipeline has them; a looser limit of harm is only watched. */
const sixGates: readonly GateSpec[] = [
  notInferior,
  { mode: 'enforce', check: 'not-worse', metric: 'logLoss', margin: 0.01 },
  { mode: 'enforce', check: 'not-worse', metric: 'brier', margin: 0.004 },
  sliceGate(0.01),
  { mode: 'enforce', check: 'calibrated', maxEce: 0.05, maxSlopeError: null },
  { mode: 'enforce', check: 'loads', tolerance: 1e-6 },
  sliceGate(0.02, 'observe'),
];

type Change = Partial<Omit<Scenario, 'world'>> & { readonly world?: Partial<World> };

export interface ScenarioSizes {
  readonly seed: number;
  readonly simulations: number;
  readonly largeSimulations: number;
}

/** The simulated backtests, by what is true in them. */
export function planScenarios({ seed, simulations, largeSimulations }: ScenarioSizes) {
  const scenario = (name: string, { world, ...change }: Change): Scenario => ({
    name,
    world: { seed, days, rowsPerDay: smallDay, slices, ...world },
    truth: { advantage: 0, sliceLoss: 0 },
    gates: [superior],
    plan: { blocks: 'day', replicates: 2_000, confidence: 1 - 2 * alpha, reuse: 1, seed: 1 },
    coverage: false,
    simulations,
    ...change,
  });
  const plan = { blocks: 'day', replicates: 2_000, confidence: nominalCoverage, reuse: 1, seed: 1 } as const;
  const large = { gates: sixGates, simulations: largeSimulations, world: { seed: seed + 2, rowsPerDay: largeDay } };
  return {
    equal: scenario('no difference, superiority asked for', {
      gates: [superior, sliceGate(0.02), sliceGate(0, 'observe')],
    }),
    inferior: scenario('worse by the margin', {
      world: { seed: seed + 1 },
      truth: { advantage: -margin, sliceLoss: 0 },
      gates: [notInferior, sliceGate(0.02)],
    }),
    // On the same rows but for the advantage: their standard error is the one that it is counted in.
    better: (standardError: number) =>
      scenario('better by 2.5 standard errors', {
        truth: { advantage: advantageInErrors * standardError, sliceLoss: 0 },
      }),
    lessInferior: (standardError: number) =>
      scenario('2.5 standard errors above the margin', {
        truth: { advantage: advantageInErrors * standardError - margin, sliceLoss: 0 },
        gates: [notInferior],
      }),
    coverage: scenario('coverage over 28 days', { plan, coverage: true }),
    shortCoverage: scenario('coverage over 12 days', { plan, coverage: true, world: { days: 12 } }),
    largeEqual: scenario('six gates, equal challenger', large),
    largeHarmed: scenario('six gates, one slice harmed', { ...large, truth: { advantage: 0, sliceLoss } }),
  };
}
