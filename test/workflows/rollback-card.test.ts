import { describe, expect, it } from 'vitest';
import { renderRollbackResult } from '../../workflows/cards/rollback-card.js';
import { preview } from '../support/workflow-plans.js';

describe('the card of a rollback', () => {
  it('says how many rows are positive now and before, how many the file has, and what to look at', () => {
    const card = renderRollbackResult({
      ...preview,
      status: 'rolled-back',
      rowsReplaced: 16_944,
      positives: { before: 5_662, after: 12_676 },
      correctionRows: 16_900,
      warnings: ['2001-04-06, as restored: 74.8 % of the decisions are positive'],
    });
    expect(card).toContain('calls 12,676 of 16,944 positive now, 5,662 before');
    expect(card).toContain('corrections/flights/x.parquet, 16,900 rows');
    expect(card).toContain('- warning: 2001-04-06, as restored: 74.8 % of the decisions are positive');
  });

  it('shows of a plan what each window would call positive, and a question mark where nobody knows yet', () => {
    const window = { rows: 10, keptRows: 0, positives: 4, decisionsChanged: 3, source: 'shadow' } as const;
    const blast = [
      { ...window, window: '2001-03-05', positivesAfter: 5 },
      // A plan of an older run.
      { ...window, window: '2001-03-06' },
    ];
    const card = renderRollbackResult({ ...preview, blast });
    expect(card).toMatch(/2001-03-05 \| 10 \| 4 \| 5 \|/);
    expect(card).toMatch(/2001-03-06 \| 10 \| 4 \| \? \|/);
    expect(card).not.toContain('positive now');
  });
});
