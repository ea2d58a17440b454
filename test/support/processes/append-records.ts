import { appendRecord } from '../../../activities/ledger/append-record.js';
import { openTestHost } from '../s3-host.js';

/** Appends `count` records of its own to a ledger, as one of many processes: `append-records.ts LOCATION WRITER COUNT`. */
const [root = '', writer = '', count = '0'] = process.argv.slice(2);
const { store } = await openTestHost(root);
for (let index = 0; index < Number(count); index++) {
  const result = await appendRecord(store, 'flights', {
    recordId: `${writer}/${String(index)}`,
    at: '2001-03-05T00:00:00.000Z',
    actor: { name: writer, kind: 'workflow' },
    reason: 'a race',
    workflow: null,
    event: { type: 'retrain-decided', asOf: '2001-03-05T00:00:00.000Z', decision: 'skip', grounds: [writer] },
  });
  if (result.status !== 'appended') throw new Error(`record ${String(index)} of ${writer} was ${result.status}`);
  process.stdout.write(`${String(result.record.number)}\n`);
}
