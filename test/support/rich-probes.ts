import type { GroupDecisions, Probes, SensitiveGroup } from '../../domain/gates/probes.js';

const features = Array.from({ length: 60 }, (_, index) =>
  index === 2
    ? 'minutes_between_the_scheduled_and_the_actual_arrival_of_the_inbound_aircraft'
    : `feature_${String(index)}`,
);

function group(columns: readonly string[], values: readonly (string | null)[], rows: number): SensitiveGroup {
  const decided = (share: number): GroupDecisions => ({
    selected: Math.round(rows * share),
    truePositives: Math.round(rows * share * 0.4),
    falsePositives: Math.round(rows * share * 0.6),
  });
  const positives = Math.round(rows * 0.2);
  return { columns, values, rows, positives, champion: decided(0.2), challenger: decided(0.22) };
}

/** Everything measured: sixty features, groups and their intersections, warnings. */
export const richProbes: Probes = {
  loads: { status: 'measured', facts: { rows: 256, maxDifference: 1.2e-7 } },
  fairness: {
    status: 'measured',
    facts: {
      groups: [
        group(['carrier'], ['AA'], 90_000),
        group(['carrier'], ['UA'], 80_000),
        group(['carrier'], [null], 40),
        group(['carrier', 'region'], ['AA', 'South'], 30_000),
        { ...group(['carrier', 'region'], ['UA', 'West'], 20_000), champion: null },
      ],
    },
  },
  quality: {
    status: 'measured',
    facts: {
      folds: [0, 1, 2].map((fold) => ({
        fold,
        rowsFound: 64_100,
        quarantined: 12,
        rows: 64_088,
        labelledRows: 64_000 + fold,
        warnings: fold === 1 ? ['oneOf(origin, training): 3 of 64,088 rows'] : [],
      })),
      slices: [{ column: 'origin', value: null, rows: 40, labelledRows: 0 }],
    },
  },
  leakage: {
    status: 'measured',
    facts: {
      shapedUntil: '2001-03-30T00:00:00.000Z',
      firstFoldStart: '2001-04-01T00:00:00.000Z',
      requiredGapMs: 86_400_000,
      sharedKeys: 0,
      labelColumns: ['late_again'],
      singleFeatures: features.map((feature, index) => ({
        feature,
        auc: index === 3 ? null : 0.5 + index / 300,
        rows: 9,
      })),
      lag: { auc: 0.6612, laggedAuc: 0.6401, rows: 20_000 },
    },
  },
  skew: {
    status: 'measured',
    facts: {
      windows: 7,
      rows: 115_500,
      features: features.map((feature, index) => ({ feature, differing: index === 5 ? 14 : 0 })),
      unmatched: 2,
      maxScoreDifference: 0.0004,
    },
  },
  volume: {
    status: 'measured',
    facts: {
      rows: 16_500,
      measuredRows: 4000,
      deadlineMs: 900_000,
      memoryMb: 2048,
      inTime: true,
      inMemory: false,
    },
  },
  robustness: {
    status: 'measured',
    facts: {
      variants: features.flatMap((feature, index) => [
        {
          kind: 'perturbed' as const,
          feature,
          rows: 5000,
          badScores: 0,
          flipShare: 0.01 + index / 1000,
          meanShift: -0.001,
          loss: 0.002,
        },
        {
          kind: 'missing' as const,
          feature: index === 0 ? null : feature,
          rows: 5000,
          badScores: index === 1 ? 3 : 0,
          flipShare: index === 0 ? 0.31 : 0.05,
          meanShift: 0.02,
          loss: null,
        },
      ]),
    },
  },
  importance: {
    status: 'measured',
    facts: {
      metric: 'auc',
      rows: 20_000,
      repeats: 5,
      seed: 1,
      features: features.map((feature, index) => ({
        feature,
        challenger: index === 59 ? null : { mean: 0.05 / (index + 1) - 0.001, sd: 0.001 },
        champion: index === 1 ? null : { mean: 0.04 / (index + 1), sd: 0.001 },
      })),
    },
  },
  drift: {
    status: 'measured',
    facts: {
      rows: 192_003,
      trainingRows: 460_000,
      features: features.map((feature, index) => ({
        feature,
        psi: index === 59 ? null : 0.3 / (index + 1),
        limit: index === 59 ? null : 0.2,
        drifted: index === 0,
      })),
      validationMeanScore: 0.2,
    },
  },
};
