import { expect, it } from 'vitest';
import type { EvaluatedFold, EvidenceServices } from '../../../activities/evidence/evidence-plan.js';
import { measureQuality } from '../../../activities/evidence/probe-quality.js';
import type { Evaluator } from '../../../activities/ports/evaluation.js';
import { day } from '../../support/ledger.js';
import { flightsDefinition } from '../../support/flights-definition.js';
import { evidencePlan } from '../../support/workflow-fakes.js';

const foldOf = (index: number, snapshotDigest: string): EvaluatedFold => ({
  index,
  window: day,
  rows: 90,
  snapshotDigest,
  sources: [],
  path: `${String(index)}.parquet`,
  baselinePath: null,
});

it('reads what the snapshots of the folds say, and asks for labels of the columns that gates look at', async () => {
  const asked: Parameters<Evaluator['countLabels']>[0][] = [];
  const lacking = { column: 'origin', value: 'ATL', rows: 100, labelledRows: 0 };
  const services = {
    dataset: {
      loadSnapshot: (_pipeline: string, digest: string) =>
        Promise.resolve({
          digest,
          rowsFound: 101,
          quarantined: 1,
          rows: 100,
          labelledRows: 90,
          validation: { warnings: [`a warning of ${digest}`] },
        }),
      localParts: ({ digest }: { readonly digest: string }) => Promise.resolve([`${digest}/part-0`]),
    },
    evaluator: {
      countLabels: (args: Parameters<Evaluator['countLabels']>[0]) => (asked.push(args), Promise.resolve([lacking])),
    },
  } as unknown as EvidenceServices;
  const gate = { mode: 'enforce', check: 'worst-slice', metric: 'auc', column: 'origin', minRows: 1, harm: 1 } as const;

  const measured = await measureQuality(services, {
    plan: evidencePlan,
    definition: flightsDefinition({ gates: [gate] }),
    folds: [foldOf(0, 'first'), foldOf(1, 'second')],
    signal: new AbortController().signal,
    report: () => undefined,
  });

  const numbers = { rowsFound: 101, quarantined: 1, rows: 100, labelledRows: 90 };
  expect(measured).toEqual({
    status: 'measured',
    facts: {
      folds: [
        { fold: 0, ...numbers, warnings: ['a warning of first'] },
        { fold: 1, ...numbers, warnings: ['a warning of second'] },
      ],
      slices: [lacking],
    },
  });
  expect(asked).toEqual([{ parts: ['first/part-0', 'second/part-0'], columns: ['origin'], minRows: 100, limit: 20 }]);
});
