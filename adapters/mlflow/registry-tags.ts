import { limits } from 'mlflow-ts-client';

/** Tags that Gauntlet reads back. Everything else it writes is for people. */
export const registryTags = {
  key: 'gauntlet.key',
  pipeline: 'gauntlet.pipeline',
  kind: 'gauntlet.kind',
  modelDigest: 'gauntlet.model_digest',
  artifactSha256: 'gauntlet.artifact_sha256',
  definitionDigest: 'gauntlet.definition_digest',
  codeRevision: 'gauntlet.code_revision',
} as const;

interface RunTagSource {
  readonly pipeline: string;
  readonly kind: string;
  readonly description: string;
  readonly parentRunId?: string | undefined;
  readonly codeRevision?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** Tags that MLflow's own pages understand, then ours, then the caller's. */
export function runTags(source: RunTagSource): Record<string, string> {
  const { parentRunId, codeRevision, description } = source;
  return {
    'mlflow.source.name': 'gauntlet',
    'mlflow.source.type': 'JOB',
    ...(description === '' ? {} : { 'mlflow.note.content': shorten(description, limits.runTagValueLength) }),
    ...(parentRunId === undefined ? {} : { 'mlflow.parentRunId': parentRunId }),
    ...(codeRevision === undefined ? {} : { 'mlflow.source.git.commit': codeRevision }),
    [registryTags.pipeline]: source.pipeline,
    [registryTags.kind]: source.kind,
    ...source.tags,
  };
}

/** Prose may be cut where MLflow's columns end, but visibly; data never is. */
export function shorten(text: string, maxLength: number): string {
  const note = '\n\n… (shortened)';
  return text.length <= maxLength ? text : text.slice(0, maxLength - note.length) + note;
}

/** Parameters as MLflow stores them: text as it is, everything else as JSON. */
export function toParams(params: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(params).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
