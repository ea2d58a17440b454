import { formatWindow } from '../adapters/report/format.js';
import { findingOf } from '../domain/ledger/alias-policy.js';
import type { AliasMovedElsewhere } from '../domain/ledger/registry-events.js';
import type { GatesEvaluated, SplitChanged } from '../domain/ledger/promotion-events.js';
import type { LedgerEvent } from '../domain/ledger/events.js';
import type { RollbackDrilled } from '../domain/ledger/publication-events.js';
import { performanceText } from '../domain/monitoring/performance-text.js';
import type { ChainedRecord } from '../domain/ledger/state.js';
import type { ModelRef } from '../domain/model-ref.js';
import type { GateMode } from '../domain/gates/gate-rule.js';
import { countOf, formatBytes, formatInstant, shortDigest } from './text-table.js';

/** A version as people call it, like `v3`. */
export function versionName(model: ModelRef | null): string {
  return model === null ? 'nobody' : `v${model.version}`;
}

/** Names models by their digest: the version the ledger registered, `baseline`, or the beginning of the digest. */
export type ModelNames = (modelDigest: string) => string;

/** What one ledger record says, as half a sentence that fits into a line. */
export function describeEvent(event: LedgerEvent, nameOf: ModelNames): string {
  switch (event.type) {
    case 'model-registered':
      return `${versionName(event.model)} registered, trained on ${formatWindow(event.trainingWindow)}`;
    case 'retrain-decided':
      return `retrain rule said ${event.decision}: ${event.grounds.join('; ')}`;
    case 'window-held':
      return `window ${formatWindow(event.window)} held: ${event.grounds.join('; ')}`;
    case 'fallback-scored':
      return `window ${formatWindow(event.window)} scored by ${nameOf(event.servedDigest)} instead of ${nameOf(event.intendedDigest)}: ${event.grounds.join('; ')}`;
    case 'window-monitored':
      return `window ${formatWindow(event.window)} monitored: ${event.verdict}, ${performanceText(event)}${event.decayed ? ', decay shown' : ''}${driftNote(event.driftedFeatures)}`;
    case 'alias-projected':
      return `alias ${event.alias} set to ${versionName(event.model)}, following record ${event.changeNumber}`;
    case 'alias-moved-elsewhere':
      return `ALARM: ${describeFinding(event)}`;
    case 'alias-settled':
      return `alias ${event.alias} is v${event.version} again: ${event.how === 'restored' ? 'set' : 'put back by somebody else'} after record ${event.findingNumber}`;
    case 'predictions-replaced':
      return `${countOf(event.rowsReplaced, 'prediction')} in ${countOf(event.windows.length, 'window')} replaced, ${countOf(event.decisionsChanged, 'decision')} changed, table version ${event.tableVersion}`;
    case 'rollback-drilled':
      return describeDrill(event);
    case 'collected':
      return `${countOf(event.files.length, 'file')} collected, ${formatBytes(event.files.reduce((sum, { bytes }) => sum + bytes, 0))}: ${[...new Set(event.files.map(({ rule }) => rule))].join(', ')}`;
    case 'promotion-opened':
    case 'gates-evaluated':
    case 'approval-requested':
    case 'approval-notified':
    case 'decision-received':
    case 'promotion-closed':
    case 'champion-changed':
    case 'split-changed':
    case 'rollout-analyzed':
      return describePromotionEvent(event, nameOf);
  }
}

/** How a rehearsal of a rollback went, with the time to recovery. */
export function describeDrill(event: RollbackDrilled): string {
  const { verdict, from, to, rowsReplaced, windows, recoveryMs, grounds } = event;
  const change = `rollback ${versionName(from)} -> ${versionName(to)} rehearsed`;
  if (verdict === 'fail') return `${change}: FAILED, ${grounds.join('; ')}`;
  return `${change}: ${countOf(rowsReplaced, 'prediction')} in ${countOf(windows.length, 'window')} replaced in ${(recoveryMs / 1_000).toFixed(1)} s`;
}

