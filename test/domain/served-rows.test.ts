import { describe, expect, it } from 'vitest';
import { servedAfter, type TableCommit, type TableFile } from '../../domain/published-table.js';
import { championsFiles, cohortOfFile, countServedRows } from '../../domain/served-rows.js';
import { digest, hour, model } from '../support/ledger.js';
import { tableFile } from '../support/publications.js';
import { rollingOut, splitEnded, splitTo } from '../support/splits.js';

const { state } = rollingOut('c').append(splitTo(25)).append(splitEnded());
const fileOf = (letter: string, decisionEpoch: number, rest: Partial<TableFile> = {}): TableFile =>
  tableFile({
    modelDigest: model(letter).modelDigest,
    decisionEpoch,
    runIdentity: digest(String(decisionEpoch)),
    ...rest,
  });

describe('as whose rows a file is served', () => {
  it.each([
    ['the champion of its epoch', 'b', 2, 'champion'],
    ['the champion beside a challenger', 'b', 3, 'champion'],
    ['the challenger of its step', 'c', 3, 'challenger'],
    ['the champion after the rollout ended', 'b', 4, 'champion'],
    ['the challenger when its step was over', 'c', 4, 'fallback'],
    ['an earlier champion', 'a', 2, 'fallback'],
    ['a champion in its own term', 'a', 1, 'champion'],
  ] as const)('%s', (_title, letter, epoch, cohort) => {
    expect(cohortOfFile(state, fileOf(letter, epoch))).toBe(cohort);
  });

  it('adds up over the parts of a window', () => {
    const files = [fileOf('b', 3, { rows: 7 }), fileOf('c', 3, { rows: 3 }), fileOf('b', 3, { rows: 8 })];
    expect(countServedRows(state, files)).toEqual([
      { modelDigest: model('b').modelDigest, cohort: 'champion', rows: 15 },
      { modelDigest: model('c').modelDigest, cohort: 'challenger', rows: 3 },
    ]);
  });
});

describe('the files that tell how the champion does', () => {
  const [champion, challenger, fallback] = [fileOf('b', 3), fileOf('c', 3), fileOf('a', 3)];

  it.each([
    ['its own where a challenger serves some rows', [challenger, champion], [champion]],
    ['those of what stood in for it', [fallback], [fallback]],
    ['those of the challenger where that serves everybody', [challenger], [challenger]],
    ['none where there is none', [], []],
  ])('are %s', (_title, files, own) => {
    expect(championsFiles(state, files)).toEqual(own);
  });
});

describe('what serves a window after a commit', () => {
  const commit = (version: number, added: readonly TableFile[], removed: readonly TableFile[]): TableCommit => ({
    operation: version === 0 ? 'publish' : 'rollback',
    at: hour(version),
    ledgerNumber: 0,
    ledgerHash: null,
    workflowId: 'w',
    workflowRunId: 'r',
    reason: '',
    identity: digest(String(version)),
    decisionEpoch: version,
    windows: ['2001-03-05'],
    version,
    added,
    removed: removed.map(({ path }) => path),
  });
  const [champion, challenger, again] = [fileOf('b', 3), fileOf('c', 3), fileOf('b', 4)];

  it('are the rows that a partial replacement left, and those that it put in', () => {
    const served = servedAfter([commit(0, [champion, challenger], []), commit(1, [again], [challenger])]);
    expect(served.map(({ window, files }) => [window, files])).toEqual([
      ['2001-03-05', [champion, challenger]],
      ['2001-03-05', [again, champion]],
    ]);
  });

  it('is nothing where all rows were taken out', () => {
    const served = servedAfter([commit(0, [champion], []), commit(1, [], [champion])]);
    expect(served.at(-1)?.files).toEqual([]);
  });
});
