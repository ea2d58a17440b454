import type { ScoringEngine } from '../../domain/shard-facts.js';
import type { ScoreAudit } from '../api.js';
import { count } from './text.js';

const engineNames: Readonly<Record<ScoringEngine, string>> = {
  onnx: 'ONNX Runtime',
  linear: 'SQL',
  trees: 'tree kernel',
  baseline: 'SQL',
};

/** What an audit measured, a short line for each model and each comparison. */
export function renderAuditLines({ models, churn }: ScoreAudit): readonly string[] {
  const byModel = models.map(({ version, engines, psi }) => {
    const engine = [...new Set(engines.map((name) => engineNames[name]))].join(' and ');
    const distribution = psi === null ? '' : `, PSI ${psi.toFixed(3)} against its validation scores`;
    return `${nameOf(version)} scored by ${engine}${distribution}`;
  });
  return [...byModel, ...churn.map(renderChurn)];
}

function nameOf(version: string): string {
  return version === 'baseline' ? 'baseline' : `v${version}`;
}

function renderChurn({ against, rows, flips, share, worstSlice }: ScoreAudit['churn'][number]): string {
  const other = against === 'live' ? 'what was published' : nameOf(against);
  if (share === null) return `no row in common with ${other}`;
  const worst =
    worstSlice === null
      ? ''
      : `; most for ${worstSlice.column} ${worstSlice.value}: ${percent(worstSlice.share)} of ${count(worstSlice.rows)}`;
  return `${count(flips)} of ${count(rows)} decisions differ from ${other} (${percent(share)})${worst}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
