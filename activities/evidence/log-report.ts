import { readFile } from 'node:fs/promises';
import type { RunMetric } from '../ports/registry.js';
import type { AssembledReport, EvidencePlan, EvidenceServices } from './evidence-plan.js';

interface LogRequest {
  readonly plan: EvidencePlan;
  readonly report: AssembledReport;
}

/**
 * Logs the report as a run of MLflow with page, JSON and model card, the card being what its page shows; returns the
 * address of the report's page. Equal evidence is one run.
 */
export async function logReport({ registry, store }: EvidenceServices, { plan, report }: LogRequest): Promise<string> {
  const folder = `reports/${report.reportDigest}`;
  const artifact = async (name: string): Promise<{ path: string; bytes: Uint8Array }> => ({
    path: name,
    bytes: await readFile(await store.localPath(`${folder}/${name}`)),
  });
  const card = await artifact('model-card.md');
  const logged = await registry.logRun({
    key: `backtest/${plan.pipeline}/${report.reportDigest}`,
    pipeline: plan.pipeline,
    runName: `backtest v${plan.challenger.version} against ${plan.champion === null ? 'the baseline' : `v${plan.champion.version}`}${plan.refit === true ? ', refit' : ''}`,
    kind: 'backtest',
    tags: { 'gauntlet.reportDigest': report.reportDigest, 'gauntlet.verdict': report.verdict },
    description: new TextDecoder().decode(card.bytes),
    params: { asOf: plan.asOf, kind: plan.kind, decisionEpoch: plan.decisionEpoch, refit: plan.refit ?? false },
    metrics: report.metrics.flatMap(metricsOf),
    datasets: report.folds.map((fold, index) => ({
      name: `${plan.pipeline}-fold-${String(index + 1)}`,
      digest: fold.snapshotDigest,
      source: `snapshots/${plan.pipeline}/${fold.snapshotDigest}`,
      context: 'evaluation',
      profile: { rows: fold.rows, ...fold.window },
    })),
    artifacts: [await artifact('report.html'), await artifact('report.json'), card],
    at: plan.at,
  });
  return logged.artifacts[0]?.url ?? logged.url;
}

function metricsOf({ metric, champion, challenger }: AssembledReport['metrics'][number]): RunMetric[] {
  const name = metric.replaceAll(' ', '_');
  const sides = [
    { key: `champion.${name}`, value: champion },
    { key: `challenger.${name}`, value: challenger },
  ];
  return sides.flatMap(({ key, value }) => (value === null ? [] : [{ key, value }]));
}
