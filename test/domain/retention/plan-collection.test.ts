import { describe, expect, it } from 'vitest';
import { dayMs, flightsDefinition } from '../../support/flights-definition.js';
import {
  closed,
  decided,
  digest,
  LedgerBuilder,
  model,
  pipeline,
  registered,
  rolledBack,
} from '../../support/ledger.js';
import {
  collecting,
  committed,
  daysAgo,
  fateOf,
  predictions,
  publication,
  retentionFacts,
  stored,
} from '../../support/retention.js';

const policy = flightsDefinition().retention;
const [old, live] = [publication('old'), publication('live', { snapshotDigest: digest('live snapshot') })];
const oldPath = `${predictions}/${old.path}`;

/** `old` was followed by `live` so many days ago. */
function replaced(days: number, publicationsAfterDays: number | null = 90) {
  const commits = [committed(0, days + 1, { added: [old] }), committed(1, days, { added: [live], removed: [old] })];
  return retentionFacts({
    policy: { ...policy, publicationsAfterMs: publicationsAfterDays === null ? null : publicationsAfterDays * dayMs },
    tables: [{ folder: predictions, commits }],
    files: [stored(oldPath, days + 1), stored(`${predictions}/${live.path}`, 400)],
  });
}

describe('a file that was published', () => {
  it('stays while it is live, however old', () => {
    expect(fateOf(replaced(400), `${predictions}/${live.path}`)).toBe('live');
  });

  it('stays for as long as the rollback horizon reaches back to a version that shows it', () => {
    expect(fateOf(replaced(89), oldPath)).toBe('served within the rollback horizon');
    expect(fateOf(replaced(90), oldPath)).toBe('served within the rollback horizon');
    expect(fateOf(replaced(90.001), oldPath)).toBe('publications');
  });

  it('stays for ever unless the definition says how long', () => {
    expect(fateOf(replaced(4000, null), oldPath)).toBe('old publications are kept');
    expect(fateOf(replaced(199, 200), oldPath)).toBe('served within 200 days');
    expect(fateOf(replaced(200, 200), oldPath)).toBe('publications');
  });

  it('counts from when the commit came to be, not from the time that a run that waited wrote into it', () => {
    const facts = replaced(100);
    const log = stored(`${predictions}/_delta_log/00000000000000000001.json`, 10);
    expect(fateOf({ ...facts, files: [...facts.files, log] }, oldPath)).toBe('served within the rollback horizon');
  });

  it('stays while the rollback that took it out has not written down what it replaced', () => {
    const ledger = new LedgerBuilder()
      .promote('p1', null, 'a')
      .promote('p2', 'a', 'b')
      .append(rolledBack('r', 'b', 'a'));
    const facts = replaced(400);
    const [first] = facts.tables[0]?.commits ?? [];
    if (first === undefined) throw new Error('nothing was committed');
    const rollback = committed(1, 400, { added: [live], removed: [old], operation: 'rollback', identity: 'r' });
    const tables = [{ folder: predictions, commits: [first, rollback] }];
    expect(fateOf({ ...facts, ledger: ledger.state, tables }, oldPath)).toBe('served within the rollback horizon');
    ledger.append({
      type: 'predictions-replaced',
      rollbackId: 'r',
      tableVersion: 1,
      windows: [],
      rowsReplaced: 0,
      decisionsChanged: 0,
      correctionFile: null,
    });
    expect(fateOf({ ...facts, ledger: ledger.state, tables }, oldPath)).toBe('publications');
  });

  it('is collected under the hash that its commit gave it', () => {
    expect(collecting(replaced(400), oldPath)).toMatchObject({ sha256: old.sha256, recordNumber: null });
  });

  it('needs no second record, unless it came back since the first', () => {
    const ledger = new LedgerBuilder().append(
      { type: 'collected', files: [{ path: oldPath, sha256: old.sha256, bytes: 100, rule: 'publications' }] },
      { at: daysAgo(1) },
    ).state;
    const facts = { ...replaced(400), ledger };
    expect(collecting(facts, oldPath).recordNumber).toBe(1);
    expect(collecting({ ...facts, files: [stored(oldPath, 0.5)] }, oldPath).recordNumber).toBeNull();
  });
});

