export { formatWindow } from '../../domain/window.js';

const MINUS = '−';

/** Four significant places behind the point are finer than any interval here. */
export function formatValue(value: number | null): string {
  if (value === null) return '–';
  const text = value.toFixed(4);
  return text === '-0.0000' ? '0.0000' : text.replace('-', MINUS);
}

/** A sentence of the domain with the minus signs of the page; hyphens within words, names and dates stay. */
export function withMinusSigns(sentence: string): string {
  return sentence.replace(/(?<![\w.-])-(?=\d)/g, MINUS);
}

/** A difference always shows its sign. */
export function formatSigned(value: number | null): string {
  return value !== null && value > 0 ? `+${formatValue(value)}` : formatValue(value);
}

export function formatRange(lower: number | null, upper: number | null): string {
  return lower === null || upper === null ? '–' : `${formatSigned(lower)} to ${formatSigned(upper)}`;
}

export function formatCount(value: number): string {
  return value.toLocaleString('en-US');
}

export function formatPercent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
