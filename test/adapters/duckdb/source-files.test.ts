import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertUnchanged, SourceFiles } from '../../../adapters/duckdb/source-files.js';
import { ordersDefinition } from '../../support/orders.js';

describe('a source file', () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-sources-'));
    file = path.join(folder, 'orders.csv');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('has the sha256 of its bytes', async () => {
    await writeFile(file, 'abc');
    const [source] = await new SourceFiles().load(ordersDefinition(file).dataset);
    // The published test vector of SHA-256 for "abc".
    expect(source?.sha256).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(source?.bytes).toBe(3);
  });

  it('that changed between its hash and the end of the read is noticed, even with the same size and time', async () => {
    await writeFile(file, 'abc');
    const sources = await new SourceFiles().load(ordersDefinition(file).dataset);
    await expect(assertUnchanged(sources)).resolves.toBeUndefined();
    await writeFile(file, 'abd');
    await utimes(file, new Date(0), new Date(0));
    await expect(assertUnchanged(sources)).rejects.toMatchObject({
      type: 'SOURCE_CHANGED',
      problems: [{ field: 'dataset.sources.orders' }],
    });
  });
});
