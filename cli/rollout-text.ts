import { namePlace } from '../domain/rollout/rollout-plan.js';
import type { WorkflowStatus } from '../workflows/api.js';

/** A rollout, a watch or the wait for a turn, and nobody is asked anything: it goes on by itself, for days or weeks. */
export function isUnderWay({ phase, rollout, waitingFor }: WorkflowStatus): boolean {
  return phase === 'queued' || ((rollout ?? null) !== null && waitingFor === null);
}

/** What is going on, in a sentence or two, and how to stop it. */
export function describeUnderWay(pipeline: string, { rollout, waitingFor }: WorkflowStatus): string {
  if (rollout === null || rollout === undefined) return `The promotion waits for ${waitingFor ?? 'its turn'}.`;
  const { cyclesPublished, cyclesMatured, cyclesNeeded, sentence, phase } = rollout;
  const cycles = `${String(cyclesPublished)} of ${String(cyclesNeeded)} windows published, ${String(cyclesMatured)} with known labels`;
  const undo = phase === 'watch' ? `gauntlet rollback ${pipeline}` : `gauntlet abort ${pipeline}`;
  return [
    `The promotion goes on by itself: ${namePlace(rollout)}; ${cycles}. ${sentence}`,
    `  gauntlet status ${pipeline}`,
    `  ${undo} --reason "…"`,
  ].join('\n');
}
