import { describe, expect, it } from 'vitest';
import { formatHalfOpen, formatWindow } from '../../domain/window.js';

it.each([
  ['2001-03-05T00:00:00.000Z', '2001-03-06T00:00:00.000Z', '2001-03-05 to before 2001-03-06'],
  ['2001-03-05T06:00:00.000Z', '2001-03-06T00:00:00.000Z', '2001-03-05T06:00:00.000Z to before 2001-03-06'],
])('a half-open window says so: %s, %s', (start, end, shown) => {
  expect(formatHalfOpen({ start, end })).toBe(shown);
});

describe('a window for reading', () => {
  it.each([
    ['2001-03-05T00:00:00.000Z', '2001-03-06T00:00:00.000Z', '2001-03-05'],
    ['2001-02-26T00:00:00.000Z', '2001-03-01T00:00:00.000Z', '2001-02-26 to 2001-02-28'],
    ['2001-03-05T06:00:00.000Z', '2001-03-05T12:00:00.000Z', '2001-03-05T06:00:00.000Z to 2001-03-05T12:00:00.000Z'],
  ])('names its last day, not the first one after it: %s, %s', (start, end, shown) => {
    expect(formatWindow({ start, end })).toBe(shown);
  });
});
