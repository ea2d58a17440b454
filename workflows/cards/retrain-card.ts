import type { RetrainResult } from '../api.js';
import { runLink, table } from './text.js';

export function renderRetrainResult(result: RetrainResult, namespace: string): string {
  const metrics = Object.entries(result.metrics).map(([name, value]) => [name, value.toFixed(4)]);
  const next =
    result.promotionWorkflowId === null
      ? []
      : [`The promotion goes on in ${runLink(namespace, result.promotionWorkflowId)}.`];
  return [
    `**${result.summary}**`,
    ...result.grounds.map((ground) => `- ${ground}`),
    ...(metrics.length === 0 ? [] : [table(['validation metric', 'value'], metrics)]),
    ...next,
  ].join('\n\n');
}
