import { describe, expect, it } from 'vitest';
import { composeStatus } from '../../cli/pipeline-status.js';
import { composeServed, renderServed } from '../../cli/prediction-versions.js';
import { renderStatus } from '../../cli/status-text.js';
import { emptyTable, evolveTable, type TableCommit } from '../../domain/published-table.js';
import { digest, hour, model, pipeline } from '../support/ledger.js';
import { tableFile } from '../support/publications.js';
import { rollingOut, splitTo } from '../support/splits.js';

const rollout = rollingOut('c').append(splitTo(0)).append(splitTo(25, 1));
const fileOf = (letter: string, rows: number) =>
  tableFile({ modelDigest: model(letter).modelDigest, decisionEpoch: 4, rows });

/** A window that the champion and its challenger share. */
const commit: TableCommit = {
  operation: 'publish',
  at: hour(20),
  ledgerNumber: rollout.state.head.number,
  ledgerHash: rollout.state.head.hash,
  workflowId: 'w',
  workflowRunId: 'r',
  reason: 'scoring',
  identity: digest('run'),
  decisionEpoch: 4,
  windows: ['2001-03-05'],
  version: 0,
  added: [fileOf('b', 1_500), fileOf('c', 500)],
  removed: [],
};
const table = evolveTable(emptyTable, commit);

describe('a window that two models serve', () => {
  it('is shown in the status with the rows of each, and the step of the rollout', () => {
    const { records, state } = rollout;
    const alias = { status: 'not-asked' } as const;
    const status = composeStatus({ pipeline, records, state, table, commits: [commit], alias, plan: null, limit: 5 });
    expect(status.published.latest).toMatchObject([
      {
        rows: 2_000,
        models: ['v2', 'v3'],
        served: [
          { model: 'v2', cohort: 'champion', rows: 1_500 },
          { model: 'v3', cohort: 'challenger', rows: 500 },
        ],
      },
    ]);
    expect(status.rollout).toMatchObject({ challengerVersion: '3', sharePercent: 25, step: 2, windows: 1 });
    const text = renderStatus(status);
    expect(text).toContain('v2 champion 1,500, v3 challenger 500');
    expect(text).toMatch(/waits for step 2 of 2, 25 % of the entities since .*: 1 windows published/);
    expect(text.match(/25 % of the entities/g)).toHaveLength(1);
  });

  it('has a file of each among the predictions, with its cohort', () => {
    const facts = { folder: '/store/predictions', table, commits: [commit], window: null, connection: null };
    const served = composeServed({ pipeline, state: rollout.state, ...facts });
    expect(served.files.map(({ model: name, cohort, rows }) => [name, cohort, rows])).toEqual([
      ['v2', 'champion', 1_500],
      ['v3', 'challenger', 500],
    ]);
    expect(renderServed(served, 10)).toMatch(/2001-03-05 +500 +v3 +challenger/);
  });
});
