import { effects, recordEffect, type CrashPoint, type Effect } from '../../activities/crash-points.js';
import type { LedgerEvent } from '../../domain/ledger/events.js';

const nobodyCalls = 'the port of the registry can do it, and no activity asks for it';

/** Crash points that no life goes by, each with the reason. */
export const unlived: Partial<Readonly<Record<CrashPoint, string>>> = {
  ...bothSidesOf('describe-model', nobodyCalls),
  ...bothSidesOf('run-state', nobodyCalls),
};

function bothSidesOf(effect: Effect, why: string): Partial<Readonly<Record<CrashPoint, string>>> {
  return { [`before-${effect}`]: why, [`after-${effect}`]: why };
}

/** Another type of record does not compile before it stands here. */
const recordTypes: Readonly<Record<LedgerEvent['type'], true>> = {
  'model-registered': true,
  'retrain-decided': true,
  'promotion-opened': true,
  'gates-evaluated': true,
  'approval-requested': true,
  'approval-notified': true,
  'decision-received': true,
  'promotion-closed': true,
  'champion-changed': true,
  'split-changed': true,
  'rollout-analyzed': true,
  'alias-projected': true,
  'alias-moved-elsewhere': true,
  'alias-settled': true,
  'predictions-replaced': true,
  'rollback-drilled': true,
  'window-held': true,
  'fallback-scored': true,
  'window-monitored': true,
  collected: true,
};

/** Both sides of every effect. */
export const allPoints: readonly CrashPoint[] = [
  ...(Object.keys(effects) as (keyof typeof effects)[]),
  ...(Object.keys(recordTypes) as LedgerEvent['type'][]).map(recordEffect),
].flatMap((effect): CrashPoint[] => [`before-${effect}`, `after-${effect}`]);
