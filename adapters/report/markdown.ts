import type { Table } from './table.js';

/** Text that Markdown and HTML take for nothing but text: names and values come from data. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_[\]|~#]/g, '\\$&');
}

export function markdownTable({ caption, columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  const ruler = `| ${columns.map((_, index) => (index === 0 ? '---' : '--:')).join(' | ')} |`;
  return [`${escapeMarkdown(caption)}:`, '', line(columns), ruler, ...rows.map(line)].join('\n');
}

export function markdownList(items: readonly string[]): string {
  return items.map((item) => `- ${escapeMarkdown(item)}`).join('\n');
}
