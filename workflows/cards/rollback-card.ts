import type { RollbackResult } from '../api.js';
import { count, table } from './text.js';

export function renderRollbackResult(result: RollbackResult): string {
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
  ];
  return [`**${result.summary}**`, table(['rollback', ''], rows)].join('\n\n');
}
