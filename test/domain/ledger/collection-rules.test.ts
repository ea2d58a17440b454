import { describe, expect, it } from 'vitest';
import { decideAppend } from '../../../domain/ledger/append-rules.js';
import type { CollectedFile } from '../../../domain/ledger/collection-events.js';
import { digest, entryOf, LedgerBuilder, model } from '../../support/ledger.js';

const { state } = new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b').promote('p3', 'b', 'c');

function statusOf(rule: CollectedFile['rule'], ...paths: readonly string[]): string {
  const files = paths.map((path) => ({ path, sha256: digest(path), bytes: 1, rule }));
  return decideAppend(state, entryOf({ type: 'collected', files })).status;
}

describe('a collected record', () => {
  it('names data of tables, parts of snapshots and files of models', () => {
    expect(statusOf('publications', 'predictions/flights/window=2001-03-05/x.parquet')).toBe('ok');
    expect(statusOf('uncommitted', 'shadow-predictions/flights/window=2001-03-05/x.parquet')).toBe('ok');
    expect(statusOf('snapshots', `snapshots/flights/${digest('x')}/part-00000.parquet`)).toBe('ok');
    expect(statusOf('models', `models/${model('a').modelDigest}/model.onnx`)).toBe('ok');
  });

  it.each<[CollectedFile['rule'], string]>([
    ['publications', 'predictions/flights/_delta_log/00000000000000000000.json'],
    ['publications', 'ledger/flights/00000001.json'],
    ['snapshots', `snapshots/flights/${digest('x')}/manifest.json`],
    ['snapshots', 'snapshots/flights/requests/x.json'],
    ['models', `models/${model('a').modelDigest}/manifest.json`],
    ['models', `reports/${digest('x')}/report.json`],
  ])('by rule %s never names %s', (rule, path) => {
    expect(statusOf(rule, path)).toBe('refused');
  });

  it('never names a file of the champion or of what a rollback restores', () => {
    expect(statusOf('models', `models/${model('c').modelDigest}/model.onnx`)).toBe('refused');
    expect(statusOf('models', `models/${model('b').modelDigest}/model.onnx`)).toBe('refused');
  });

  it('names something', () => {
    expect(statusOf('models')).toBe('refused');
  });
});
