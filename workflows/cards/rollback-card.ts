import type { RollbackResult } from '../api.js';
import { count, table } from './text.js';

/** A card is for reading: the whole list stands in the result. */
const shownWindows = 31;

/** How it came out; `promotion` links to the run of the promotion that it ends, null where none rolls out or watches. */
export function renderRollbackResult(result: RollbackResult, promotion: string | null = null): string {
  const rows = [
    ['from', `v${result.from.version}`],
    ['to', `v${result.to.version}`],
    [
      'windows replaced',
      `${result.windows.length} (${result.fromShadow} from shadow scores, ${result.rescored} scored again)`,
    ],
    ['predictions replaced', count(result.rowsReplaced)],
    ['decisions changed', count(result.decisionsChanged)],
    ['correction file', result.correctionFile ?? 'none'],
    ['alias', result.alias],
    ...(promotion === null ? [] : [['ends the promotion', promotion]]),
  ];
  const { drill, blast = [] } = result;
  if (drill !== undefined) rows.push(['recovery time', `${(drill.recoveryMs / 1_000).toFixed(1)} s`]);
  const windows = blast
    .slice(0, shownWindows)
    .map((each) => [
      each.window,
      count(each.rows),
      count(each.positives),
      each.source === 'shadow' ? 'shadow scores' : each.source,
      each.decisionsChanged === null ? '?' : count(each.decisionsChanged),
    ]);
  const header = ['window', 'rows', 'positive decisions', 'replaced from', 'decisions changed'];
  const radius = windows.length === 0 ? [] : [table(header, windows)];
  const left = blast.length > shownWindows ? [`… and ${String(blast.length - shownWindows)} more windows`] : [];
  return [`**${result.summary}**`, table(['rollback', ''], rows), ...radius, ...left].join('\n\n');
}
