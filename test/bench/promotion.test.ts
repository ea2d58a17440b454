import { describe, expect, it } from 'vitest';
import { readOptions } from '../../bench/promotion/options.js';
import { measureSequential } from '../../bench/promotion/sequential-targets.js';

describe('the options of the promotion bench', () => {
  it('measure everything at full size unless told otherwise', () => {
    const full = { parts: ['rollback', 'sequential'], windows: 30, rowsPerWindow: 100_000, rollouts: 4_000 };
    expect(readOptions([])).toMatchObject({ ...full, json: false });
  });

  it('are small with --quick, but for what is said', () => {
    expect(readOptions(['--quick', '--windows', '7'])).toMatchObject({
      windows: 7,
      rowsPerWindow: 20_000,
      rollouts: 1_000,
    });
  });

  it('refuse what they do not know', () => {
    expect(() => readOptions(['--only', 'speed'])).toThrow('--only: found speed, expected rollback or sequential');
    expect(() => readOptions(['--rollouts', '0'])).toThrow('--rollouts: found 0');
  });
});

describe('the simulation of a hundred looks', () => {
  it('has its targets with and without days that resemble each other, and prints its seed', () => {
    const targets = measureSequential({ rollouts: 400, seed: 7 });
    expect(targets.map(({ id }) => id)).toEqual([
      'sequential-test-100-looks-no-true-difference-independent-days',
      'sequential-test-100-looks-no-true-difference-with-day-correlation-0.3',
      'sample-ratio-100-looks-sound-split',
    ]);
    // 5 % and 2.326 standard errors of 400 draws.
    expect(targets.map(({ target }) => target)).toEqual([7.535, 7.535, 7.535]);
    expect(
      targets.every(({ met, sides = [] }) => met && sides.some(({ name, value }) => name === 'seed' && value === 7)),
    ).toBe(true);
  });
});
