import type { WorkflowStatus, WorkflowType } from '../../workflows/api.js';
import type { Decisions } from './decisions.js';
import { collectable, moveAlias, restoreModels, spoilModels, type LifeScene } from './interventions.js';
import { smallWindow, specialWindows, type LifeKind, type SmallPipeline } from './small-pipeline.js';

/** What a step runs: a workflow that is started, one that runs already, or a command. */
export type StepWork =
  | { readonly start: WorkflowType; readonly input: (pipeline: SmallPipeline) => object }
  /** The promotion of this version, which the step before has started. */
  | { readonly promotion: string }
  | { readonly command: (pipeline: SmallPipeline) => readonly string[] };

/** One step of a life. */
export interface LifeStep {
  readonly name: string;
  readonly work: StepWork;
  /** What somebody else does before it; safe to repeat. */
  readonly before?: (scene: LifeScene) => Promise<void>;
  readonly decisions?: Decisions;
  /** Version that a decision is about. */
  readonly version?: string;
  /** What the run has come to when the step is over; its end, where this is left out. */
  readonly until?: (status: WorkflowStatus) => boolean;
  /** The promotion that hears of it, and what it comes to before the step is over; null for its end. */
  readonly moves?: { readonly promotion: string; readonly to: ((status: WorkflowStatus) => boolean) | null };
}

type Input = Readonly<Record<string, unknown>>;

function start(name: string, type: WorkflowType, input: Input | ((pipeline: SmallPipeline) => Input) = {}): LifeStep {
  const given = (pipeline: SmallPipeline): Input => (typeof input === 'function' ? input(pipeline) : input);
  return { name, work: { start: type, input: (pipeline) => ({ pipeline: pipeline.name, ...given(pipeline) }) } };
}

function score(name: string, window: number): LifeStep {
  return start(name, 'score', { window: smallWindow(window) });
}

/** All six workflows, each from a state that gives it everything to do, and what a store and a registry go through. */
const everyday: readonly LifeStep[] = [
  start('first-retrain', 'retrain', { promote: false }),
  { ...start('bootstrap', 'promote', { bootstrap: true }), decisions: 'approved by Maria' },
  score('first-score', 0),
  start('retrain', 'retrain', ({ leaves }) => ({ params: leaves('v2'), promote: true })),
  { name: 'promote', work: { promotion: '2' }, decisions: 'approved by Maria' },
  start('backtest', 'backtest', { challenger: '1' }),
  score('score', 1),
  start('monitor', 'monitor'),
  { ...score('score-by-fallback', 2), before: (scene) => spoilModels(scene, 'champion') },
  { ...score('score-by-nothing', specialWindows.unscorable), before: (scene) => spoilModels(scene, 'all') },
  { ...start('drill', 'rollback', { drill: true }), before: restoreModels },
  start('rollback', 'rollback'),
  { ...score('score-alias-restored', 5), before: (scene) => moveAlias(scene, '2') },
  start('third-retrain', 'retrain', ({ leaves }) => ({ params: leaves('v3'), promote: false })),
  start('plan', 'promote', { planOnly: true, version: '3' }),
  {
    ...start('monitor-adopts', 'monitor'),
    before: async (scene) => {
      await scene.pipeline.redefine({ registry: { onAliasMoved: 'adopt' } });
      await moveAlias(scene, '3');
    },
  },
  score('last-score', 6),
  score('score-held', specialWindows.held),
  {
    name: 'collect',
    before: collectable,
    work: { command: ({ name }) => ['collect', name, '--apply', '--by', 'Ada', '--reason', 'the disk is full'] },
  },
];

/** Files of a store on S3 are neither spoiled nor old. */
const onFiles = new Set(['score-by-fallback', 'score-by-nothing', 'collect']);

function step(number: number, published: number): (status: WorkflowStatus) => boolean {
  return ({ rollout }) => rollout?.phase === 'step' && rollout.step === number && rollout.cyclesPublished === published;
}

/** Two rollouts: one asks a person in its midst, and its watch takes it back; the other is aborted while it serves a half. */
const rollout: readonly LifeStep[] = [
  start('first-retrain', 'retrain', { promote: false }),
  {
    ...start('bootstrap', 'promote', { bootstrap: true }),
    version: '1',
    decisions: 'approved by two signatures',
  },
  score('first-score', 0),
  start('retrain', 'retrain', ({ leaves }) => ({ params: leaves('v2'), promote: true })),
  {
    name: 'promote-to-shadow',
    work: { promotion: '2' },
    version: '2',
    decisions: 'approved by two signatures',
    until: step(1, 0),
  },
  { ...score('score-in-shadow', 1), moves: { promotion: '2', to: step(1, 1) } },
  { ...score('score-to-share', 2), moves: { promotion: '2', to: step(2, 0) } },
  { ...score('score-in-share', 3), moves: { promotion: '2', to: step(2, 1) } },
  {
    ...score('score-to-question', 4),
    moves: { promotion: '2', to: ({ waitingFor }) => waitingFor?.includes('go-ahead') === true },
  },
  {
    name: 'promote-to-watch',
    work: { promotion: '2' },
    version: '2',
    decisions: 'gone on by a signature',
    until: ({ rollout: progress }) => progress?.phase === 'watch',
  },
  { ...score('score-to-rollback', specialWindows.harmful), moves: { promotion: '2', to: null } },
  start('second-retrain', 'retrain', ({ leaves }) => ({ params: leaves('v3'), promote: true })),
  {
    name: 'second-to-shadow',
    work: { promotion: '3' },
    version: '3',
    decisions: 'approved by two signatures',
    until: step(1, 0),
  },
  { ...score('second-in-shadow', 6), moves: { promotion: '3', to: step(1, 1) } },
  { ...score('second-to-share', 7), moves: { promotion: '3', to: step(2, 0) } },
  { ...score('second-in-share', 8), moves: { promotion: '3', to: step(2, 1) } },
  { name: 'promote-aborted', work: { promotion: '3' }, version: '3', decisions: 'aborted' },
  score('last-score', 9),
];

export const lifeSteps: Readonly<Record<LifeKind, readonly LifeStep[]>> = {
  everyday,
  rollout,
  bucket: everyday.filter(({ name }) => !onFiles.has(name)),
};

/** Workflow type of a step, by which its crashes are counted; a command by its own name. */
export function typeOf({ work }: LifeStep): WorkflowType | 'command' {
  if ('start' in work) return work.start;
  return 'promotion' in work ? 'promote' : 'command';
}

/** What a life of a kind leaves in the registry. */
export const endings: Readonly<
  Record<LifeKind, { readonly champions: readonly string[]; readonly versions: number; readonly aliasAlarms: number }>
> = {
  everyday: { champions: ['1', '2', '1', '3'], versions: 3, aliasAlarms: 2 },
  bucket: { champions: ['1', '2', '1', '3'], versions: 3, aliasAlarms: 2 },
  rollout: { champions: ['1', '2', '1'], versions: 3, aliasAlarms: 0 },
};
