import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { classifyFailures } from '../../activities/failures.js';
import { withDuckDb } from '../../adapters/duckdb/connection.js';
import { PermanentFailure } from '../../domain/failure-types.js';

async function failureOf(run: () => Promise<unknown>): Promise<unknown> {
  return classifyFailures({ run })
    .run()
    .catch((error: unknown) => error);
}

/** `/dev/full` refuses every byte the way a full disk does. */
const settings = { allowed: ['/dev/full'], tempDirectory: os.tmpdir(), threads: 1, memoryLimitMb: 128 };

describe('a failed activity', () => {
  it('is not retried when no retry can cure it, and keeps every problem', async () => {
    const problems = [{ field: 'window', found: '"x"', expected: 'a date' }];
    const failure = await failureOf(() => Promise.reject(new PermanentFailure('INVALID_INPUT', 'No.', { problems })));
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({
      type: 'INVALID_INPUT',
      nonRetryable: true,
      details: [{ problems, example: null }],
    });
  });

  it('is left to the retry policy otherwise, as it is', async () => {
    const error = new Error('connection reset');
    expect(await failureOf(() => Promise.reject(error))).toBe(error);
  });

  it.each([
    ['Node.js', () => writeFile('/dev/full', 'one byte too many')],
    [
      'DuckDB',
      () =>
        withDuckDb(settings, (connection) =>
          connection.run("COPY (SELECT range AS n FROM range(100000)) TO '/dev/full' (FORMAT csv, USE_TMP_FILE false)"),
        ),
    ],
  ])('says what to do when %s finds the disk full, and is tried again', async (_engine, fill) => {
    const failure = await failureOf(fill);
    expect(failure).toMatchObject({ type: 'DISK_FULL', nonRetryable: false });
    expect((failure as Error).message).toContain('free space where the store and the work folder are');
  });
});
