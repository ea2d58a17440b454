import { z } from 'zod';
import { atLeast, count, share } from './pipeline-definition-fields.js';

const common = {
  cycles: count(1).default(1),
  needs: z.enum(['no-harm', 'not-worse', 'better'], 'no-harm, not-worse or better').exactOptional(),
};

const step = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('shadow'), ...common }),
    z.strictObject({
      kind: z.literal('share'),
      sharePercent: z
        .number('a share above 0 and up to 100 percent')
        .gt(0, 'a share above 0 percent; shadow({ cycles }) serves nobody')
        .max(100, 'a share of at most 100 percent')
        .multipleOf(0.01, 'a share with two decimals at most, such as 0.25'),
      ...common,
    }),
  ],
  'a step such as shadow({ cycles: 2 }) or share(5, { cycles: 2 })',
);

/** The steps between approval and the change of champion. */
export const rolloutSection = z.array(step, 'a list of rollout steps').default([]);

/** A chance of a false alarm that anybody can live with. */
const chance = z.number('a chance between 0 and 0.5').gt(0, 'a chance above 0').lt(0.5, 'a chance below 0.5');

/** How both sides are compared during a rollout and in the watch; `domain/rollout/default-analysis.ts` has the defaults. */
export const analysisSection = z
  .strictObject(
    {
      alpha: chance.exactOptional(),
      loss: z
        .enum(['brier', 'logLoss', 'squaredError', 'absoluteError'], 'brier, logLoss, squaredError or absoluteError')
        .exactOptional(),
      margin: atLeast(0).exactOptional(),
      minCycles: count(1).exactOptional(),
      maxChurn: share('a share from 0 to 1').exactOptional(),
      maxScorePsi: atLeast(0).nullable().exactOptional(),
      maxValueLoss: atLeast(0).nullable().exactOptional(),
      sampleRatioAlpha: chance.exactOptional(),
      failureLimit: count(0).exactOptional(),
      inconclusiveLimit: count(0).exactOptional(),
    },
    'the analysis policy',
  )
  .prefault({});
