import { version } from '@duckdb/node-api';
import type { SnapshotRequest } from '../../activities/ports/dataset.js';
import { digestOf } from '../../contracts/digest.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { rulesFor } from '../../domain/validation/rules-for.js';
import type { LoadedSource } from './source-files.js';

/**
 * The identity of a dataset: everything of its definition that shapes rows. Versions that share it share snapshots,
 * whatever else differs between them. What only evaluation sees is not part of it: it shapes labelled snapshots alone.
 */
export function datasetDigest({ dataset, label }: PipelineDefinition): string {
  const { sql, key, entity, eventTime, features, sources } = dataset;
  // Where a source lies is not part of it; how it is read is.
  const formats = Object.entries(sources).map(([name, { path: _, ...reading }]) => ({ name, ...reading }));
  return digestOf({
    sql,
    key,
    entity,
    eventTime,
    features,
    sources: formats,
    label: { column: label.column, kind: label.kind, availableAt: label.availableAt },
  });
}

/** What a request asks of which sources: the same digest means the same snapshot. */
export function requestDigestOf(
  { definition, purpose, window, asOf, reference }: SnapshotRequest,
  sources: readonly LoadedSource[],
): string {
  const { dataset, validation: declared, audit } = definition;
  return digestOf({
    schemaVersion: 2,
    rules: rulesFor({ dataset, declared, purpose, textColumns: [] }),
    maxQuarantineShare: audit.maxQuarantineShare,
    reference: reference?.modelDigest ?? null,
    purpose,
    window,
    asOf,
    datasetDigest: datasetDigest(definition),
    ...(purpose === 'labelled' ? evaluationInputs(definition) : {}),
    sources: sources.map(({ name, sha256 }) => ({ name, sha256 })),
    engine: version(),
  });
}

/** Left out where there are none, so that the snapshots of definitions without them stay what they are. */
function evaluationInputs({ dataset, label }: PipelineDefinition) {
  return {
    ...(label.weight === null ? {} : { weight: label.weight }),
    ...(dataset.sensitive.length === 0 ? {} : { sensitive: dataset.sensitive }),
  };
}

/** The same instant may be written in several ways, and must not give several snapshots. */
export function withCanonicalInstants(request: SnapshotRequest): SnapshotRequest {
  const iso = (instant: string) => new Date(instant).toISOString();
  const { start, end } = request.window;
  return { ...request, asOf: iso(request.asOf), window: { start: iso(start), end: iso(end) } };
}

/** How far sources reach depends on how they are read, such as which table of a database is meant. */
export function coverageKey({ dataset }: PipelineDefinition, sources: readonly LoadedSource[]): string {
  const read = sources.map(({ name, sha256, definition: { path: _, ...reading } }) => ({ name, sha256, ...reading }));
  return digestOf({ sql: dataset.coverage, sources: read });
}
