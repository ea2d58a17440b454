import { goAheadFor } from '../domain/ledger/questions.js';
import type { LedgerState, OpenPromotion } from '../domain/ledger/state.js';
import type { PipelineDefinition } from '../domain/pipeline-definition.js';
import type { TableState } from '../domain/published-table.js';
import { namePlace } from '../domain/rollout/rollout-plan.js';
import { standingOf } from '../domain/rollout/standing.js';
import { formatInstant, shortDigest } from './text-table.js';
import { versionName } from './record-sentence.js';

/** What a rollout or a watch is described from. Without a definition nobody knows how long it takes. */
export interface RolloutFacts {
  readonly pipeline: string;
  readonly state: LedgerState;
  readonly table: Pick<TableState, 'windows'>;
  readonly plan: Pick<PipelineDefinition, 'rollout' | 'watch'> | null;
}

/** A step or a watch that is under way, from the store alone. */
export interface RolloutStatus {
  readonly phase: 'rolling-out' | 'watching' | 'waiting' | 'ending';
  readonly waitsFor: string;
  readonly commands: readonly string[];
  readonly deadlineAt: string | null;
}

/** Null while no step has begun and the champion has not changed. */
export function describeRollout(facts: RolloutFacts, promotion: OpenPromotion): RolloutStatus | null {
  const standing = standingOf(facts.state, promotion.promotionId);
  const stop = `gauntlet abort ${facts.pipeline} --by "your name" --reason "why"`;
  switch (standing.status) {
    case 'not-begun':
    case 'closed':
      return null;
    case 'step':
      return question(facts, promotion, stop) ?? moving('rolling-out', describeStep(facts, promotion), [stop]);
    case 'changed': {
      const undo = `gauntlet rollback ${facts.pipeline} --reason "why"`;
      return moving('watching', describeWatch(facts, promotion), [undo]);
    }
    case 'ended':
    case 'overturned':
      return moving('ending', `the end of its rollout to be carried out: ${standing.grounds.join('; ')}`, [stop]);
  }
}

function moving(phase: RolloutStatus['phase'], waitsFor: string, commands: readonly string[]): RolloutStatus {
  return { phase, waitsFor, commands, deadlineAt: null };
}

/** A look that settled nothing, while nobody has answered it. */
function question({ pipeline }: RolloutFacts, promotion: OpenPromotion, stop: string): RolloutStatus | null {
  const look = promotion.looks.at(-1);
  const { request } = promotion;
  if (look?.verdict !== 'inconclusive' || request?.reportDigest !== look.reportDigest) return null;
  if (goAheadFor(promotion, look.reportDigest) !== null) return null;
  const naming = `${pipeline} --report ${shortDigest(look.reportDigest)} --by "your name" --reason "why"`;
  return {
    phase: 'waiting',
    waitsFor: `a person's go-ahead until ${formatInstant(request.deadlineAt)}: ${look.sentence}`,
    commands: [`gauntlet approve ${naming}`, `gauntlet reject ${naming}`, stop],
    deadlineAt: request.deadlineAt,
  };
}

function describeStep({ state, table, plan }: RolloutFacts, promotion: OpenPromotion): string {
  const { split } = state;
  const step = split?.step ?? 0;
  const place = { step: step + 1, steps: plan?.rollout.length ?? step + 1, sharePercent: split?.sharePercent ?? 0 };
  const published = [...table.windows.values()].filter(
    ({ decisionEpoch, rows }) => decisionEpoch === split?.epoch && rows > 0,
  ).length;
  const needed = plan?.rollout[step]?.cycles ?? null;
  const since = split === null ? '' : ` since ${formatInstant(split.since)}`;
  return `${namePlace(place)}${since}: ${cycles(published, needed)}${lastLook(promotion, step)}`;
}

function describeWatch({ table, plan }: RolloutFacts, promotion: OpenPromotion): string {
  const since = promotion.change?.epoch ?? 0;
  const published = [...table.windows.values()].filter(
    ({ decisionEpoch, rows }) => decisionEpoch >= since && rows > 0,
  ).length;
  const watched = cycles(published, plan?.watch.cycles ?? null);
  return `the watch, ${versionName(promotion.challenger)} is champion: ${watched}${lastLook(promotion, null)}`;
}

function cycles(published: number, needed: number | null): string {
  return `${String(published)}${needed === null ? '' : ` of ${String(needed)}`} windows published`;
}

function lastLook({ looks }: OpenPromotion, step: number | null): string {
  const look = looks.findLast((known) => known.step === step);
  return look === undefined ? '; nothing looked at yet' : `; last look: ${look.sentence}`;
}
