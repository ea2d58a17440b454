import type { MonitorResult } from '../api.js';
import { day, table } from './text.js';

export function renderMonitorResult(result: MonitorResult): string {
  const rows = result.windows.map((w) => [day(w.window.start), w.verdict, w.summary]);
  const windows = rows.length === 0 ? [] : [table(['window', 'verdict', 'what was found'], rows)];
  return [result.summary, ...windows, `**Alias:** ${result.alias}`].join('\n\n');
}
