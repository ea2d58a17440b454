import type { AuditReport } from '../../domain/audit/audit-report.js';
import { modelsOf, type Rung } from '../../domain/score-ladder.js';
import type { ScoreAudit } from '../../workflows/api.js';
import type { ScorePlan } from './begin-score.js';

/** An audit's report with versions in the place of digests. NaN has no JSON form, so an index that is none is null. */
export function describeAudit(plan: ScorePlan, rung: Rung, report: AuditReport): ScoreAudit {
  const versions = new Map(modelsOf(rung).map((model) => [model.modelDigest, model.version]));
  const versionOf = (digest: string): string => versions.get(digest) ?? digest.slice(0, 12);
  return {
    comparedWith: plan.live?.identity ?? null,
    models: report.models.map(({ modelDigest, engines, psi }) => ({
      version: versionOf(modelDigest),
      engines,
      psi: psi === null || Number.isNaN(psi) ? null : psi,
    })),
    churn: report.churn.map(({ against, ...churn }) => ({
      ...churn,
      against: against === 'live' ? against : versionOf(against),
    })),
  };
}
