/**
 * What happens when a rule fails. `stop`: nothing of the batch is used. `quarantine`: the failing rows are left out and
 * kept in a file of their own. `warn`: it is said, and the batch goes on.
 */
export type Severity = 'stop' | 'quarantine' | 'warn';

/** Said of single rows. Rows with no value are no concern of a rule about values. */
export type RowCheck =
  | { readonly check: 'numeric'; readonly column: string }
  | { readonly check: 'finite'; readonly column: string }
  | { readonly check: 'not-null'; readonly column: string }
  | { readonly check: 'in-range'; readonly column: string; readonly min: number | null; readonly max: number | null }
  /** `training`: the values that the champion's dictionary knows. */
  | { readonly check: 'one-of'; readonly column: string; readonly values: readonly string[] | 'training' }
  /** A regular expression (RE2) that the whole value has to match. */
  | { readonly check: 'matches'; readonly column: string; readonly pattern: string }
  /** At most the data clock. */
  | { readonly check: 'not-in-future'; readonly column: string };

/** Said of rows as they stand beside each other; which of two equal rows is the wrong one cannot be told. */
export type RepetitionCheck =
  | { readonly check: 'unique'; readonly columns: readonly string[] }
  /** Equal in everything but the key. */
  | { readonly check: 'no-duplicate-rows' };

/** Said of the batch as a whole. */
export type BatchCheck =
  | { readonly check: 'row-count'; readonly min: number | null; readonly max: number | null }
  /** Smallest number of rows that have a value. */
  | { readonly check: 'present'; readonly column: string; readonly min: number }
  | { readonly check: 'null-share'; readonly column: string; readonly max: number }
  /** Distance of the share of missing values from the training rows', as a share or in its own standard deviations. */
  | {
      readonly check: 'null-share-change';
      readonly column: string;
      readonly max: number;
      readonly unit: 'share' | 'deviations';
    }
  | { readonly check: 'distinct'; readonly column: string; readonly min: number | null; readonly max: number | null }
  | { readonly check: 'not-constant'; readonly column: string }
  /**
   * Of the newest instant of a column behind the data clock; without a column, of the newest event behind the window's
   * end.
   */
  | { readonly check: 'fresh'; readonly column: string | null; readonly withinMs: number }
  /** Distance from the training rows: L-infinity for categories, Jensen-Shannon (base 2) for numbers, both 0..1. */
  | { readonly check: 'distribution'; readonly column: string; readonly max: number };

interface Named {
  /** Unique in a definition; what the verdict, the quarantine file and the ledger call the rule. */
  readonly name: string;
}

/** Share of the checked rows that have to hold, 0..1. */
interface Tolerant {
  readonly mostly: number;
}

export type RowRule = RowCheck & Named & Tolerant & { readonly severity: Severity };
export type RepetitionRule = RepetitionCheck &
  Named &
  Tolerant & { readonly severity: Exclude<Severity, 'quarantine'> };
export type BatchRule = BatchCheck & Named & { readonly severity: Exclude<Severity, 'quarantine'> };
/** One declared expectation of the rows that are about to be used. */
export type ValidationRule = RowRule | RepetitionRule | BatchRule;

const rowChecks: ReadonlySet<string> = new Set<RowCheck['check']>([
  'numeric',
  'finite',
  'not-null',
  'in-range',
  'one-of',
  'matches',
  'not-in-future',
]);

/** Whether single rows fail the rule, so that they can be left out. */
export function isRowRule(rule: ValidationRule): rule is RowRule {
  return isRowCheck(rule.check);
}

export function isRowCheck(check: string): boolean {
  return rowChecks.has(check);
}

/** How a rule is called when its author gave it no name. */
export function defaultRuleName(
  rule: { readonly check: string } & Partial<Record<'column' | 'columns', unknown>>,
): string {
  const columns = Array.isArray(rule.columns) ? rule.columns.join(', ') : (rule.column ?? '');
  return typeof columns === 'string' && columns !== '' ? `${rule.check}(${columns})` : rule.check;
}

/** Whether the rule compares with the champion's training rows. */
export function needsProfile(rule: ValidationRule): boolean {
  return rule.check === 'distribution' || rule.check === 'null-share-change';
}

/** Whether the rule asks for the categories that the champion knows. */
export function needsDictionary(rule: ValidationRule): boolean {
  return rule.check === 'one-of' && rule.values === 'training';
}
