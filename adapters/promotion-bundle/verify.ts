/*
 * Verifies a promotion that was exported from Gauntlet: `node verify.mjs`, in the folder it stands in or with the folder
 * as its argument. It needs Node.js 20 or newer, no packages and no network, and trusts nothing that it does not hash.
 */
import { readJson, verifyFiles, type Bundle } from './bundle-files.js';
import { verifyChain, type Told } from './bundle-ledger.js';
import { verifyApproval } from './verify-approval.js';
import { verifyClosing } from './verify-closing.js';
import { verifyEvidence } from './verify-evidence.js';
import { verifyDefinition, verifyModel } from './verify-model.js';
import { verifyRollout } from './verify-rollout.js';

let failures = 0;
main();

function main(): void {
  const bundle = readJson('bundle.json') as Bundle;
  check('files', () => verifyFiles(bundle));
  const records = check('ledger', () => verifyChain(bundle)).value ?? [];
  const about = records.filter(({ event }) => [event.promotionId, event.decisionId].includes(bundle.promotionId));
  const told: Told = { records, about };
  check('promotion', () => verifyClosing(bundle, told));
  check('evidence', () => verifyEvidence(told));
  check('approval', () => verifyApproval(told));
  check('rollout', () => verifyRollout(told));
  check('definition', () => verifyDefinition(told));
  check('model', () => verifyModel(told));
  console.log(conclusion(bundle));
  process.exitCode = failures === 0 ? 0 : 1;
}

/** Prints what a check proved, or why it failed. */
function check<T>(name: string, run: () => { readonly says: string; readonly value?: T }): { readonly value?: T } {
  try {
    const { says, ...found } = run();
    console.log(`ok    ${name}: ${says}`);
    return found;
  } catch (error) {
    failures += 1;
    console.log(`FAIL  ${name}: ${error instanceof Error ? error.message : String(error)}`);
    return {};
  }
}

function conclusion({ head }: Bundle): string {
  if (failures > 0) return `\n${String(failures)} of these checks failed: this bundle proves nothing.`;
  return `
Head of the chain: record ${String(head.number)}, hash ${head.hash}
This proves that nothing in this folder was changed without changing that hash, and that the records say the above.
It does not prove that this chain is the one that was kept: compare the hash with an anchor (the tag gauntlet.ledgerHead
in MLflow, or the anchor file, at this number or later), or with that record in the store. An approval that is verified was
signed with the key that the policy of its time has for that name; one that is not carries the name as it was given.`;
}
