import { describe, expect, it } from 'vitest';
import { CommandFailure } from '../../cli/command-error.js';
import { findPromotion } from '../../cli/find-promotion.js';
import { closed, evaluated, LedgerBuilder, opened, registered } from '../support/ledger.js';

const first = { workflow: { workflowId: 'promote/flights/v1', runId: 'first' } };
const second = { workflow: { workflowId: 'typed-by-hand', runId: 'second' } };

describe('findPromotion', () => {
  it('names the run that last wrote about the open promotion: it took over', () => {
    const ledger = new LedgerBuilder()
      .append(registered('a'))
      .append(opened('p1', 'a', 'bootstrap'), first)
      .append(evaluated('p1', 'a', null, 0), second)
      .append(registered('b'), first);
    expect(findPromotion('flights', ledger)).toMatchObject({
      promotion: { promotionId: 'p1' },
      owner: second.workflow,
    });
  });

  it('says how the last promotion ended when none is open', () => {
    const ledger = new LedgerBuilder()
      .append(registered('a'))
      .append(opened('p1', 'a', 'bootstrap'), first)
      .append(closed('p1', 'a', 'refused'), first);
    expect(() => findPromotion('flights', ledger)).toThrow(/version 1, ended as refused/);
  });

  it('is a no, not an error of input, for a ledger nobody has written to', () => {
    const find = (): unknown => findPromotion('flights', new LedgerBuilder());
    expect(find).toThrow(CommandFailure);
    expect(find).toThrow(expect.objectContaining({ type: 'NO_OPEN_PROMOTION', exitCode: 3 }));
  });
});
