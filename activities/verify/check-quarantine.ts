import { z } from 'zod';
import type { Problem } from '../../domain/failure-types.js';
import type { VerifyCheck } from '../../domain/verify/check.js';
import type { RowCounter } from '../ports/row-counter.js';
import type { Store } from '../ports/store.js';
import { checkAll, findFileProblems, readJson } from './check-files.js';

const fileSchema = z.looseObject({ path: z.string(), sha256: z.string(), bytes: z.number() });

/** Snapshots from before rows were held to rules say neither what was found nor where the rest is. */
const validatedSchema = z.looseObject({
  rowsFound: z.int().nonnegative().optional(),
  rows: z.int().nonnegative(),
  quarantine: z.looseObject({ rows: z.int().nonnegative(), file: fileSchema }).nullish(),
});

/**
 * No row is lost between the dataset and a snapshot: rows out and quarantined rows are the rows that were found, and
 * every quarantine file is there with its hash and its rows.
 */
export async function checkQuarantine(
  store: Store,
  rowCounter: RowCounter,
  pipeline: string,
): Promise<readonly VerifyCheck[]> {
  const manifests = await readManifests(store, pipeline);
  const parity = 'rows out and quarantined rows are the rows that were found, in every snapshot';
  const there = 'every quarantine file is there with its hash and rows';
  const files = manifests.flatMap(({ manifest }) => manifest.quarantine ?? []);
  return [
    await checkAll(parity, manifests, ({ path, manifest }) => Promise.resolve(findLostRows(path, manifest))),
    await checkAll(there, files, async ({ file, rows }) => {
      const problems = await findFileProblems(store, file);
      if (problems.length > 0) return problems;
      const found = await rowCounter.countRows(await store.localPath(file.path));
      return found === rows
        ? []
        : [{ field: file.path, found: `${String(found)} rows`, expected: `${String(rows)} rows` }];
    }),
  ];
}

type Validated = z.infer<typeof validatedSchema>;

/** A manifest that cannot be read is named by the check of the snapshots themselves. */
async function readManifests(
  store: Store,
  pipeline: string,
): Promise<readonly { readonly path: string; readonly manifest: Validated }[]> {
  const found = [];
  for (const name of await store.list(`snapshots/${pipeline}`)) {
    const path = `snapshots/${pipeline}/${name}/manifest.json`;
    const read = await readJson(store, path, validatedSchema);
    if ('value' in read) found.push({ path, manifest: read.value });
  }
  return found;
}

function findLostRows(path: string, { rowsFound, rows, quarantine }: Validated): readonly Problem[] {
  const quarantined = quarantine?.rows ?? 0;
  if (rowsFound === undefined || rowsFound === rows + quarantined) return [];
  const found = `${String(rows)} rows and ${String(quarantined)} in quarantine`;
  return [{ field: path, found, expected: `${String(rowsFound)} together` }];
}
