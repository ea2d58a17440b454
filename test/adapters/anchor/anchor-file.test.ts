import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { anchorFile } from '../../../adapters/anchor/anchor-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-anchors-'));
});
afterEach(() => rm(folder, { recursive: true }));

const of = { pipeline: 'flights', registeredName: 'flights' };
const anchorOf = (number: number, pipeline = 'flights') => ({ pipeline, number, hash: String(number).repeat(64) });
const at = '2026-03-05T10:00:00.000Z';

it('keeps every anchor of every pipeline, in a folder it makes itself', async () => {
  const file = path.join(folder, 'deep', 'anchors.txt');
  const place = anchorFile(file);
  expect(await place.read(of)).toEqual([]);
  await place.write(of, anchorOf(1), at);
  await place.write({ ...of, pipeline: 'orders' }, anchorOf(2, 'orders'), at);
  await place.write(of, anchorOf(3), at);
  expect(await place.read(of)).toEqual([anchorOf(1), anchorOf(3)]);
  expect((await readFile(file, 'utf8')).split('\n')[0]).toBe(`flights 1 ${'1'.repeat(64)} ${at}`);
});

it('passes over a line that a killed process left unfinished, and begins the next on a line of its own', async () => {
  const file = path.join(folder, 'anchors.txt');
  const place = anchorFile(file);
  await place.write(of, anchorOf(1), at);
  await appendFile(file, 'flights 2 2222');
  expect(await place.read(of)).toEqual([anchorOf(1)]);
  await place.write(of, anchorOf(3), at);
  expect(await place.read(of)).toEqual([anchorOf(1), anchorOf(3)]);
});
