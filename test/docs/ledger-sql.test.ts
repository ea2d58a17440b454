import path from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLedger } from '../../activities/ledger/read-ledger.js';
import { registerHistory } from '../../cli/history.js';
import { composeLedgerSql } from '../../cli/ledger-sql.js';
import { runJson, runVerb } from '../support/cli-run.js';
import { CliStory, storyPipeline } from '../support/cli-story.js';
import { blocksOf, readPage } from '../support/markdown.js';
import { tampered } from '../support/tampered.js';

const documented = blocksOf(readPage('docs/ledger.md'), 'sql').map((block) => block.trimEnd());

describe('the SQL of docs/ledger.md', () => {
  let story: CliStory;
  let connection: DuckDBConnection;
  beforeAll(async () => {
    story = await CliStory.lived();
    connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(here(documented[0] ?? ''));
  });
  afterAll(async () => {
    connection.closeSync();
    await story.remove();
  });

  /** As it is written there, over the story's own ledger. */
  const here = (sql: string) => sql.replaceAll('.gauntlet/store/ledger/flights', ledgerOf(story));
  const ask = async (sql: string) => (await connection.runAndReadAll(here(sql))).getRowObjectsJson();

  it('is what history --sql prints, but for the paths', async () => {
    const { view, queries } = composeLedgerSql('.gauntlet/store/ledger/flights');
    expect(documented).toEqual([view, ...queries]);
    const args = ['history', storyPipeline, '--sql'];
    const env = { GAUNTLET_STATE_DIR: story.stateDir };
    const printed = await runJson<{ view: string; queries: string[] }>(registerHistory, args, env);
    expect([printed.view, ...printed.queries]).toEqual(documented.map(here));
    expect((await runVerb(registerHistory, args, env)).stdout).toBe(`${documented.map(here).join('\n\n')}\n`);
  });

  it('gives a view with a row for every record', async () => {
    const { records } = await readLedger(story.store, storyPipeline);
    const rows = await ask('SELECT number, type, actor, reason, previous_hash FROM ledger ORDER BY number');
    expect(rows).toEqual(
      records.map(({ record }) => ({
        number: String(record.number),
        type: record.event.type,
        actor: record.actor.name,
        reason: record.reason,
        previous_hash: record.previousHash,
      })),
    );
  });

  it('answers who was champion, until when, on which report, approved by whom', async () => {
    const terms = await ask(documented[1] ?? '');
    expect(terms).toMatchObject([
      { version: '1', cause: 'bootstrap', report: story.reports.get('p1'), approved_by: 'Ada' },
      { version: '2', cause: 'promotion', report: story.reports.get('p2'), approved_by: 'Ada' },
      { version: '1', cause: 'rollback', report: null, approved_by: null, reason: 'it hurt', until: null },
    ]);
    expect(terms.map(({ since }) => since).slice(1)).toEqual(terms.map(({ until }) => until).slice(0, -1));
  });

  it('answers how each promotion ended, and that one is open', async () => {
    expect(await ask(documented[2] ?? '')).toMatchObject([
      { promotion: 'p1', version: '1', outcome: 'promoted', took: { micros: '300000000' } },
      { promotion: 'p2', version: '2', outcome: 'promoted' },
      { promotion: 'p3', version: '3', outcome: 'refused', grounds: '["the AUC is worse"]' },
      { promotion: 'p4', version: '4', outcome: null, took: null },
    ]);
  });

  it('answers who decided what, and whether it was proved', async () => {
    expect(await ask(documented[3] ?? '')).toMatchObject([
      { promotion: 'p1', decision: 'approve', person: 'Ada', identity: null, counted: true, refusal: null },
      { promotion: 'p2', decision: 'approve', person: 'Ada', reason: 'a test' },
    ]);
  });

  it('finds the record that was changed, and none before', async () => {
    expect(await ask(documented[4] ?? '')).toEqual([]);
    await tampered(path.join(ledgerOf(story), '00000003.json'), (text) => text.replace('a test', 'a jest'));
    expect(await ask(documented[4] ?? '')).toMatchObject([{ number: '3' }]);
  });
});

function ledgerOf(story: CliStory): string {
  return path.join(story.store.root, 'ledger', storyPipeline);
}
