import { describe, expect, it } from 'vitest';
import { emptyTable, type TableCommit, type TableFile } from '../../domain/published-table.js';
import {
  chooseShadowFiles,
  findReversal,
  planReplacement,
  previewReplacement,
  revokedByRollback,
} from '../../domain/rollback.js';
import { judgeDrill } from '../../domain/drill.js';
import { checkReplacedRows } from '../../domain/verify/commit-checks.js';
import { digest, hour, LedgerBuilder, model } from '../support/ledger.js';
import { tableFile } from '../support/publications.js';
import { besideChallenger, split } from '../support/rollouts.js';

const digestOf = (letter: string): string => model(letter).modelDigest;
const served = (letter: string, rows: number): TableFile =>
  tableFile({ modelDigest: digestOf(letter), rows, decisionEpoch: 3, path: `${letter}-served` });
const tableOf = (...files: readonly TableFile[]) => ({ ...emptyTable, files });

/** A window that the champion `b` and its challenger `c` serve together. */
const shared = tableOf(served('b', 60), served('c', 40));

describe('the end of a rollout', () => {
  const { state } = besideChallenger().append(split('p3', 'c', null, 0));
  const reversal = findReversal(state, 'p3');
  if (reversal === null) throw new Error('the rollout has ended');
  const planned = planReplacement({ reversal, table: shared, ledger: state });

  it('takes back the rows of the challenger and leaves those of the champion', () => {
    expect(planned.map((window) => [window.served.map(({ path }) => path), window.keptRows])).toEqual([
      [['c-served'], 60],
    ]);
    expect(reversal.model).toEqual(model('b'));
  });

  it("finds the champion's shadow scores of exactly these rows", () => {
    const [revoked] = planned;
    if (revoked === undefined) throw new Error('there is one window');
    const along = tableOf(
      tableFile({ modelDigest: digestOf('b'), rows: 40, path: 'b-along' }),
      tableFile({ modelDigest: digestOf('c'), rows: 60, path: 'c-along' }),
    );
    expect(chooseShadowFiles(along, revoked, digestOf('b')).map(({ path }) => path)).toEqual(['b-along']);
    const all = tableOf(tableFile({ modelDigest: digestOf('b'), rows: 100, path: 'b-all' }));
    expect(chooseShadowFiles(all, revoked, digestOf('b'))).toEqual([]);
  });
});

describe('a rollback while a challenger serves a share', () => {
  it('takes back champion and challenger, whole windows', () => {
    const { state } = besideChallenger();
    expect(revokedByRollback(state, model('a'))).toEqual([digestOf('b'), digestOf('c')]);
    const [window] = previewReplacement({ ledger: state, table: shared, target: model('a') });
    expect(window).toMatchObject({ keptRows: 0, served: [{ path: 'b-served' }, { path: 'c-served' }] });
  });

  it('leaves a challenger alone that only scores in shadow, and one that is the target', () => {
    expect(revokedByRollback(besideChallenger(0).state, model('a'))).toEqual([digestOf('b')]);
    const { state } = besideChallenger();
    expect(revokedByRollback(state, model('c'))).toEqual([digestOf('b')]);
    const [window] = previewReplacement({ ledger: state, table: shared, target: model('c') });
    expect(window).toMatchObject({ keptRows: 40, served: [{ path: 'b-served' }] });
  });

  it('previews nothing without a champion', () => {
    const { state } = new LedgerBuilder();
    expect(previewReplacement({ ledger: state, table: shared, target: model('a') })).toEqual([]);
  });
});

describe('shadow scores of several runs', () => {
  it('count only when each run has as many as it served', () => {
    const one = tableFile({ runIdentity: digest('one'), rows: 6 });
    const two = tableFile({ runIdentity: digest('two'), rows: 4 });
    const revoked = { window: one.window, windowEnd: one.windowEnd, served: [one, two], keptRows: 0 };
    const shadow = (name: string, rows: number) =>
      tableFile({ runIdentity: digest(name), modelDigest: digestOf('a'), rows, path: name });
    expect(chooseShadowFiles(tableOf(shadow('one', 6), shadow('two', 4)), revoked, digestOf('a'))).toHaveLength(2);
    expect(chooseShadowFiles(tableOf(shadow('one', 10)), revoked, digestOf('a'))).toEqual([]);
    expect(chooseShadowFiles(tableOf(shadow('one', 4), shadow('two', 6)), revoked, digestOf('a'))).toEqual([]);
  });
});

describe('a rehearsed rollback', () => {
  const { state } = besideChallenger().append(split('p3', 'c', null, 0));

  it('passes when every window has the rows it had and nothing revoked is left', () => {
    const after = tableOf(served('b', 60), tableFile({ modelDigest: digestOf('b'), rows: 40, decisionEpoch: 4 }));
    expect(judgeDrill({ before: shared, after, ledger: state })).toEqual([]);
  });

  it('fails with every window that has other rows, and every file that is still served', () => {
    const after = tableOf(served('c', 41));
    expect(judgeDrill({ before: shared, after, ledger: state })).toEqual([
      'window 2001-03-05 has 41 rows after it and had 100',
      'c-served is still served',
    ]);
  });
});

describe('verify', () => {
  const commit = (overrides: Partial<TableCommit>): TableCommit => ({
    operation: 'publish',
    at: hour(0),
    ledgerNumber: 0,
    ledgerHash: null,
    workflowId: 'w',
    workflowRunId: 'r',
    reason: '',
    identity: digest('run'),
    decisionEpoch: 3,
    windows: ['2001-03-05'],
    version: 0,
    added: shared.files,
    removed: [],
    ...overrides,
  });
  const back = (rows: number) =>
    commit({
      operation: 'rollback',
      version: 1,
      added: [tableFile({ modelDigest: digestOf('b'), rows, path: 'b-back' })],
      removed: ['c-served'],
    });

  it('accepts a part of a window that is replaced row for row, and no other', () => {
    expect(checkReplacedRows([commit({}), back(40)]).problems).toEqual([]);
    expect(checkReplacedRows([commit({}), back(39)]).problems).toEqual([
      { field: 'version 1 add: window 2001-03-05', found: '39 rows', expected: '40 rows' },
    ]);
  });
});