describe('a file that nobody has committed', () => {
  const path = `${predictions}/window=2001-03-05/orphan.parquet`;
  const facts = (days: number) => ({ ...replaced(400), files: [stored(path, days)] });

  it('stays while a run may be about to publish it', () => {
    expect(fateOf(facts(6.99), path)).toBe('younger than 7 days: a run may be about to publish it');
    expect(fateOf(facts(7), path)).toBe('uncommitted');
  });

  it('stays while the record of a scored part names it', () => {
    expect(fateOf({ ...facts(30), shardFiles: new Set([path]) }, path)).toBe('a run that may go on scored it');
  });

  it('stays in a table that nobody has ever written to', () => {
    expect(fateOf(retentionFacts({ files: [stored(path, 30)] }), path)).toBe('nothing was ever published here');
  });

  it('stays when it is nothing of ours', () => {
    const strange = `${predictions}/notes.txt`;
    expect(fateOf({ ...facts(30), files: [stored(strange, 300)] }, strange)).toBe(
      'not a kind of file that a rule collects',
    );
  });
});

describe('the log', () => {
  it('stays for ever', () => {
    const path = `${predictions}/_delta_log/00000000000000000000.json`;
    expect(fateOf({ ...replaced(400), files: [stored(path, 4000)] }, path)).toBe('the log of the table');
  });
});

describe('a snapshot', () => {
  const folder = (name: string): string => `snapshots/${pipeline}/${digest(name)}`;
  const whole = (name: string, days: number) => ({
    manifested: new Map([[`${folder(name)}/part-00000.parquet`, digest('part')]]),
    files: [stored(`${folder(name)}/part-00000.parquet`, days), stored(`${folder(name)}/manifest.json`, days)],
  });
  const fate = (facts: Parameters<typeof retentionFacts>[0], name = 'x'): string =>
    fateOf(retentionFacts(facts), `${folder(name)}/part-00000.parquet`);

  it('goes when nothing needs it and it is old enough; its manifest stays', () => {
    expect(fate(whole('x', 29.9))).toBe('younger than 30 days');
    expect(fate(whole('x', 30))).toBe('snapshots');
    expect(fateOf(retentionFacts(whole('x', 3000)), `${folder('x')}/manifest.json`)).toBe('a manifest');
  });

  it('is as young as its youngest part: a run that asked for the rows again made it young', () => {
    const { manifested, files } = whole('x', 300);
    expect(fate({ manifested, files: [...files, stored(`${folder('x')}/part-00001.parquet`, 1)] })).toBe(
      'younger than 30 days',
    );
  });

  it('stays while publications within the horizon were made from it', () => {
    const facts = replaced(400);
    const needed = { ...facts, ...whole('live snapshot', 400) };
    expect(fate(needed, 'live snapshot')).toBe('publications within the horizon were made from it');
    expect(fate({ ...facts, ...whole('snapshot', 400) }, 'snapshot')).toBe('snapshots');
    expect(fate({ ...replaced(80), ...whole('snapshot', 400) }, 'snapshot')).toBe(
      'publications within the horizon were made from it',
    );
  });

  it('stays while a model that was trained on it is there', () => {
    const ledger = new LedgerBuilder().append(registered('a'));
    expect(fate({ ...whole('snapshot a', 400), ledger: ledger.state }, 'snapshot a')).toBe('models were trained on it');
    const path = `models/${model('a').modelDigest}/model.onnx`;
    ledger.append({ type: 'collected', files: [{ path, sha256: digest('onnx'), bytes: 1, rule: 'models' }] });
    expect(fate({ ...whole('snapshot a', 400), ledger: ledger.state }, 'snapshot a')).toBe('snapshots');
  });

  it('stays while gates rest on it', () => {
    expect(fate({ ...whole('x', 400), evidenceSnapshots: new Set([digest('x')]) })).toBe('gates were measured on it');
  });

  it('without a manifest never came to be, and goes after the grace period', () => {
    const files = (days: number) => ({ files: [stored(`${folder('x')}/part-00000.parquet`, days)] });
    expect(fate(files(6))).toBe('a snapshot without manifest, younger than 7 days');
    expect(fate(files(7))).toBe('unfinished');
  });

  it('of another pipeline is none of ours', () => {
    const path = `snapshots/other/${digest('x')}/part-00000.parquet`;
    expect(fateOf(retentionFacts({ files: [stored(path, 400)] }), path)).toBe('of another pipeline');
  });
});

