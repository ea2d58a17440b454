import { describeDecisionShare } from './audit/decision-share.js';

/** Positive decisions among replaced rows: by the version that was taken back, and by the restored one. */
export interface ReplacedPositives {
  readonly before: number;
  readonly after: number;
}

/** What taking predictions back did to the decisions. Each is left out by records from before it was counted. */
export interface ReplacedDecisions {
  /** Over all replaced rows of all windows; left out where none was replaced. */
  readonly positives?: ReplacedPositives;
  /** Rows of the correction file: also those whose score changed and whose decision did not. */
  readonly correctionRows?: number;
  /** Windows of which the restored version calls far more or fewer rows positive than intended; left out where there are none. */
  readonly warnings?: readonly string[];
}

/** The replaced rows of one window. */
export interface ReplacedWindowCount {
  readonly window: string;
  /** That the version served which was taken back. */
  readonly rows: number;
  readonly positives: ReplacedPositives;
}

/** A rollback may replace months, and a model that is out of season is so on each of their days. */
const shownWindows = 5;

/** Positive decisions of all windows together; null where there is no window. */
export function sumPositives(windows: readonly ReplacedWindowCount[]): ReplacedPositives | null {
  if (windows.length === 0) return null;
  return {
    before: windows.reduce((sum, { positives }) => sum + positives.before, 0),
    after: windows.reduce((sum, { positives }) => sum + positives.after, 0),
  };
}

/**
 * Warns as scoring does where the restored version calls far more or fewer of the replaced rows positive than its
 * threshold was set for: whoever acts on its decisions hears it when they come back, not a day later.
 */
export function describeRestoredShares(
  windows: readonly ReplacedWindowCount[],
  positiveRate: number,
): readonly string[] {
  const said = windows.flatMap(({ window, rows, positives }) =>
    describeDecisionShare({ rows, positives: positives.after }, positiveRate).map(
      (warning) => `${window}, as restored: ${warning}`,
    ),
  );
  const left = said.length - shownWindows;
  return left > 0 ? [...said.slice(0, shownWindows), `… and ${String(left)} more windows like these`] : said;
}

/** Like `12,676 of 16,944 positive now, 5,662 before`; null where it was not counted. */
export function sayReplacedPositives({
  rowsReplaced,
  positives,
}: Pick<ReplacedDecisions, 'positives'> & { readonly rowsReplaced: number }): string | null {
  if (positives === undefined) return null;
  const shown = (value: number): string => value.toLocaleString('en-US');
  return `${shown(positives.after)} of ${shown(rowsReplaced)} positive now, ${shown(positives.before)} before`;
}

/** These fields alone, of a record or a result that has others; what is left out there is left out here. */
export function replacedDecisionsOf({ positives, correctionRows, warnings }: ReplacedDecisions): ReplacedDecisions {
  return {
    ...(positives === undefined ? {} : { positives }),
    ...(correctionRows === undefined ? {} : { correctionRows }),
    ...(warnings === undefined ? {} : { warnings }),
  };
}
