import type { RuleResult, ValidationDecision } from './results.js';

/**
 * Decides what follows from the results of all rules. Every reason is named, so one decision tells everything. The share
 * of quarantined rows may reach its limit, not pass it; a batch without rows has nothing that could be wrong.
 */
export function decideValidation(args: {
  readonly results: readonly RuleResult[];
  readonly rowsFound: number;
  readonly quarantinedRows: number;
  readonly maxQuarantineShare: number;
}): ValidationDecision {
  const { results, rowsFound } = args;
  const failed = results.filter((result) => result.verdict === 'failed');
  const unmeasured = rowsFound === 0 ? [] : results.filter((result) => result.verdict === 'unmeasured');
  const grounds = [...failed.filter((result) => result.severity === 'stop').map(sentence), ...capGrounds(args)];
  const warnings = [...failed.filter((result) => result.severity !== 'stop'), ...unmeasured].map(sentence);
  return { status: grounds.length === 0 ? 'passed' : 'stopped', grounds, warnings };
}

function capGrounds(args: {
  readonly rowsFound: number;
  readonly quarantinedRows: number;
  readonly maxQuarantineShare: number;
}): string[] {
  const { rowsFound, quarantinedRows, maxQuarantineShare } = args;
  if (rowsFound === 0) return [];
  const share = quarantinedRows / rowsFound;
  if (share <= maxQuarantineShare) return [];
  const found = `${String(quarantinedRows)} of ${String(rowsFound)} rows were quarantined`;
  return [`${found} (share ${String(Number(share.toPrecision(4)))}); the limit is ${String(maxQuarantineShare)}`];
}

function sentence({ rule, severity, why }: RuleResult): string {
  return severity === 'quarantine' ? `${rule}: ${why}; quarantined` : `${rule}: ${why}`;
}
