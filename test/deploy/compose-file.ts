import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** What the tests read of docker-compose.yml. */
export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly entrypoint?: readonly string[];
}

export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));

export function readProjectFile(path: string): string {
  return readFileSync(join(repositoryRoot, path), 'utf8');
}

export function readComposeFile(): ComposeFile {
  return parse(readProjectFile('docker-compose.yml'), { merge: true }) as ComposeFile;
}

export interface Variable {
  readonly name: string;
  readonly comment: string;
}

/** The variables of .env.example, each with the comment lines right above it. */
export function readExampleVariables(): readonly Variable[] {
  const variables: Variable[] = [];
  let comment = '';
  for (const line of readProjectFile('.env.example').split('\n')) {
    const name = /^([A-Z_]+)=\S+$/.exec(line)?.[1];
    if (name !== undefined) variables.push({ name, comment });
    comment = line.startsWith('#') ? `${comment}${line.slice(1)}` : '';
  }
  return variables;
}

/** `COPY` instructions of a Dockerfile that take files of the project rather than of another stage. */
export function copiedSources(dockerfile: string): readonly string[] {
  return dockerfile
    .split('\n')
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1));
}
