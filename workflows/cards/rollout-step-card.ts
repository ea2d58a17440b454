import type { QueuedPromotion } from '../../activities/promotion/arrive-meanwhile.js';
import type { PromotionPlan } from '../../activities/promotion/promotion-activities.js';
import type { RolloutLook } from '../../domain/rollout/look.js';
import { namePlace, type RolloutProgress } from '../../domain/rollout/rollout-plan.js';
import { renderLookChecks } from './rollout-card.js';
import { minute, pasteable, short, table } from './text.js';

/**
 * What a person needs who looks at a rollout under way: where it is, what was seen, and how to stop it. `endsAt` is the
 * deadline of a watch; null where there is none.
 */
export function renderStep(
  { pipeline, challenger, champion }: PromotionPlan,
  progress: RolloutProgress,
  endsAt: string | null = null,
): string {
  const { cyclesPublished, cyclesMatured, cyclesNeeded, sentence, phase } = progress;
  const before = champion === null ? 'none' : `v${champion.version}`;
  const stop =
    phase === 'watch' ? `gauntlet rollback ${pipeline} --reason "why"` : `gauntlet abort ${pipeline} --reason "why"`;
  return [
    table(
      [namePlace(progress), ''],
      [
        ['challenger', `v${challenger.version}`],
        ['champion before', before],
        ['windows published', `${String(cyclesPublished)} of ${String(cyclesNeeded)}`],
        ['with known labels', `${String(cyclesMatured)} of ${String(cyclesNeeded)}`],
        ...(endsAt === null ? [] : [['over at the latest', minute(endsAt)]]),
      ],
    ),
    sentence,
    ...checksOf(progress),
    `To take it back: \`${stop}\`. What version ${challenger.version} served is replaced then.`,
  ].join('\n\n');
}

/** The look settled nothing: what to paste for either answer, and what silence does. */
export function renderGoAheadRequest({ pipeline }: PromotionPlan, look: RolloutLook, deadlineAt: string): string {
  const digest = short(look.reportDigest ?? '');
  return [
    `**${look.sentence}**`,
    ...checksOf(look),
    '### Your decision',
    '*More Actions → Send a Signal*: `approve` goes on with the rollout, `reject` ends it. Paste this and put in your name and why.',
    pasteable({ reportDigest: digest, by: 'your name', reason: 'why' }),
    `Until ${minute(deadlineAt)}; silence ends the rollout and the champion serves alone again. Labels that come until then are looked at first.`,
    `At a terminal: \`gauntlet approve ${pipeline} --report ${digest} --by "your name" --reason "why"\``,
  ].join('\n\n');
}

function checksOf({ checks }: Pick<RolloutLook, 'checks'>): readonly string[] {
  const rendered = renderLookChecks(checks);
  return rendered === '' ? [] : [rendered];
}

export function renderQueue({ behind, version, supersedes }: QueuedPromotion): string {
  const how = supersedes ? 'was told to stop, because this version is newer' : 'goes on';
  return `Version ${version} waits: the promotion of version ${behind.version} in \`${behind.workflowId}\` ${how}. \`abort\` ends the waiting.`;
}
