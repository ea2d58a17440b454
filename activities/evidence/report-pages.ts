import { z } from 'zod';
import { canonicalJson, sha256Hex } from '../../contracts/digest.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { GateReport } from '../../domain/gates/gate-report.js';
import type { FileRef } from '../../domain/model-ref.js';
import { crashPoint } from '../crash-point.js';
import type { ReportRenderer } from '../ports/evaluation.js';
import type { Store } from '../ports/store.js';

type Pages = readonly FileRef[];

const pagesSchema = z.array(z.strictObject({ path: z.string(), sha256: z.string(), bytes: z.int().nonnegative() }));

/**
 * Writes what people read of a report, page and model card, and keeps beside them what they are by hash: the report's
 * digest covers the JSON alone, and nobody reads that. Repeating it answers the same. Throws STORE_MISMATCH for a page
 * that is not the one that was kept.
 */
export async function writePages(
  { store, renderer }: { readonly store: Store; readonly renderer: ReportRenderer },
  report: GateReport,
  digest: string,
): Promise<Pages> {
  const folder = `reports/${digest}`;
  const rendered = {
    'report.html': await renderer.renderHtml(report, digest),
    'model-card.md': await renderer.renderCard(report, digest),
  };
  crashPoint('before-report-pages');
  for (const [name, text] of Object.entries(rendered)) await store.createIfAbsent(`${folder}/${name}`, text);
  const stored = await Promise.all(Object.keys(rendered).map((name) => describe(store, `${folder}/${name}`)));
  // Pages of an older version of Gauntlet stay as they are, so it is the stored ones that are described.
  await store.createIfAbsent(pathOf(digest), canonicalJson(stored));
  crashPoint('after-report-pages');
  const kept = await readPages(store, digest);
  failIfChanged(await findChangedPages(store, kept));
  return kept;
}

/** Page and card as they were kept beside the report; none for a report from before they were. */
export async function readPages(store: Store, digest: string): Promise<Pages> {
  const bytes = await store.read(pathOf(digest));
  if (bytes === null) return [];
  const parsed = pagesSchema.safeParse(parseJson(bytes));
  if (parsed.success) return parsed.data;
  const problem = {
    field: pathOf(digest),
    found: 'something else',
    expected: 'the pages of the report with their hashes',
  };
  throw changed([problem]);
}

/** What is wrong with pages that a person reads, one problem for each. */
export async function findChangedPages(store: Store, pages: Pages): Promise<readonly Problem[]> {
  const found = await Promise.all(
    pages.map(async (page): Promise<readonly Problem[]> => {
      const bytes = await store.read(page.path);
      const sha256 = bytes === null ? null : sha256Hex(bytes);
      if (sha256 === page.sha256) return [];
      const what = sha256 === null ? 'nothing' : `a file with sha256 ${sha256}`;
      return [{ field: page.path, found: what, expected: `the file with sha256 ${page.sha256}, as it was written` }];
    }),
  );
  return found.flat();
}

/** Throws STORE_MISMATCH naming every page that was changed or is gone. */
export function failIfChanged(problems: readonly Problem[]): void {
  if (problems.length > 0) throw changed(problems);
}

function changed(problems: readonly Problem[]): PermanentFailure {
  return new PermanentFailure('STORE_MISMATCH', 'What people read of the gate report is not what was written.', {
    problems,
    example: 'find out who changed the file, move it away, and measure again: equal evidence gives the page anew',
  });
}

async function describe(store: Store, path: string): Promise<FileRef> {
  const bytes = await store.read(path);
  if (bytes === null) throw new Error(`${path} is gone`);
  return { path, sha256: sha256Hex(bytes), bytes: bytes.byteLength };
}

function pathOf(digest: string): string {
  return `reports/${digest}/pages.json`;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
