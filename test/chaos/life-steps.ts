import type { WorkflowType } from '../../workflows/api.js';
import { smallWindows, type SmallPipeline } from './small-pipeline.js';

/** One workflow of a life. */
export interface LifeStep {
  readonly name: string;
  readonly type: WorkflowType;
  readonly input: (pipeline: SmallPipeline) => object;
  /** A person approves what its gates found. */
  readonly isApproved: boolean;
  /** It was started by the step before, under this id. */
  readonly startedAs?: ((pipeline: SmallPipeline) => string) | undefined;
}

const asked = { isApproved: false };

/** All six workflows, each from a state that gives it everything to do. */
export const lifeSteps: readonly LifeStep[] = [
  { name: 'first-retrain', type: 'retrain', ...asked, input: ({ name }) => ({ pipeline: name, promote: false }) },
  { name: 'bootstrap', type: 'promote', isApproved: true, input: ({ name }) => ({ pipeline: name, bootstrap: true }) },
  { name: 'first-score', type: 'score', ...asked, input: ({ name }) => ({ pipeline: name, window: smallWindows[0] }) },
  {
    name: 'retrain',
    type: 'retrain',
    ...asked,
    input: ({ name, leaves }) => ({ pipeline: name, params: leaves('v2'), promote: true }),
  },
  {
    name: 'promote',
    type: 'promote',
    isApproved: true,
    input: ({ name }) => ({ pipeline: name }),
    startedAs: ({ name }) => `promote/${name}/v2`,
  },
  { name: 'backtest', type: 'backtest', ...asked, input: ({ name }) => ({ pipeline: name, challenger: '1' }) },
  { name: 'score', type: 'score', ...asked, input: ({ name }) => ({ pipeline: name, window: smallWindows[1] }) },
  { name: 'monitor', type: 'monitor', ...asked, input: ({ name }) => ({ pipeline: name }) },
  { name: 'rollback', type: 'rollback', ...asked, input: ({ name }) => ({ pipeline: name }) },
  { name: 'last-score', type: 'score', ...asked, input: ({ name }) => ({ pipeline: name, window: smallWindows[2] }) },
];
