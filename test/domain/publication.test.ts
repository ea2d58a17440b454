import { describe, expect, it } from 'vitest';
import { decidePublication, type PublicationRequest } from '../../domain/publication.js';
import { emptyTable, evolveTable, type TableCommit, type TableState } from '../../domain/published-table.js';
import { chooseShadowFiles, findReversal, planReplacement } from '../../domain/rollback.js';
import { digest, hour, LedgerBuilder, model, rolledBack } from '../support/ledger.js';
import { tableFile } from '../support/publications.js';
import { rollingOut, splitEnded, splitTo } from '../support/splits.js';

const window = '2001-03-05';
const digestOf = (letter: string): string => model(letter).modelDigest;
const two = (): LedgerBuilder => new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b');
const back = (): LedgerBuilder => two().append(rolledBack('r', 'b', 'a'));

/** A table after runs that each published the window: name, model and epoch. */
function tableOf(...runs: readonly (readonly [name: string, letter: string, epoch: number])[]): TableState {
  return runs.reduce((state, [name, letter, decisionEpoch]) => {
    const file = tableFile({ runIdentity: digest(name), modelDigest: digestOf(letter), decisionEpoch });
    const commit: TableCommit = {
      operation: 'publish',
      at: hour(0),
      ledgerNumber: 0,
      ledgerHash: null,
      workflowId: 'w',
      workflowRunId: 'r',
      reason: '',
      identity: digest(name),
      decisionEpoch,
      windows: [window],
      version: state.version + 1,
      added: [file],
      removed: state.files.map(({ path }) => path),
    };
    return evolveTable(state, commit);
  }, emptyTable);
}

function request(name: string, letter: string, decisionEpoch: number, served = letter): PublicationRequest {
  const digests = { championDigest: digestOf(letter), servedDigest: digestOf(served) };
  return { window, runIdentity: digest(name), decisionEpoch, ...digests };
}

describe('a run that pinned a rollout step', () => {
  const asked = (decisionEpoch: number, ledger: LedgerBuilder) =>
    decidePublication({
      request: { ...request('x', 'b', decisionEpoch), challengerDigest: digestOf('c') },
      table: emptyTable,
      ledger: ledger.state,
    });
  const ended = rollingOut('c').append(splitTo(25)).append(splitEnded());

  it('publishes while the step is in force, and after the next one began', () => {
    expect(asked(3, rollingOut('c').append(splitTo(25)))).toMatchObject({ status: 'publish' });
    expect(asked(3, rollingOut('c').append(splitTo(25)).append(splitTo(50, 1)))).toMatchObject({ status: 'publish' });
  });

  it('is revoked once the rollout has ended without the challenger', () => {
    expect(asked(3, ended)).toEqual({ status: 'revoked', modelDigest: digestOf('c'), revokedAtEpoch: 4 });
  });

  it('publishes in the epoch that the end began', () => {
    expect(decidePublication({ request: request('y', 'b', 4), table: emptyTable, ledger: ended.state })).toMatchObject({
      status: 'publish',
    });
  });
});

