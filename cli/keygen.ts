import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { fingerprintOf, publicKeyOf } from '../contracts/approval-signature.js';
import { runCommand, type CommandOutcome } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { invalidOption } from './option-values.js';

export function registerKeygen(program: Command): void {
  defineVerb(program, {
    usage: 'keygen <name>',
    description: 'Makes a key that signs approvals, and prints the line of the policy that makes it count',
    examples: ['gauntlet keygen "Ada Park"', 'gauntlet keygen "Ada Park" --out ~/.config/gauntlet/ada.pem'],
  })
    .option('--out <file>', 'a file that does not exist yet (default: <name>.approval-key.pem)')
    .action((name: string, options: { json?: boolean; out?: string }) =>
      runCommand(options, () => makeKey(name.trim(), options.out)),
    );
}

/** The private key stays in a file that only its owner can read; nothing of it is printed. */
async function makeKey(name: string, out: string | undefined): Promise<CommandOutcome> {
  if (name === '') throw invalidOption('<name>', name, 'the name of an approver', 'gauntlet keygen "Ada Park"');
  const file = path.resolve(out ?? `${fileNameOf(name)}.approval-key.pem`);
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeNew(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const publicKey = publicKeyOf(privateKey);
  const policyLine = `{ name: ${quoted(name)}, publicKey: '${publicKey}' },`;
  const text = [
    `The private key is in ${file}. Whoever has it decides in the name of ${name}: keep it, and share it with nobody.`,
    '',
    'This line goes into approval.approvers of the pipeline:',
    `  ${policyLine}`,
    '',
    `Then: gauntlet approve <pipeline> --report <digest> --key ${file} --reason "why"`,
  ].join('\n');
  const json = { name, file, publicKey, fingerprint: fingerprintOf(publicKey), policyLine };
  return { exitCode: exitCodes.done, text, json };
}

/** Never over a file that is there: it may be a key that somebody still signs with. */
async function writeNew(file: string, pem: string | Buffer): Promise<void> {
  try {
    await writeFile(file, pem, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    const expected = code === 'EEXIST' ? 'a file that does not exist yet' : 'a file in a folder that can be written to';
    throw invalidOption('--out', file, expected, '--out ada.approval-key.pem');
  }
}

function fileNameOf(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return plain === '' ? 'approver' : plain;
}

/** As a literal of the definition file. */
function quoted(name: string): string {
  return `'${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', ' ')}'`;
}
