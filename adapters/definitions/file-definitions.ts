import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import type { Definitions, LoadedDefinition } from '../../activities/ports/definitions.js';
import type { Store } from '../../activities/ports/store.js';
import { canonicalJson, sha256Hex } from '../../contracts/digest.js';
import { parsePipeline } from '../../contracts/parse-pipeline.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { isRemotePath } from '../../domain/source-paths.js';
import { completeDefinition } from './older-definitions.js';

/** Tried in this order; a folder of `pipelines/` without either is not a pipeline. */
const DEFINITION_FILES = ['pipeline.ts', 'pipeline.js'];

/** Definitions as files: `pipelines/<name>/pipeline.ts` or `.js`, with the SQL beside it. */
export class FileDefinitions implements Definitions {
  readonly #folder: string;
  readonly #store: Store;

  constructor(folder: string, store: Store) {
    this.#folder = path.resolve(folder);
    this.#store = store;
  }

  async list(): Promise<readonly string[]> {
    const entries = await readdir(this.#folder, { withFileTypes: true }).catch(() => []);
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    const files = await Promise.all(folders.map((name) => this.#definitionFile(name)));
    return folders.filter((_, index) => files[index] !== undefined).sort();
  }

  async load(pipeline: string): Promise<LoadedDefinition> {
    const file = /^[a-z][a-z0-9-]*$/.test(pipeline) ? await this.#definitionFile(pipeline) : undefined;
    if (file === undefined) throw await this.#unknown(pipeline);
    const written = await readDefinition(file, pipeline);
    const { content, digest } = identityOf(written);
    await this.#store.createIfAbsent(`definitions/${digest}/definition.json`, content);
    return { definition: withAbsolutePaths(written, path.dirname(file)), digest };
  }

  async loadPinned(digest: string): Promise<PipelineDefinition> {
    const file = `definitions/${digest}/definition.json`;
    const bytes = /^[0-9a-f]{64}$/.test(digest) ? await this.#store.read(file) : null;
    if (bytes === null) throw notInStore(digest);
    const found = sha256Hex(bytes);
    if (found !== digest) {
      throw new PermanentFailure('STORE_MISMATCH', `${file} holds other content`, {
        problems: [{ field: file, found: `sha256 ${found}`, expected: `sha256 ${digest}` }],
      });
    }
    // What was stored under the digest of its own bytes was checked before it was written.
    const stored = JSON.parse(new TextDecoder().decode(bytes)) as PipelineDefinition;
    const written = completeDefinition(stored);
    return withAbsolutePaths(written, path.join(this.#folder, written.name));
  }

  async #definitionFile(pipeline: string): Promise<string | undefined> {
    for (const name of DEFINITION_FILES) {
      const file = path.join(this.#folder, pipeline, name);
      if (await isFile(file)) return file;
    }
    return undefined;
  }

  async #unknown(pipeline: string): Promise<PermanentFailure> {
    const known = await this.list();
    return new PermanentFailure('UNKNOWN_PIPELINE', `There is no pipeline called ${JSON.stringify(pipeline)}.`, {
      problems: [
        {
          field: 'pipeline',
          found: JSON.stringify(pipeline),
          expected: known.length === 0 ? 'a folder with a pipeline.ts under pipelines/' : `one of ${known.join(', ')}`,
        },
      ],
      ...(known[0] === undefined ? {} : { example: JSON.stringify({ pipeline: known[0] }) }),
    });
  }
}

/** A definition file that is only read for its policy: it may lie anywhere, and its SQL is not looked at. */
export async function readPolicyFile(file: string): Promise<PipelineDefinition> {
  if (await isFile(file)) return parsePipeline(await importDefault(path.resolve(file), file), file);
  throw new PermanentFailure('INVALID_INPUT', 'There is no such definition file.', {
    problems: [{ field: 'policy', found: JSON.stringify(file), expected: 'the path of a definition file' }],
    example: '--policy pipelines/flights/pipeline.ts',
  });
}

/** The definition as written: SQL text read, source paths still relative to its folder. */
async function readDefinition(file: string, pipeline: string): Promise<PipelineDefinition> {
  const where = `pipelines/${pipeline}/${path.basename(file)}`;
  const source = parsePipeline(await importDefault(file, where), where);
  if (source.name !== pipeline) {
    throw invalid(where, 'name', JSON.stringify(source.name), `${JSON.stringify(pipeline)}, the name of its folder`);
  }
  const sql = await readFile(path.resolve(path.dirname(file), source.dataset.sql), 'utf8').catch(() => null);
  if (sql === null) throw invalid(where, 'dataset.sql', JSON.stringify(source.dataset.sql), 'the path of a SQL file');
  return { ...source, dataset: { ...source.dataset, sql } };
}

/**
 * Runs a definition file, TypeScript or not, with the name `gauntlet` standing for the helpers it may import. Nothing is
 * cached, so that a long-running worker sees an edited definition.
 */
async function importDefault(file: string, where: string): Promise<unknown> {
  const here = fileURLToPath(import.meta.url);
  const helpers = path.resolve(path.dirname(here), `../../contracts/define-pipeline${path.extname(here)}`);
  const options = { alias: { gauntlet: helpers }, moduleCache: false, fsCache: false, interopDefault: false };
  try {
    const module: unknown = await createJiti(import.meta.url, options).import(file);
    return typeof module === 'object' && module !== null ? Reflect.get(module, 'default') : undefined;
  } catch (error) {
    throw new PermanentFailure('INVALID_DEFINITION', `${where} could not be run: ${String(error)}`, { cause: error });
  }
}

/** Where the same files lie on this machine is not part of the identity; what they are called beside each other is. */
function identityOf(written: PipelineDefinition): { content: string; digest: string } {
  const content = canonicalJson(written);
  return { content, digest: sha256Hex(content) };
}

function withAbsolutePaths(written: PipelineDefinition, folder: string): PipelineDefinition {
  const sources = Object.entries(written.dataset.sources).map(([name, source]) => [
    name,
    { ...source, path: isRemotePath(source.path) ? source.path : path.resolve(folder, source.path) },
  ]);
  return {
    ...written,
    dataset: { ...written.dataset, sources: Object.fromEntries(sources) as PipelineDefinition['dataset']['sources'] },
  };
}

function invalid(where: string, field: string, found: string, expected: string): PermanentFailure {
  return new PermanentFailure('INVALID_DEFINITION', `${where} is not a valid pipeline definition.`, {
    problems: [{ field, found, expected }],
  });
}

function notInStore(digest: string): PermanentFailure {
  return new PermanentFailure('UNKNOWN_PIPELINE', 'The store has no copy of the definition that a run was pinned to.', {
    problems: [{ field: 'definitionDigest', found: JSON.stringify(digest), expected: 'a folder of definitions/' }],
  });
}

function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (facts) => facts.isFile(),
    () => false,
  );
}
