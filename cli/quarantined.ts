import { PermanentFailure } from '../domain/failure-types.js';
import type { Services } from '../workers/services.js';
import type { LiveFile, ServedPredictions } from './prediction-versions.js';
import { formatCount, renderTable } from './text-table.js';

/** Rows of a served window that validation left out, and where they are. */
export interface QuarantinedRows {
  readonly window: string;
  readonly rows: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** Absolute. */
  readonly path: string;
}

/** What was left out of the newest served windows, from the snapshots that they were scored from. */
export async function loadQuarantined(
  services: Pick<Services, 'store' | 'dataset'>,
  { pipeline, files }: Pick<ServedPredictions, 'pipeline' | 'files'>,
  limit: number,
): Promise<readonly QuarantinedRows[]> {
  const found = [];
  for (const file of files.slice(0, limit)) found.push(...(await quarantineOf(services, pipeline, file)));
  return found;
}

/** A snapshot that is not there is for `verify` to say: what is served can be listed without it. */
async function quarantineOf(
  { store, dataset }: Pick<Services, 'store' | 'dataset'>,
  pipeline: string,
  { window, snapshotDigest }: LiveFile,
): Promise<readonly QuarantinedRows[]> {
  try {
    const { quarantine } = await dataset.loadSnapshot(pipeline, snapshotDigest);
    if (quarantine === null) return [];
    const { rows, reasons, file } = quarantine;
    return [{ window, rows, reasons, path: store.locate(file.path) }];
  } catch (error) {
    if (error instanceof PermanentFailure) return [];
    throw error;
  }
}

/** A section for a terminal; none when nothing was left out. */
export function renderQuarantined(quarantined: readonly QuarantinedRows[]): readonly string[] {
  if (quarantined.length === 0) return [];
  const rows = quarantined.map(({ window, rows: count, reasons, path: file }) => [
    window,
    formatCount(count),
    Object.entries(reasons)
      .map(([rule, failing]) => `${rule} ${formatCount(failing)}`)
      .join(', '),
    file,
  ]);
  const columns = ['window', { title: 'rows', align: 'right' } as const, 'reasons', 'file'];
  return [`Left out by validation\n${renderTable(columns, rows)}`];
}