describe('whether a run may publish', () => {
  it.each<[string, PublicationRequest, TableState, LedgerBuilder, object]>([
    [
      'a window nobody published',
      request('x', 'b', 2),
      emptyTable,
      two(),
      { status: 'publish', version: 0, remove: [] },
    ],
    ['over an older epoch', request('x', 'b', 2), tableOf(['w', 'a', 1]), two(), { status: 'publish', version: 1 }],
    [
      'over another run of its epoch',
      request('x', 'b', 2),
      tableOf(['w', 'b', 2]),
      two(),
      { status: 'publish', version: 1 },
    ],
    ['not over a newer epoch', request('x', 'a', 1), tableOf(['w', 'b', 2]), two(), { status: 'superseded' }],
    ['not again what is live', request('x', 'b', 2), tableOf(['x', 'b', 2]), two(), { status: 'noop' }],
    [
      'not again what was replaced since',
      request('x', 'b', 2),
      tableOf(['x', 'b', 2], ['y', 'b', 2]),
      two(),
      { status: 'superseded' },
    ],
    ['not with a revoked champion', request('x', 'b', 2), emptyTable, back(), { status: 'revoked', revokedAtEpoch: 3 }],
    [
      'not with a revoked champion, though it is live',
      request('x', 'b', 2),
      tableOf(['x', 'b', 2]),
      back(),
      { status: 'revoked' },
    ],
    [
      'not with a revoked fallback',
      request('x', 'a', 1, 'b'),
      emptyTable,
      back(),
      { status: 'revoked', modelDigest: digestOf('b') },
    ],
    [
      'with the restored champion, pinned before or after',
      request('x', 'a', 1),
      emptyTable,
      back(),
      { status: 'publish' },
    ],
    [
      'with a model promoted again after its rollback',
      request('x', 'b', 4),
      emptyTable,
      back().promote('p3', 'a', 'b'),
      { status: 'publish' },
    ],
  ])('%s', (_rule, asked, table, { state }, expected) => {
    expect(decidePublication({ request: asked, table, ledger: state })).toMatchObject(expected);
  });

  it('publishes over what its audit compared with, and over nothing else', () => {
    const asked = (comparedWith: string | null, table: TableState) =>
      decidePublication({ request: { ...request('x', 'b', 2), comparedWith }, table, ledger: two().state }).status;
    expect(asked(null, emptyTable)).toBe('publish');
    expect(asked(null, tableOf(['w', 'b', 2]))).toBe('overtaken');
    expect(asked(digest('w'), tableOf(['w', 'b', 2]))).toBe('publish');
    expect(asked(digest('v'), tableOf(['w', 'b', 2]))).toBe('overtaken');
    expect(asked(digest('v'), tableOf(['x', 'b', 2]))).toBe('noop');
    expect(asked(digest('v'), tableOf(['w', 'b', 3]))).toBe('superseded');
  });

  it('takes out every live file of the window, and of no other', () => {
    const other = tableFile({ window: '2001-03-06', path: 'window=2001-03-06/other.parquet' });
    const table = tableOf(['w', 'a', 1]);
    const decision = decidePublication({
      request: request('x', 'b', 2),
      table: { ...table, files: [...table.files, other] },
      ledger: two().state,
    });
    expect(decision).toMatchObject({ status: 'publish', remove: table.files });
  });
});

describe('what a rollback replaces', () => {
  const files = [
    tableFile({ window: '2001-03-06', path: 'b2', decisionEpoch: 2 }),
    tableFile({ window: '2001-03-05', path: 'b1', decisionEpoch: 2 }),
    tableFile({ window: '2001-03-04', path: 'a1', modelDigest: digestOf('a'), decisionEpoch: 1 }),
    tableFile({ window: '2001-03-07', path: 'fallback', modelDigest: 'baseline', decisionEpoch: 2 }),
  ];
  const plan = ({ state }: LedgerBuilder, id: string) => {
    const rollback = findReversal(state, id);
    if (rollback === null) throw new Error(`no rollback ${id}`);
    return planReplacement({ reversal: rollback, table: { ...emptyTable, files }, ledger: state });
  };

  it('is every window whose live rows come from a revoked model, oldest first', () => {
    expect(plan(back(), 'r').map((revoked) => [revoked.window, revoked.served.map(({ path }) => path)])).toEqual([
      ['2001-03-05', ['b1']],
      ['2001-03-06', ['b2']],
    ]);
  });

  it('is nothing once its own target was revoked by a later rollback, which replaces it all', () => {
    const builder = two()
      .promote('p3', 'b', 'c')
      .append(rolledBack('r', 'c', 'b'))
      .append(rolledBack('s', 'b', 'a'));
    expect(plan(builder, 'r')).toEqual([]);
    expect(plan(builder, 's')).toHaveLength(2);
  });

  it('is unknown while the ledger has no such rollback', () => {
    expect(findReversal(back().state, 'p2')).toBeNull();
    expect(findReversal(back().state, 'x')).toBeNull();
  });
});

describe('shadow scores for a rollback', () => {
  const revoked = { window, windowEnd: '2001-03-06T00:00:00.000Z', served: [tableFile()], keptRows: 0 };
  const shadow = (overrides = {}) => tableFile({ modelDigest: digestOf('a'), ...overrides });
  const found = (...files: readonly ReturnType<typeof shadow>[]) =>
    chooseShadowFiles({ ...emptyTable, files }, revoked, digestOf('a')).map(({ path }) => path);

  it('count when they are of the run whose rows are live', () => {
    expect(found(shadow({ path: 'mine' }))).toEqual(['mine']);
  });

  it('count with all files of the run, in their order, and not when rows are missing', () => {
    const half = (path: string) => shadow({ path, rows: 5 });
    expect(found(half('one'), half('two'))).toEqual(['one', 'two']);
    expect(found(half('one'))).toEqual([]);
  });

  it.each([
    ['another run', { runIdentity: digest('another') }],
    ['another window', { window: '2001-03-06' }],
    ['another model', { modelDigest: digestOf('c') }],
  ])('do not count when they are of %s', (_what, overrides) => {
    expect(found(shadow(overrides))).toEqual([]);
  });
});
