import { readVerifier } from '../adapters/promotion-bundle/verifier.js';
import type { Ledger } from '../activities/ledger/read-ledger.js';
import type { Store } from '../activities/ports/store.js';
import { sha256Hex } from '../contracts/digest.js';
import { ledgerRecordPath } from '../contracts/ledger-record.js';
import { modelManifestSchema } from '../contracts/model-bundle.js';
import { PermanentFailure } from '../domain/failure-types.js';
import type { LedgerHead } from '../domain/ledger/record.js';
import type { PromotionState } from '../domain/ledger/state.js';
import type { ModelRef } from '../domain/model-ref.js';
import { bundleReadme } from './bundle-readme.js';

export type ClosedPromotion = Extract<PromotionState, { status: 'closed' }>;

/** A file of the bundle: its content is small enough to hold, but for a model's files, which are copied. */
export type BundleFile = { readonly path: string; readonly sha256: string; readonly bytes: number } & (
  { readonly content: Uint8Array } | { readonly localPath: string }
);

/** `bundle.json`: what the folder is about, and every file in it. It proves nothing by itself; `verify.mjs` does. */
export interface BundleIndex {
  readonly schemaVersion: 1;
  readonly pipeline: string;
  readonly promotionId: string;
  readonly challenger: ModelRef;
  readonly outcome: ClosedPromotion['outcome'];
  readonly closedAt: string;
  /** The record that closed the promotion: its hash vouches for every record before it. */
  readonly head: LedgerHead;
  readonly files: readonly { readonly path: string; readonly sha256: string; readonly bytes: number }[];
}

/** Everything that one closed promotion rests on, under the paths the store has it under. */
export async function composeBundle(
  store: Store,
  { records, state }: Ledger,
  asked: { readonly pipeline: string; readonly promotion: ClosedPromotion; readonly withModel: boolean },
): Promise<{ readonly index: BundleIndex; readonly files: readonly BundleFile[] }> {
  const { pipeline, promotion, withModel } = asked;
  const { challenger, promotionId, outcome, closedAt, closedNumber } = promotion;
  const { definitionDigest } = state.models.get(challenger.modelDigest) ?? { definitionDigest: '' };
  const kept = records.slice(0, closedNumber);
  const reports = kept.flatMap(({ record: { event } }) =>
    event.type === 'gates-evaluated' && event.promotionId === promotionId ? [event.reportDigest] : [],
  );
  const looks = kept.flatMap(({ record: { event } }) =>
    event.type === 'rollout-analyzed' && event.promotionId === promotionId ? [event.reportDigest] : [],
  );
  const paths = [
    ...kept.map(({ record }) => ledgerRecordPath(pipeline, record.number)),
    ...[...new Set(looks)].map((digest) => `reports/${digest}/rollout.json`),
    ...[...new Set(reports)].flatMap((digest) => [`reports/${digest}/report.json`, `reports/${digest}/report.html`]),
    ...definitionsBehind(kept, promotionId, definitionDigest).map((digest) => `definitions/${digest}/definition.json`),
    `models/${challenger.modelDigest}/manifest.json`,
  ];
  const stored = await Promise.all(paths.map((path) => readStored(store, path)));
  const model = withModel ? await modelFiles(store, challenger.modelDigest) : [];
  const head = { number: closedNumber, hash: kept.at(-1)?.hash ?? null };
  const about = { schemaVersion: 1, pipeline, promotionId, challenger, outcome, closedAt, head } as const;
  const files = [
    ...stored,
    ...model,
    contentFile('verify.mjs', await readVerifier()),
    contentFile('README.md', bundleReadme(about, withModel)),
  ];
  const listed = files.map(({ path, sha256, bytes }) => ({ path, sha256, bytes }));
  return { index: { ...about, files: listed }, files };
}

/** The one that the model was made with, those whose policies judged, and those whose plans were followed. */
function definitionsBehind(kept: Ledger['records'], promotionId: string, definitionDigest: string): readonly string[] {
  const named = kept.flatMap(({ record: { event } }) => {
    const isNaming =
      event.type === 'decision-received' || event.type === 'gates-evaluated' || event.type === 'split-changed';
    return isNaming && event.promotionId === promotionId ? (event.definitionDigest ?? []) : [];
  });
  return [...new Set([definitionDigest, ...named])];
}

async function readStored(store: Store, path: string): Promise<BundleFile> {
  const content = await store.read(path);
  if (content === null) throw missing(path);
  return { path, content, sha256: sha256Hex(content), bytes: content.byteLength };
}

/** The files that the manifest names, each verified as it is fetched. */
async function modelFiles(store: Store, modelDigest: string): Promise<readonly BundleFile[]> {
  const bytes = await store.read(`models/${modelDigest}/manifest.json`);
  const { files } = modelManifestSchema.parse(JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array())));
  return Promise.all(
    files.map(async ({ name, ...content }) => {
      const path = `models/${modelDigest}/${name}`;
      return { path, ...content, localPath: await store.localPath({ path, ...content }) };
    }),
  );
}

function contentFile(path: string, text: string): BundleFile {
  const content = new TextEncoder().encode(text);
  return { path, content, sha256: sha256Hex(content), bytes: content.byteLength };
}

function missing(path: string): PermanentFailure {
  return new PermanentFailure('STORE_MISMATCH', 'The promotion cannot be exported: a file it rests on is not there.', {
    problems: [{ field: path, found: 'nothing', expected: 'a file' }],
    example: 'gauntlet verify',
  });
}
