import { expect, it } from 'vitest';
import { confirmReport } from '../../../activities/evidence/confirm-report.js';
import type { Store } from '../../../activities/ports/store.js';
import { digest } from '../../support/ledger.js';

const holding = (text: string | null) =>
  ({ read: () => Promise.resolve(text === null ? null : Buffer.from(text)) }) as unknown as Store;

it('takes a report whose bytes are the ones that its digest names', async () => {
  await expect(confirmReport(holding('a report'), digest('a report'))).resolves.toBeUndefined();
});

it.each([
  ['other bytes', 'a report ', `a file with sha256 ${digest('a report ')}`],
  ['no bytes', null, 'nothing'],
])('refuses %s, and says what was found and what to do', async (_, text, found) => {
  await expect(confirmReport(holding(text), digest('a report'))).rejects.toMatchObject({
    type: 'STORE_MISMATCH',
    problems: [{ field: `reports/${digest('a report')}/report.json`, found }],
    example: expect.stringContaining('promote again') as string,
  });
});
