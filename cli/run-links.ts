import type { CommandSettings } from './dev-note.js';

/** The page of a run in the Temporal UI, of the latest one without `runId`; null where no UI is known. */
export function runUrl(settings: CommandSettings, workflowId: string, runId?: string): string | null {
  if (settings.temporalUiUrl === null) return null;
  const names = ['namespaces', settings.temporalNamespace, 'workflows', workflowId];
  const path = [...names, ...(runId === undefined ? [] : [runId])].map(encodeURIComponent);
  return `${settings.temporalUiUrl}/${path.join('/')}`;
}
