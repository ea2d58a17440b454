import { describe, expect, it } from 'vitest';
import { readOptions } from '../../bench/scoring/options.js';

describe('the options of the scoring bench', () => {
  it('measure all models and the kernel three times unless told otherwise', () => {
    const { sections, rows, runs, json } = readOptions([]);
    expect({ sections, rows, runs, json }).toEqual({
      sections: ['lr', 'mlp', 'gbt', 'kernel'],
      rows: null,
      runs: 3,
      json: false,
    });
  });

  it('add growth and pipeline to what is measured anyway', () => {
    expect(readOptions(['--only', 'gbt', '--growth', '--pipeline']).sections).toEqual(['gbt', 'growth', 'pipeline']);
  });

  it('take sizes that are whole parts', () => {
    expect(readOptions(['--rows', '500000,30000000']).rows).toEqual([500_000, 30_000_000]);
    expect(() => readOptions(['--rows', '3000001'])).toThrow('--rows: found 3000001, expected a multiple of 500000');
  });

  it('refuse what they do not know', () => {
    expect(() => readOptions(['--only', 'lr,xgb'])).toThrow('--only: found xgb');
    expect(() => readOptions(['--runs', '0'])).toThrow('--runs: found 0');
    expect(() => readOptions(['--fast'])).toThrow('--fast');
  });
});
