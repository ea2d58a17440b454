import type { z } from 'zod';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { TableCommit, TableState } from '../../domain/published-table.js';
import { transactionId } from '../../domain/published-table.js';
import { actionSchema, tableFileOf } from './delta-actions.js';

type Action = z.infer<typeof actionSchema>;

/** Where a commit stands: twenty digits, as the protocol wants it. */
export function commitPath(folder: string, version: number): string {
  return `${folder}/_delta_log/${String(version).padStart(20, '0')}.json`;
}

/** Version of a file name in `_delta_log`; null for checkpoints and whatever other tools keep there. */
export function versionOf(name: string): number | null {
  return /^\d{20}\.json$/.test(name) ? Number.parseInt(name, 10) : null;
}

/**
 * Reads one commit. Throws TABLE_CORRUPT naming the version and what is wrong: lines that are not JSON, actions that
 * Gauntlet does not write, a commit that does not say what it is for.
 */
export function parseCommit(path: string, version: number, bytes: Uint8Array): TableCommit {
  const lines = new TextDecoder()
    .decode(bytes)
    .split('\n')
    .filter((line) => line !== '');
  const actions = lines.map((line, index) => parseAction(path, version, index + 1, line));
  const info = actions.find((action) => action.commitInfo !== undefined)?.commitInfo;
  const txn = actions.find((action) => action.txn !== undefined)?.txn;
  if (info === undefined || txn?.appId !== transactionId(info)) {
    const expected = 'a commitInfo of Gauntlet and a txn of the same identity and epoch';
    throw tableCorrupt(path, version, [{ field: 'txn.appId', found: txn?.appId ?? 'none', expected }]);
  }
  if (version === 0 && !actions.some((action) => action.metaData !== undefined)) {
    throw tableCorrupt(path, version, [{ field: 'metaData', found: 'none', expected: 'metaData in the first commit' }]);
  }
  return {
    ...info,
    version,
    added: actions.flatMap((action) => (action.add === undefined ? [] : [tableFileOf(action.add)])),
    removed: actions.flatMap((action) => (action.remove === undefined ? [] : [action.remove.path])),
  };
}

/** Refuses a commit that cannot follow what the table shows. */
export function assertFollows(path: string, state: TableState, commit: TableCommit): void {
  const live = new Set(state.files.map((file) => file.path));
  const gone = commit.removed.filter((removed) => !live.has(removed));
  if (gone.length > 0) {
    const problem = { field: 'remove.path', found: gone.join(', '), expected: 'files that are live' };
    throw tableCorrupt(path, commit.version, [problem]);
  }
}

export function tableCorrupt(path: string, version: number, problems: readonly Problem[]): PermanentFailure {
  return new PermanentFailure('TABLE_CORRUPT', `version ${String(version)} of the table (${path}) cannot be trusted`, {
    problems,
  });
}

function parseAction(path: string, version: number, line: number, text: string): Action {
  const field = `line ${String(line)}`;
  try {
    const parsed = actionSchema.safeParse(JSON.parse(text));
    if (parsed.success) {
      if (parsed.data.add !== undefined) tableFileOf(parsed.data.add);
      return parsed.data;
    }
    const problems = parsed.error.issues.map((issue) => ({
      field: `${field}: ${issue.path.join('.')}`,
      found: 'another value',
      expected: issue.message,
    }));
    throw tableCorrupt(path, version, problems);
  } catch (error) {
    if (error instanceof PermanentFailure) throw error;
    const found = error instanceof Error ? error.message : 'an unreadable text';
    throw tableCorrupt(path, version, [{ field, found, expected: 'one action as JSON' }]);
  }
}
