import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { readPage } from '../support/markdown.js';

it('docs/cli.md says what the help says; node scripts/write-cli-reference.mjs makes it anew', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/write-cli-reference.mjs', '--print']);
  expect(readPage('docs/cli.md')).toBe(stdout);
});
