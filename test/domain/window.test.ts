import { describe, expect, it } from 'vitest';
import { formatWindow } from '../../domain/window.js';

describe('a window for reading', () => {
  it.each([
    ['2001-03-05T00:00:00.000Z', '2001-03-06T00:00:00.000Z', '2001-03-05'],
    ['2001-02-26T00:00:00.000Z', '2001-03-01T00:00:00.000Z', '2001-02-26 to 2001-02-28'],
  ])('of whole days names its first and its last day, both included: %s, %s', (start, end, shown) => {
    expect(formatWindow({ start, end })).toBe(shown);
  });

  it.each([
    ['2001-03-05T06:00:00.000Z', '2001-03-05T12:00:00.000Z', '2001-03-05T06:00Z to before 2001-03-05T12:00Z'],
    ['2001-03-05T06:00:00.000Z', '2001-03-06T00:00:00.000Z', '2001-03-05T06:00Z to before 2001-03-06T00:00Z'],
    ['2001-03-05T00:00:00.000Z', '2001-03-05T00:00:30.500Z', '2001-03-05T00:00Z to before 2001-03-05T00:00:30.500Z'],
    ['2001-03-05T00:00:00.000Z', '2001-03-05T00:00:30.000Z', '2001-03-05T00:00Z to before 2001-03-05T00:00:30Z'],
  ])('of other lengths says that its end is not in it: %s, %s', (start, end, shown) => {
    expect(formatWindow({ start, end })).toBe(shown);
  });
});
