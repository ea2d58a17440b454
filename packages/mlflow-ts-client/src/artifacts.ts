import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { z } from 'zod';
import { whole } from './answers.js';
import { checkArtifactPath, encodePath, joinPath, proxyRoot } from './artifact-paths.js';
import { MlflowError } from './errors.js';
import type { CallOptions, Transport, UploadRequest } from './transport.js';

export interface ArtifactEntry {
  /** Name within the listed folder. */
  readonly name: string;
  readonly isFolder: boolean;
  /** Null for folders. */
  readonly sizeBytes: number | null;
}

export interface StoredArtifact {
  readonly path: string;
  readonly sizeBytes: number;
  /** Of the bytes read back from the server, 64 hex characters. */
  readonly sha256: string;
}

/** Files below the `artifactUri` of a run or logged model, through the server's artifact proxy. */
export interface ArtifactsApi {
  /** Stores bytes, overwriting, and reads them back: throws `integrity` when they differ. Repeating is safe. */
  put(artifactUri: string, path: string, bytes: Uint8Array | string, call?: CallOptions): Promise<StoredArtifact>;
  /** Like `put`, streamed from a local file, which must not change meanwhile. */
  putFile(artifactUri: string, path: string, file: string, call?: CallOptions): Promise<StoredArtifact>;
  /** Empty when the folder does not exist: MLflow makes no difference. */
  list(artifactUri: string, folder?: string, call?: CallOptions): Promise<readonly ArtifactEntry[]>;
  /** Throws `not-found` when there is no such file, `integrity` when its sha256 is not the expected one. */
  get(
    artifactUri: string,
    path: string,
    options?: CallOptions & { readonly expectedSha256?: string | undefined },
  ): Promise<Uint8Array>;
}

interface Fingerprint {
  readonly sizeBytes: number;
  readonly sha256: string;
}

const listAnswer = z.object({
  files: z
    .array(
      z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: whole.nullable().default(null) }),
    )
    .default([]),
});

export function createArtifactsApi(transport: Transport): ArtifactsApi {
  const list: ArtifactsApi['list'] = async (artifactUri, folder, call) => {
    const root = proxyRoot(artifactUri);
    const path = folder === undefined ? root : joinPath(root, checkArtifactPath(folder));
    const answer = await transport.artifactJson({ path }, listAnswer, call);
    return answer.files.map((file) => ({
      name: file.path.split('/').at(-1) as string,
      isFolder: file.is_dir,
      // MLflow leaves a size of 0 out.
      sizeBytes: file.is_dir ? null : (file.file_size ?? 0),
    }));
  };

  const fingerprintStored = async (path: string, call: CallOptions | undefined): Promise<Fingerprint> => {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const count = (chunk: Uint8Array): void => {
      hash.update(chunk);
      sizeBytes += chunk.length;
    };
    await transport.download(path, count, call);
    return { sizeBytes, sha256: hash.digest('hex') };
  };

  const upload = async (
    artifactUri: string,
    path: string,
    sent: Fingerprint,
    content: Pick<UploadRequest, 'body' | 'isStreamed'>,
    call: CallOptions | undefined,
  ): Promise<StoredArtifact> => {
    const address = fileAddress(artifactUri, path);
    await transport.upload({ ...call, path: address, ...content, sizeBytes: sent.sizeBytes });
    const stored = await fingerprintStored(address, call);
    if (stored.sha256 === sent.sha256) return { path, ...stored };
    throw new MlflowError({
      kind: 'integrity',
      message: `artifact ${path} reads back as ${stored.sizeBytes} bytes with sha256 ${stored.sha256}, sent were ${sent.sizeBytes} bytes with sha256 ${sent.sha256}`,
    });
  };

  return {
    list,
    put: (artifactUri, path, content, call) => {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      return upload(artifactUri, path, fingerprint(bytes), { body: () => bytes, isStreamed: false }, call);
    },
    putFile: async (artifactUri, path, file, call) => {
      const sent = await fingerprintFile(file);
      const body = (): ReadableStream<Uint8Array> =>
        Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
      return upload(artifactUri, path, sent, { body, isStreamed: true }, call);
    },
    get: async (artifactUri, path, options) => {
      const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : undefined;
      const address = fileAddress(artifactUri, path);
      const entries = await list(artifactUri, parent, options);
      const isThere = entries.some((entry) => !entry.isFolder && entry.name === path.split('/').at(-1));
      if (!isThere) {
        throw new MlflowError({ kind: 'not-found', message: `there is no artifact ${path} under ${artifactUri}` });
      }
      const chunks: Uint8Array[] = [];
      await transport.download(address, (chunk) => chunks.push(chunk), options);
      return requireSha256(path, Buffer.concat(chunks), options?.expectedSha256);
    },
  };
}

function fileAddress(artifactUri: string, path: string): string {
  const full = joinPath(proxyRoot(artifactUri), checkArtifactPath(path));
  return `/api/2.0/mlflow-artifacts/artifacts/${encodePath(full)}`;
}

function fingerprint(bytes: Uint8Array): Fingerprint {
  return { sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function fingerprintFile(file: string): Promise<Fingerprint> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

function requireSha256(path: string, bytes: Uint8Array, expected: string | undefined): Uint8Array {
  const actual = fingerprint(bytes).sha256;
  if (expected === undefined || actual === expected) return bytes;
  throw new MlflowError({ kind: 'integrity', message: `artifact ${path} has sha256 ${actual}, expected ${expected}` });
}
