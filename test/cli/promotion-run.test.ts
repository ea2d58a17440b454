import { ApplicationFailure, TerminatedFailure } from '@temporalio/common';
import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import { composeStatus } from '../../cli/pipeline-status.js';
import { findDeadRun, standingWithout } from '../../cli/promotion-run.js';
import { describePromotion } from '../../cli/promotion-standing.js';
import { renderOverview, renderStatus } from '../../cli/status-text.js';
import { findWaiting, runBehind } from '../../cli/waiting-approvals.js';
import { emptyTable } from '../../domain/published-table.js';
import { approverOf, keyHolder } from '../support/approvers.js';
import {
  decided,
  digest,
  evaluated,
  LedgerBuilder,
  opened,
  pipeline,
  registered,
  requested,
} from '../support/ledger.js';

const run = { workflow: { workflowId: 'promote/flights', runId: 'r' } };
/** `b` waits for two approvals of three people with keys, and has the first. */
const ledger = new LedgerBuilder()
  .promote('p1', null, 'a')
  .append(registered('b'))
  .append(opened('p2', 'b'), run)
  .append(evaluated('p2', 'b', 'a', 1), run)
  .append(requested('p2'), run)
  .append(decided('p2', 'approve', { by: 'Ada', quorum: 2 }), run);
const policy = { quorum: 2, approvers: ['Ada', 'Bo', 'Cy'].map(keyHolder).map(approverOf) };

function statusOf({ records, state }: LedgerBuilder) {
  const facts = {
    pipeline,
    commits: [],
    table: emptyTable,
    plan: null,
    alias: { status: 'not-asked' },
    limit: 5,
  } as const;
  return composeStatus({ ...facts, records, state, policy });
}

/** A server that answers so about every run. */
function serverThat(handle: { readonly describe: () => unknown; readonly result?: () => unknown }): Client {
  const withDeadline = (_: number, ask: () => unknown) => ask();
  return { withDeadline, workflow: { getHandle: () => handle } } as unknown as Client;
}

const ended = (name: string) => () => Promise.resolve({ status: { name } });
const failed = (cause: Error) => () => Promise.reject(new WorkflowFailedError('it failed', cause, 'INTERNAL' as never));

it('a status says who has approved and who is asked, with commands that can count', () => {
  const text = renderStatus(statusOf(ledger));
  expect(text).toContain('waits for 1 more approval of 2, by Bo, Cy; approved by Ada until 2001-03-08');
  const report = digest('report p2').slice(0, 12);
  expect(text).toContain(`gauntlet approve flights --report ${report} --key your.approval-key.pem --reason "why"`);
  expect(text).not.toContain(`${report} --by`);
});

it.each([
  ['FAILED', failed(ApplicationFailure.nonRetryable('the store is gone')), 'the store is gone'],
  ['TERMINATED', failed(new TerminatedFailure('by an operator')), 'by an operator'],
  ['COMPLETED', () => Promise.resolve({}), ''],
])('a run that is %s is dead, and why is said', async (status, result, why) => {
  const dead = await findDeadRun(serverThat({ describe: ended(status), result }), run.workflow);
  expect(dead).toMatchObject({ workflowId: 'promote/flights', status });
  expect(dead?.why).toContain(why);
});

it('a run that the server does not know any more is dead too', async () => {
  const gone = () => Promise.reject(new WorkflowNotFoundError('no such run', 'promote/flights', undefined));
  expect(await findDeadRun(serverThat({ describe: gone }), run.workflow)).toMatchObject({ status: 'UNKNOWN' });
});

it.each([
  ['works', ended('RUNNING')],
  ['is not told of, because the server does not answer', () => Promise.reject(new Error('14 UNAVAILABLE'))],
])('a run that %s changes nothing of what the ledger says', async (_, describe) => {
  expect(await findDeadRun(serverThat({ describe }), run.workflow)).toBeNull();
});

it('a promotion whose run is dead says so, and how it is taken up, instead of whom it waits for', () => {
  const approved = new LedgerBuilder()
    .promote('p1', null, 'a')
    .append(registered('b'))
    .append(opened('p2', 'b'), run)
    .append(evaluated('p2', 'b', 'a', 1), run)
    .append(requested('p2'), run)
    .append(decided('p2', 'approve', { by: 'Bo' }), run);
  const { state, records } = approved;
  if (state.openPromotion === null) throw new Error('it is open');
  const facts = { pipeline, state, table: emptyTable, plan: null };
  const before = describePromotion(facts, state.openPromotion, findWaiting(pipeline, { state, records }, policy));
  expect(before).toMatchObject({ phase: 'applying', waitsFor: 'the approval of Bo to be applied' });
  expect(runBehind({ records }, 'p2')).toEqual(run.workflow);
  const dead = { workflowId: 'promote/flights', status: 'FAILED', why: 'the store is gone' };
  const promotion = standingWithout(dead, before, pipeline);
  const text = renderStatus({ ...statusOf(approved), promotion });
  expect(text).toContain('waits for somebody to start it again: its run promote/flights is FAILED: the store is gone');
  expect(text).toContain('\n                     gauntlet promote flights\n');
  expect(renderOverview([{ ...statusOf(approved), promotion }])).toContain('v2 dead');
});
