import { MlflowError, refuseProblems } from './errors.js';

/**
 * Where the files of a run or model are on the proxy, from the `artifact_uri` the server gave. Other schemes mean that
 * the server hands out storage addresses (`--no-serve-artifacts`), which need the storage's own credentials.
 */
export function proxyRoot(artifactUri: string): string {
  const match = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*)$/.exec(artifactUri);
  if (match?.[1] === undefined) {
    const message = `artifacts at ${JSON.stringify(artifactUri.split('?')[0])} do not go through the server; start MLflow with --serve-artifacts`;
    throw new MlflowError({ kind: 'unsupported', message });
  }
  return match[1].replace(/\/+$/, '');
}

/**
 * Refuses what could leave the root: fetch itself collapses `..` before sending, so a file would land elsewhere without
 * a word. MLflow refuses "#" and decodes "%" as often as it can. Returns the path unchanged.
 */
export function checkArtifactPath(path: string): string {
  const isSafe = path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  const hasOddCharacters = /[\\#%\p{Cc}]/u.test(path);
  refuseProblems(
    `artifact path ${JSON.stringify(path)}`,
    isSafe && !hasOddCharacters
      ? []
      : ['it must be relative with "/" between names, without ".", "..", empty names, "\\\\", "#" or "%"'],
  );
  return path;
}

/** Each name encoded, so that "?" and spaces survive. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

export function joinPath(root: string, path: string): string {
  return root === '' ? path : `${root}/${path}`;
}
