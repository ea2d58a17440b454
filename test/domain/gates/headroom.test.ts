import { describe, expect, it } from 'vitest';
import { headroom } from '../../../domain/gates/headroom.js';

describe('headroom', () => {
  it('is the power of two that fits, rounded down', () => {
    expect(headroom(1000, 1000)).toBe(1);
    expect(headroom(1999, 1000)).toBe(1);
    expect(headroom(2000, 1000)).toBe(2);
    expect(headroom(7999, 1000)).toBe(4);
  });

  it('is below one when the need does not fit', () => {
    expect(headroom(999, 1000)).toBe(0.5);
    expect(headroom(1, 1000)).toBe(2 ** -10);
  });

  it('stays finite where nothing is needed', () => {
    expect(headroom(1000, 0)).toBe(2 ** 20);
    expect(headroom(2 ** 30, 1)).toBe(2 ** 20);
  });
});