describe('a model', () => {
  const path = (letter: string): string => `models/${model(letter).modelDigest}/model.onnx`;
  const afterOneYear = { ...policy, modelsAfterMs: 365 * dayMs };
  /** `a`, `b` and `c` were champion one after the other in March 2001; `d` was refused. */
  const ledger = new LedgerBuilder()
    .promote('p1', null, 'a')
    .promote('p2', 'a', 'b')
    .promote('p3', 'b', 'c')
    .append(registered('d'))
    .append({ type: 'promotion-opened', promotionId: 'p4', kind: 'promotion', challenger: model('d') });
  const facts = (letter: string, overrides: Parameters<typeof retentionFacts>[0] = {}) =>
    retentionFacts({
      policy: { ...policy, modelsAfterMs: 100 * dayMs },
      ledger: ledger.state,
      manifested: new Map([[path(letter), digest('onnx')]]),
      files: [stored(path(letter), 400)],
      ...overrides,
    });

  it('stays as champion, as what a rollback restores, and in an open promotion', () => {
    expect(fateOf(facts('c'), path('c'))).toBe('champion');
    expect(fateOf(facts('b'), path('b'))).toBe('previous champion');
    expect(fateOf(facts('d'), path('d'))).toBe('in the open promotion');
  });

  it('goes when the definition says so and the horizon does not reach back to it', () => {
    expect(collecting(facts('a'), path('a'))).toMatchObject({ rule: 'models', sha256: digest('onnx') });
    expect(fateOf(facts('a', { policy }), path('a'))).toBe('models are kept');
    expect(fateOf(facts('a', { policy: afterOneYear }), path('a'))).toBe('in use within 365 days');
    const wide = { ...policy, modelsAfterMs: 100 * dayMs, rollbackHorizonMs: 1000 * dayMs };
    expect(fateOf(facts('a', { policy: wide }), path('a'))).toBe('champion within the rollback horizon');
  });

  it('goes when it was given up, but not while it is the next to be tried', () => {
    const waiting = new LedgerBuilder().promote('p1', null, 'a').append(registered('b'));
    expect(fateOf(facts('b', { ledger: waiting.state }), path('b'))).toBe('the next challenger');
    waiting.append({ type: 'promotion-opened', promotionId: 'p2', kind: 'promotion', challenger: model('b') });
    waiting.append(decided('p2', 'abort')).append(closed('p2', 'b', 'aborted'));
    expect(fateOf(facts('b', { ledger: waiting.state }), path('b'))).toBe('models');
  });

  it('stays while the ledger of another pipeline knows it, whatever this one says', () => {
    const modelsElsewhere = new Map([[model('a').modelDigest, 'trains']]);
    expect(fateOf(facts('a', { modelsElsewhere }), path('a'))).toBe(
      'shared with pipeline trains, which registered the same model',
    );
    const half = { modelsElsewhere, files: [stored(path('a'), 8)] };
    expect(fateOf(retentionFacts(half), path('a'))).toBe(
      'shared with pipeline trains, which registered the same model',
    );
  });

  it('that this ledger does not know stays, unless it never came to be', () => {
    const unknown = `models/${digest('z')}/model.onnx`;
    const half = retentionFacts({ files: [stored(unknown, 8)] });
    expect(fateOf(half, unknown)).toBe('unfinished');
    const whole = { ...half, files: [...half.files, stored(`models/${digest('z')}/manifest.json`, 8)] };
    expect(fateOf(whole, unknown)).toBe('this ledger does not know the model');
  });
});

describe('what runs leave behind', () => {
  it('goes a day after its process is gone', () => {
    const staged = { name: 'x', bytes: 1, isOwnerAlive: false };
    const fate = (days: number, isOwnerAlive = false): string =>
      fateOf(retentionFacts({ staged: [{ ...staged, isOwnerAlive, modifiedAt: daysAgo(days) }] }), '.staging/x');
    expect(fate(0.99)).toBe('a staged file that is young');
    expect(fate(1)).toBe('staged');
    expect(fate(100, true)).toBe('the process that writes it is alive');
  });

  it.each(['evaluations', 'shards'])('in %s goes after the grace period', (folder) => {
    const path = `${folder}/${pipeline}/x`;
    expect(fateOf(retentionFacts({ files: [stored(path, 6.9)] }), path)).toBe('younger than 7 days: its run may go on');
    expect(fateOf(retentionFacts({ files: [stored(path, 7)] }), path)).toBe(folder);
  });
});
