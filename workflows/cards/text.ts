/** Small Markdown helpers for cards; the UI renders CommonMark with tables. */

export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function day(instant: string): string {
  return instant.endsWith('T00:00:00.000Z') ? instant.slice(0, 10) : instant;
}

/** To the minute, for people: nobody decides by the second. */
export function minute(instant: string): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`;
}

export function short(digest: string): string {
  return digest.slice(0, 12);
}

/** A block of its own: in the UI a triple click marks exactly this line. */
export function pasteable(value: object): string {
  return ['```json', JSON.stringify(value), '```'].join('\n');
}

/** A link to the page of another run, within the UI that shows the card. */
export function runLink(namespace: string, workflowId: string): string {
  return `[${workflowId}](/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)})`;
}

function escapeCell(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