type PromotionEvent = Extract<
  LedgerEvent,
  {
    readonly type:
      | 'promotion-opened'
      | 'gates-evaluated'
      | 'approval-requested'
      | 'approval-notified'
      | 'decision-received'
      | 'promotion-closed'
      | 'champion-changed'
      | 'split-changed'
      | 'rollout-analyzed';
  }
>;

function describePromotionEvent(event: PromotionEvent, nameOf: ModelNames): string {
  switch (event.type) {
    case 'promotion-opened':
      return `${event.kind} of ${versionName(event.challenger)} opened`;
    case 'gates-evaluated':
      return `gates of ${nameOf(event.challengerDigest)}: ${event.verdict}${notPassed(event.checks)}, report ${shortDigest(event.reportDigest)}`;
    case 'approval-requested':
      return `approval of report ${shortDigest(event.reportDigest)} asked for until ${formatInstant(event.deadlineAt)}`;
    case 'approval-notified':
      return `webhook told that report ${shortDigest(event.reportDigest)} waits`;
    case 'decision-received': {
      const report = event.reportDigest === null ? '' : ` of report ${shortDigest(event.reportDigest)}`;
      const note = event.note === '' ? '' : ` (${event.note})`;
      const identity = event.identity === undefined ? '' : `, ${event.identity}`;
      return `${event.decision}${report} by ${event.by}${identity}${event.accepted ? '' : ', did not count'}${note}`;
    }
    case 'promotion-closed':
      return `promotion of ${nameOf(event.challengerDigest)} ${event.outcome}${event.grounds.length === 0 ? '' : `: ${inOneLine(event.grounds)}`}`;
    case 'champion-changed': {
      const evidence = event.reportDigest === null ? '' : `, report ${shortDigest(event.reportDigest)}`;
      return `champion ${versionName(event.from)} -> ${versionName(event.to)} by ${event.cause}${evidence}`;
    }
    case 'split-changed':
      return describeSplit(event);
    case 'rollout-analyzed':
      return `${event.phase === 'watch' ? 'watch' : `rollout step ${String((event.step ?? 0) + 1)}`}: ${event.sentence}`;
  }
}

/** Some grounds are sentences. */
function inOneLine(grounds: readonly string[]): string {
  return grounds.map((ground, index) => (index < grounds.length - 1 ? ground.replace(/\.$/, '') : ground)).join('; ');
}

/** What was found in the registry, as half a sentence. */
export function describeFinding(event: AliasMovedElsewhere): string {
  const { alias, expectedVersion, foundVersion } = event;
  switch (findingOf(event)) {
    case 'model-removed':
      return 'the registered model is gone';
    case 'version-removed':
      return `v${expectedVersion}, the champion, is gone from the registry`;
    case 'moved':
    case 'deleted':
      return `alias ${alias} is ${foundVersion === null ? 'gone' : `v${foundVersion}`}, expected v${expectedVersion}`;
  }
}

function describeSplit({ step, challenger, sharePercent, grounds }: SplitChanged): string {
  if (step === null) return `rollout of ${versionName(challenger)} ended: ${grounds.join('; ')}`;
  const serves = sharePercent === 0 ? 'scores in shadow' : `serves ${String(sharePercent)} % of the entities`;
  return `rollout step ${String(step + 1)}: ${versionName(challenger)} ${serves}`;
}

/** The whole line of a record: number, time, who, what. */
export function recordRow({ record }: ChainedRecord, nameOf: ModelNames): readonly string[] {
  const { number, at, actor, event } = record;
  return [String(number), formatInstant(at), actor.name, event.type, describeEvent(event, nameOf)];
}

function driftNote(features: readonly string[]): string {
  return features.length === 0 ? '' : `, drift in ${features.join(', ')}`;
}

function notPassed(checks: GatesEvaluated['checks']): string {
  const weights: Readonly<Record<GateMode, string>> = { enforce: '', advise: ' as advice', observe: ' as observed' };
  const names = checks
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ name, verdict, mode = 'enforce' }) => `${name} ${verdict}${weights[mode]}`);
  return names.length === 0 ? '' : ` (${names.join(', ')})`;
}
