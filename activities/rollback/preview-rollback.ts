import { previewReplacement, rowsOf, type RevokedWindow } from '../../domain/rollback.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { PlannedWindow, RollbackResult } from '../../workflows/api.js';
import { findShadowFiles } from '../publication/replace-predictions.js';
import { localPathsOf } from '../publication/table-file.js';
import type { TableFile } from '../ports/prediction-table.js';
import type { CorrectionPair } from '../ports/scorer.js';
import type { RollbackChoice } from './choose-target.js';
import type { ReplacementServices } from './provide-replacement.js';

/** A window that a rollback would replace, and the shadow scores that stand ready for it. */
export interface AffectedWindow extends RevokedWindow {
  readonly shadows: readonly TableFile[];
}

/** The windows that a rollback to a target would replace now, oldest first. */
export async function findAffected(
  { store, table }: Pick<ReplacementServices, 'store' | 'table'>,
  { pipeline, ledger, to }: { readonly pipeline: string; readonly ledger: LedgerState } & Pick<RollbackChoice, 'to'>,
): Promise<readonly AffectedWindow[]> {
  const published = await table.load(pipeline, 'predictions');
  const windows: AffectedWindow[] = [];
  for (const revoked of previewReplacement({ ledger, table: published, target: to })) {
    const asked = { ledger, revoked, targetDigest: to.modelDigest };
    windows.push({ ...revoked, shadows: await findShadowFiles({ store, table, pipeline }, asked) });
  }
  return windows;
}

/**
 * The blast radius, counted from the tables: what the bad version serves window by window, and how many decisions a
 * rollback would change where the target scored along. Elsewhere that is known when the window has been scored again.
 */
export async function measureBlast(
  { store, table, scorer }: Pick<ReplacementServices, 'store' | 'table' | 'scorer'>,
  pipeline: string,
  affected: readonly AffectedWindow[],
): Promise<readonly PlannedWindow[]> {
  const pairs: CorrectionPair[] = [];
  for (const { window, served, shadows } of affected) {
    pairs.push({
      window,
      oldPaths: await localPathsOf(store, table.folder(pipeline, 'predictions'), served),
      newPaths: await localPathsOf(store, table.folder(pipeline, 'shadow-predictions'), shadows),
      snapshotPaths: null,
    });
  }
  const counts = pairs.length === 0 ? [] : await scorer.countChanges({ pairs });
  return affected.map(({ window, served, shadows, keptRows }, index) => {
    const isShadowed = shadows.length > 0;
    return {
      window,
      rows: rowsOf(served),
      keptRows,
      positives: counts[index]?.positives ?? 0,
      source: isShadowed ? 'shadow' : 'scored again',
      decisionsChanged: counts[index]?.decisionsChanged ?? null,
    };
  });
}

/** The answer to somebody who only asks; `blast` is left out where nobody does. */
export function describePreview(
  { from, to }: RollbackChoice,
  affected: readonly AffectedWindow[],
  blast: readonly PlannedWindow[] | null,
): RollbackResult {
  const rows = affected.reduce((sum, { served }) => sum + rowsOf(served), 0);
  const fromShadow = affected.filter(({ shadows }) => shadows.length > 0).length;
  const decisionsChanged = (blast ?? []).reduce((sum, each) => sum + (each.decisionsChanged ?? 0), 0);
  return {
    status: 'dry-run',
    summary: summaryOf({ from, to }, { rows, windows: affected.length, fromShadow, decisionsChanged }),
    rollbackId: null,
    from,
    to,
    windows: affected.map(({ window }) => window),
    rowsReplaced: rows,
    decisionsChanged,
    fromShadow,
    rescored: affected.length - fromShadow,
    correctionFile: null,
    tableVersion: null,
    alias: 'unchanged',
    ...(blast === null ? {} : { blast }),
  };
}

function summaryOf(
  { from, to }: RollbackChoice,
  counts: Readonly<Record<'rows' | 'windows' | 'fromShadow' | 'decisionsChanged', number>>,
): string {
  const { rows, windows, fromShadow, decisionsChanged } = counts;
  const again = windows - fromShadow;
  const shadowed =
    fromShadow === 0
      ? []
      : [`from shadow scores ${String(fromShadow)}, by which ${shown(decisionsChanged)} decisions change`];
  const scored = again === 0 ? [] : [`by scoring again ${String(again)}, with their changed decisions counted then`];
  const how = windows === 0 ? '' : ` Windows replaced: ${[...shadowed, ...scored].join('; ')}.`;
  return `Plan: version ${to.version} would replace version ${from.version}, with ${shown(rows)} predictions in ${String(windows)} window(s).${how} Nothing was changed.`;
}

function shown(value: number): string {
  return value.toLocaleString('en-US');
}
