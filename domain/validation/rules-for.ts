import type { DatasetDefinition } from '../pipeline-definition.js';
import type { SnapshotPurpose } from '../snapshot.js';
import { defaultRuleName, needsDictionary, needsProfile, type RowRule, type ValidationRule } from './rules.js';

/**
 * The rules that rows of a purpose are held to, declared ones in their order behind those that always hold: text in a
 * numeric feature has to be a number (asked of the columns that arrive as text), and numbers have to be finite. A
 * declared rule of the same check and column takes the place of such a default.
 */
export function rulesFor(args: {
  readonly dataset: Pick<DatasetDefinition, 'features'>;
  readonly declared: readonly ValidationRule[];
  readonly purpose: SnapshotPurpose;
  /** Numeric features that the dataset's SQL gives as text. */
  readonly textColumns: readonly string[];
}): readonly ValidationRule[] {
  const { dataset, declared, purpose, textColumns } = args;
  const numeric = dataset.features.filter(({ kind }) => kind === 'numeric').map(({ name }) => name);
  const defaults = [
    ...numeric.filter((name) => textColumns.includes(name)).map((column) => defaultRule('numeric', column)),
    ...numeric.map((column) => defaultRule('finite', column)),
  ].filter((rule) => !declared.some((other) => other.check === rule.check && other.column === rule.column));
  return [...defaults, ...declared.filter((rule) => appliesTo(rule, purpose))];
}

function defaultRule(check: 'numeric' | 'finite', column: string): RowRule & { readonly check: 'numeric' | 'finite' } {
  return { check, column, name: defaultRuleName({ check, column }), severity: 'quarantine', mostly: 1 };
}

/**
 * Rules that compare with a champion, or whose limits are those of one scored window, say nothing about the many windows
 * of a labelled snapshot.
 */
function appliesTo(rule: ValidationRule, purpose: SnapshotPurpose): boolean {
  if (purpose === 'scoring') return true;
  const ofOneWindow: readonly ValidationRule['check'][] = ['row-count', 'present', 'distinct', 'fresh'];
  return !ofOneWindow.includes(rule.check) && !needsProfile(rule) && !needsDictionary(rule);
}
