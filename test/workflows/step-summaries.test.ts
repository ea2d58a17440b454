import { expect, it } from 'vitest';
import { stepSummaries } from '../../workflows/step-summaries.js';
import { Fakes } from '../support/workflow-fakes.js';

const steps = Object.keys(new Fakes().activities);

it.each(steps)('%s has a summary that fits into a line of the timeline', (name) => {
  expect(Buffer.byteLength(stepSummaries[name] ?? '')).toBeGreaterThan(0);
  expect(Buffer.byteLength(stepSummaries[name] ?? '')).toBeLessThanOrEqual(200);
});

it('nothing else has one', () => {
  expect(Object.keys(stepSummaries).sort()).toEqual([...steps].sort());
});
