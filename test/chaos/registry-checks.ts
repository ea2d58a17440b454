import { aliasVersion } from '../support/live-stack.js';
import type { Life } from './life.js';
import { endings } from './life-steps.js';

/** No version twice, no champion lost or made twice, and the alias where the ledger says; one sentence for each that is not so. */
export async function registryViolations(trackingUri: string, life: Life): Promise<readonly string[]> {
  const { name, kind } = life.pipeline;
  const expected = endings[kind];
  const { champion, championHistory, aliasAlarms } = await life.ledger();
  const versions = await listVersions(trackingUri, name);
  const keys = versions.flatMap(({ tags }) => tags.filter(({ key }) => key.endsWith('.key')).map(({ value }) => value));
  const terms = championHistory.map(({ model }) => model.version).join();
  const alias = await aliasVersion(trackingUri, name);
  const facts = [
    [
      versions.length === expected.versions,
      `there are ${String(versions.length)} versions, expected ${String(expected.versions)}`,
    ],
    [new Set(keys).size === versions.length, `keys of versions are ${keys.join(', ')}, expected one each`],
    [terms === expected.champions.join(), `champions were ${terms}, expected ${expected.champions.join()}`],
    [alias === champion?.version, `the alias is ${String(alias)}, the champion ${String(champion?.version)}`],
    [
      aliasAlarms.length === expected.aliasAlarms,
      `there are ${String(aliasAlarms.length)} findings about the alias, expected ${String(expected.aliasAlarms)}`,
    ],
  ] as const;
  return facts.flatMap(([holds, sentence]) => (holds ? [] : [`registry: ${sentence}`]));
}

interface ListedVersion {
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

async function listVersions(trackingUri: string, name: string): Promise<readonly ListedVersion[]> {
  const filter = encodeURIComponent(`name='${name}'`);
  const response = await fetch(`${trackingUri}/api/2.0/mlflow/model-versions/search?filter=${filter}&max_results=100`);
  const { model_versions: versions = [] } = (await response.json()) as {
    readonly model_versions?: readonly Partial<ListedVersion>[];
  };
  return versions.map(({ tags = [] }) => ({ tags }));
}
