import { MlflowError } from './errors.js';

/** One page of a search. Tokens are opaque; pages can shift while others insert. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Null on the last page. */
  readonly nextPageToken: string | null;
}

/** Bound on pages, so that a server that never ends its list cannot hold the caller for ever. */
const maxPages = 1000;

/** Reads every page of a search, in order. */
export async function collectPages<T>(loadPage: (pageToken: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let pageToken: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const { items: found, nextPageToken } = await loadPage(pageToken);
    items.push(...found);
    if (nextPageToken === null) return items;
    pageToken = nextPageToken;
  }
  throw new MlflowError({
    kind: 'bad-answer',
    message: `MLflow listed more than ${maxPages} pages; narrow the search`,
  });
}
