import { expect, it } from 'vitest';
import { completeDefinition } from '../../../adapters/definitions/older-definitions.js';
import type { PipelineDefinition } from '../../../domain/pipeline-definition.js';
import { defaultAnalysis } from '../../../domain/rollout/default-analysis.js';
import { flightsDefinition } from '../../support/flights-definition.js';

it('a definition from before there were rollouts has none, and the analysis that one means which says nothing', () => {
  const { rollout, analysis, ...older } = flightsDefinition();
  expect([rollout, analysis]).toEqual([[], defaultAnalysis('binary')]);
  expect(completeDefinition(older as PipelineDefinition)).toMatchObject({
    rollout: [],
    analysis: { alpha: 0.05, loss: 'brier', margin: 0, failureLimit: 0 },
  });
});

it('a stored analysis stays as it is, and fields that it does not have get their default', () => {
  const analysis = { alpha: 0.01, maxScorePsi: null } as PipelineDefinition['analysis'];
  expect(completeDefinition({ ...flightsDefinition(), analysis }).analysis).toEqual({
    ...defaultAnalysis('binary'),
    alpha: 0.01,
    maxScorePsi: null,
  });
});

it('a definition from before decay was judged by other metrics means AUC, with the margin that it has', () => {
  const { metric, ...monitor } = flightsDefinition().monitor;
  expect(metric).toBe('auc');
  const older = { ...flightsDefinition(), monitor } as PipelineDefinition;
  expect(completeDefinition(older).monitor).toEqual({ psiLimit: 0.2, metric: 'auc', decayMargin: 0.02 });
  const regression = { ...older, label: { ...older.label, kind: 'regression' as const } };
  expect(completeDefinition(regression).monitor.metric).toBe('auc');
});

it('a stored choice of metric and margin stays', () => {
  const monitor = { psiLimit: 0.2, metric: 'mae', decayMargin: { share: 0.2 } } as const;
  expect(completeDefinition({ ...flightsDefinition(), monitor }).monitor).toEqual(monitor);
});

it('a watch from before there was a deadline gets the one that a definition has today which says nothing', () => {
  const { watch, ...older } = flightsDefinition();
  const { deadlineMs, ...rest } = watch;
  const stored = { ...older, watch: rest } as PipelineDefinition;
  expect(completeDefinition(stored).watch).toEqual({ ...rest, deadlineMs: 30 * 86_400_000 });
  expect(completeDefinition({ ...older, watch: { ...watch, deadlineMs: deadlineMs / 2 } }).watch.deadlineMs).toBe(
    15 * 86_400_000,
  );
});
