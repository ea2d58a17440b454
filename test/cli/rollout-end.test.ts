import { expect, it } from 'vitest';
import { modelNames } from '../../cli/champion-history.js';
import { composeStatus } from '../../cli/pipeline-status.js';
import { findRolloutEnd } from '../../cli/rollout-end.js';
import { findServedOn, renderServedOn } from '../../cli/served-on.js';
import { renderStatus } from '../../cli/status-text.js';
import { evolveTable, emptyTable, type TableCommit, type TableFile } from '../../domain/published-table.js';
import { digest, hour, model, pipeline } from '../support/ledger.js';
import { rollingOut, splitEnded, splitTo } from '../support/splits.js';

const window = '2001-04-03';
const correctionFile = { path: 'corrections/flights/p3.json', sha256: digest('corrections'), bytes: 9 };
const grounds = ['aborted by Ada: no changes over the holidays'];

/** A canary of `c` was aborted, and what it had served is the champion's again. */
const { state } = rollingOut('c')
  .append(splitTo(25))
  .append({ ...splitEnded(), grounds, outcome: 'aborted' })
  .append({
    type: 'predictions-replaced',
    rollbackId: 'p3',
    tableVersion: 1,
    windows: [{ start: `${window}T00:00:00.000Z`, end: '2001-04-04T00:00:00.000Z' }],
    rowsReplaced: 4,
    decisionsChanged: 1,
    correctionFile,
  });

function file(of: string): TableFile {
  const windowEnd = '2001-04-04';
  const named = { runIdentity: digest(of), modelDigest: model(of).modelDigest, snapshotDigest: digest('snapshot') };
  return {
    path: `${of}.parquet`,
    bytes: 9,
    sha256: digest(of),
    rows: 12,
    window,
    windowEnd,
    decisionEpoch: 3,
    ...named,
  };
}

function commit(version: number, own: Partial<TableCommit>): TableCommit {
  return {
    ...{ version, at: hour(40 + version), operation: 'publish', identity: 'run', decisionEpoch: 3, windows: [window] },
    ...{ ledgerNumber: 20, ledgerHash: null, workflowId: 'w', workflowRunId: 'r', added: [], removed: [] },
    reason: 'retraining by schedule',
    ...own,
  };
}

const commits = [
  commit(0, { added: [file('c')] }),
  commit(1, { operation: 'rollback', identity: 'p3', added: [file('b')], removed: ['c.parquet'], decisionEpoch: 4 }),
];

it('a window that an aborted canary served says that its rollout ended, by whom, why, and where the corrections are', () => {
  const windows = findServedOn(window, {
    ...{ commits, changes: [], nameOf: modelNames(state) },
    endOf: (identity) => findRolloutEnd(state, identity),
  });
  const told = renderServedOn(pipeline, window, windows);
  expect(told).toContain('end of the rollout of v3, 2001-03-06 17:00:00Z, table version 1: aborted by Ada: no changes');
  expect(told).toMatch(/promotion +p3, aborted/);
  expect(told).toMatch(/corrections +corrections\/flights\/p3\.json/);
  expect(told).not.toContain('rollback of');
  expect(windows[0]?.now.rolloutEnd).toMatchObject({ promotionId: 'p3', outcome: 'aborted', grounds });
});

it('a status calls it what it was', () => {
  const facts = { pipeline, records: [], commits, plan: null, alias: { status: 'not-asked' }, limit: 5 } as const;
  const table = commits.reduce(evolveTable, emptyTable);
  const line = renderStatus(composeStatus({ ...facts, state, table }))
    .split('\n')
    .find((text) => text.startsWith(window));
  expect(line).toMatch(/ 1 +rollout aborted +2001/);
});

it('a rollback of a champion is none', () => {
  expect(findRolloutEnd(state, 'r1')).toBeNull();
  expect(findRolloutEnd(state, 'run')).toBeNull();
});
