import { z } from 'zod';
import type { Store } from '../../activities/ports/store.js';
import { canonicalJson, digestOf } from '../../contracts/digest.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { SnapshotManifest, SourceFileList } from '../../domain/snapshot.js';
import { compareSchemas, type SourceColumn, type SourceSchema } from '../../domain/source-schema.js';
import type { LoadedSource } from './source-files.js';
import type { DescribedSource } from './source-views.js';

/** More files than this are told by their number alone, so that a manifest stays small. */
const MOST_LISTED_FILES = 1000;

const acceptedSchema = z.object({
  schemaVersion: z.literal(1),
  sources: z.array(z.object({ name: z.string(), columns: z.array(z.object({ name: z.string(), type: z.string() })) })),
});

/**
 * The schema that the sources of a dataset were accepted with: that of the first snapshot that was built from it. It
 * never changes; another dataset definition, which is how a person says that a change is meant, begins with its own.
 */
export class SourceSchemas {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * What is new in the sources: for people, and no part of a snapshot, whose digest must not depend on what a store has
   * seen before. Throws SCHEMA_CHANGED with every column that is gone or has another type.
   */
  async check(
    pipeline: string,
    datasetDigest: string,
    sources: readonly DescribedSource[],
  ): Promise<readonly string[]> {
    const bytes = await this.#store.read(schemaPath(pipeline, datasetDigest));
    if (bytes === null) return [];
    const accepted = acceptedSchema.parse(JSON.parse(new TextDecoder().decode(bytes))).sources;
    const { warnings, problems } = compareSchemas(accepted, schemasOf(sources));
    if (problems.length === 0) return warnings;
    throw new PermanentFailure('SCHEMA_CHANGED', `The sources of ${pipeline} have other columns than before.`, {
      problems,
      example:
        'sources that have the columns again, or a changed dataset definition: its SQL, its features, or for text files ' +
        "columns: { amount: 'VARCHAR' }, with which rows whose amount is no number are quarantined",
    });
  }

  /** Keeps the schema of a snapshot's sources, if it is the first of its dataset. Safe to repeat. */
  async accept(
    { pipeline, datasetDigest }: Pick<SnapshotManifest, 'pipeline' | 'datasetDigest'>,
    sources: readonly DescribedSource[],
  ): Promise<void> {
    const content = canonicalJson({ schemaVersion: 1, sources: schemasOf(sources) });
    await this.#store.createIfAbsent(schemaPath(pipeline, datasetDigest), content);
  }
}

/** What a manifest says about the files and columns of its sources. */
export function describeForManifest(
  sources: readonly DescribedSource[],
  columns: readonly SourceColumn[],
): Pick<SnapshotManifest, 'sourceFiles' | 'schemaDigests'> {
  const several = sources.filter((source) => !source.single);
  return {
    ...(several.length === 0 ? {} : { sourceFiles: several.map(listFiles) }),
    schemaDigests: { sources: digestOf(schemasOf(sources)), snapshot: digestOf(columns) },
  };
}

function listFiles({ name: source, files }: LoadedSource): SourceFileList {
  const count = files.length;
  if (count > MOST_LISTED_FILES) return { source, count };
  return { source, count, files: files.map(({ name, sha256, bytes }) => ({ name, sha256, bytes })) };
}

/** Sources and columns by name, since their order means nothing. */
function schemasOf(sources: readonly DescribedSource[]): readonly SourceSchema[] {
  return sources.map(({ name, columns }) => ({ name, columns: columns.toSorted(byName) })).sort(byName);
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function schemaPath(pipeline: string, datasetDigest: string): string {
  return `snapshots/${pipeline}/schemas/${datasetDigest}.json`;
}
