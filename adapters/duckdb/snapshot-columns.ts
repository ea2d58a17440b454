import type { DuckDBConnection } from '@duckdb/node-api';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { SnapshotPurpose } from '../../domain/snapshot.js';
import { queryRow } from './connection.js';
import { featureType } from './snapshot-sql.js';

/** The columns of a snapshot, in their order. */
export function snapshotColumns(definition: PipelineDefinition, purpose: SnapshotPurpose) {
  return [
    { name: 'row_key', type: 'VARCHAR' },
    { name: 'entity', type: 'VARCHAR' },
    { name: 'event_time', type: 'TIMESTAMP' },
    ...definition.dataset.features.map(({ name, kind }) => ({ name, type: featureType(kind) })),
    ...(purpose === 'labelled' ? [{ name: 'label', type: 'DOUBLE' }, ...evaluationColumns(definition)] : []),
  ];
}

/** What only evaluation sees: how much a row counts, and the columns that fairness is judged by. */
function evaluationColumns({ label, dataset }: PipelineDefinition) {
  return [
    ...(label.weight === null ? [] : [{ name: 'weight', type: 'DOUBLE' }]),
    ...dataset.sensitive.map((name) => ({ name, type: 'VARCHAR' })),
  ];
}

/** Rows whose label is known; a scoring snapshot has no labels. */
export async function countLabels(
  connection: DuckDBConnection,
  table: string,
  purpose: SnapshotPurpose,
): Promise<number> {
  if (purpose === 'scoring') return 0;
  return (await queryRow<{ labels: number }>(connection, `SELECT count(label) AS labels FROM ${table}`)).labels;
}
