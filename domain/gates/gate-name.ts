import type { GateRule } from './gate-rule.js';

/** What a check is called in reports, messages and the ledger; a policy has no two gates of one name. */
export function gateName(gate: GateRule): string {
  switch (gate.check) {
    case 'floor':
    case 'not-worse':
    case 'better':
    case 'beats-baseline':
    case 'stable':
      return `${gate.check} ${gate.metric}`;
    case 'worst-slice':
      return `worst-slice ${gate.column} ${gate.metric}`;
    case 'fair':
      return `fair ${gate.measure} ${gate.columns.join(' × ')}`;
    case 'calibrated':
    case 'impact':
    case 'data-quality':
    case 'no-leakage':
    case 'no-skew':
    case 'loads':
    case 'volume':
    case 'robust':
      return gate.check;
  }
}
