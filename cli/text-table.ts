import { countOf } from '../domain/number-text.js';

export { countOf, formatCount, shortDigest } from '../domain/number-text.js';

/** A column of a table for a terminal: numbers stand right, everything else left. */
export interface TextColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** A column's title alone is a column of text. */
export type ColumnLike = string | TextColumn;

const gap = '  ';

/** Aligned columns with a ruled header. The last column is not padded, so nothing wraps because of blanks. */
export function renderTable(columns: readonly ColumnLike[], rows: readonly (readonly string[])[]): string {
  const described = columns.map((column): TextColumn => (typeof column === 'string' ? { title: column } : column));
  const titles = described.map(({ title }) => title);
  const widths = described.map((_, index) => Math.max(...[titles, ...rows].map((row) => (row[index] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    described
      .map(({ align }, index) => {
        const cell = (cells[index] ?? '').replaceAll('\n', ' ');
        const width = widths[index] ?? 0;
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(gap)
      .trimEnd();
  return [line(titles), widths.map((width) => '-'.repeat(width)).join(gap), ...rows.map(line)].join('\n');
}

/** Names and values below each other, the values in one column. Values of several lines stay in it. */
export function renderFields(fields: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  return fields
    .map(([name, value]) => `${name.padEnd(width)}${gap}${value.replaceAll('\n', `\n${' '.repeat(width)}${gap}`)}`)
    .join('\n');
}

/** A size in the unit that leaves one to three digits before the point: `16.2 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return power === 0 ? countOf(bytes, 'byte') : `${(bytes / 1000 ** power).toFixed(1)} ${units[power] ?? ''}`;
}

/** An instant to the second: `2026-03-05 14:02:11Z`; midnight is its date alone. */
export function formatInstant(instant: string): string {
  const [date, time] = new Date(instant).toISOString().split('T');
  const seconds = (time ?? '').slice(0, 8);
  return seconds === '00:00:00' ? (date ?? '') : `${date ?? ''} ${seconds}Z`;
}

/** A metric to four places; what could not be measured is a dash. */
export function formatMetric(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : value.toFixed(4);
}
