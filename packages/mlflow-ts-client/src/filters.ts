import { refuseProblems } from './errors.js';

/**
 * A value inside a search filter. MLflow knows no escapes (a doubled quote matches nothing, silently), so the quote
 * that does not occur is used, and a value with both is refused.
 */
export function quoteFilterValue(value: string): string {
  if (!/['\\]/.test(value)) return `'${value}'`;
  refuseProblems(
    `filter value ${JSON.stringify(value)}`,
    /["\\]/.test(value) ? ['MLflow cannot search for a value with both kinds of quotes or a backslash'] : [],
  );
  return `"${value}"`;
}

/** A tag, parameter or metric key inside a search filter: ``tags.`a.b` ``. */
export function quoteFilterKey(key: string): string {
  refuseProblems(
    `filter key ${JSON.stringify(key)}`,
    key.includes('`') ? ['MLflow cannot search for a key with a backtick'] : [],
  );
  return `\`${key}\``;
}

/** ``tags.`key` = 'value'`` with both sides quoted. */
export function tagEquals(key: string, value: string): string {
  return `tags.${quoteFilterKey(key)} = ${quoteFilterValue(value)}`;
}
