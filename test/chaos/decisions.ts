import { setTimeout as pause } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { signDecision } from '../../contracts/approval-signature.js';
import type { WorkflowStatus } from '../../workflows/api.js';
import { keyHolder, type KeyHolder } from '../support/approvers.js';

/** People whose signatures count where a policy asks for signatures. */
export const approvers: readonly KeyHolder[] = [keyHolder('Anna'), keyHolder('Berta')];

/** What people do about a promotion: each of it once, when it waits for them, or in the middle of it. */
export type Decisions = 'approved by Maria' | 'approved by two signatures' | 'gone on by a signature' | 'aborted';

/** A worker that is down answers no query: then the next look asks again. */
export async function statusOf(handle: WorkflowHandle): Promise<WorkflowStatus | null> {
  const query = handle.query<WorkflowStatus>('status');
  return Promise.race([query.catch(() => null), pause(2_000, null, { ref: false })]);
}

/** True when it is done, so that nobody says anything twice. */
export async function decide(
  handle: WorkflowHandle,
  decisions: Decisions,
  promotion: { readonly pipeline: string; readonly promotionId: string },
): Promise<boolean> {
  const status = await statusOf(handle);
  if (status === null) return false;
  if (decisions === 'aborted') {
    await handle.signal('abort', { by: 'Zoe', reason: 'the shops complain' });
    return true;
  }
  const { deadlineAt, reportDigest } = status;
  if (deadlineAt === null || reportDigest === null) return false;
  if (decisions === 'approved by Maria') {
    await handle.signal('approve', { reportDigest: reportDigest.slice(0, 12), by: 'Maria', reason: 'it is good' });
    return true;
  }
  const people = decisions === 'gone on by a signature' ? approvers.slice(0, 1) : approvers;
  for (const person of people) await handle.signal('approve', signed(person, { ...promotion, reportDigest }));
  return true;
}

function signed(
  { name, privateKey }: KeyHolder,
  about: { readonly pipeline: string; readonly promotionId: string; readonly reportDigest: string },
): object {
  const nonce = `${name}-about-${about.reportDigest.slice(0, 24)}`;
  const message = { by: name, reason: 'better where it matters', nonce, reportDigest: about.reportDigest };
  return { ...message, signature: signDecision({ ...about, ...message, decision: 'approve' }, privateKey) };
}
