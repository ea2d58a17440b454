import type { BundleIndex } from './promotion-bundle.js';

/** The page that a person finds first in an exported promotion. */
export function bundleReadme(about: Omit<BundleIndex, 'files'>, withModel: boolean): string {
  const { pipeline, promotionId, challenger, outcome, closedAt, head } = about;
  return `# Promotion ${promotionId}

${challenger.registeredName} version ${challenger.version} (model ${challenger.modelDigest}), pipeline ${pipeline}: **${outcome}**, closed ${closedAt}.

    node verify.mjs

checks this folder with nothing but Node.js 20 or newer: no packages, no network. Every line it prints says what was proved.

| file | what it is |
| --- | --- |
| \`ledger/${pipeline}/\` | records 1 to ${String(head.number)}: one line of canonical JSON each, naming the hash of the one before |
| \`reports/<digest>/report.json\` | the gate report; its sha256 is its name, and what an approval names |
| \`reports/<digest>/report.html\` | the same for reading, with plots; the record of the gates names its sha256 |
| \`reports/<digest>/rollout.json\` | a look at the rollout or the watch; its sha256 is its name, and what a go-ahead names |
| \`definitions/<digest>/\` | the pipeline's definition that the model was made with, and those whose approval policy judged the decisions or whose rollout was followed |
| \`models/<digest>/\` | the manifest with the hash of every file of the model${withModel ? ', and the files' : '; the files are left out'} |
| \`bundle.json\` | what this is about, and every file with its sha256 |

The hash of the last record vouches for everything before it:

    ${String(head.number)} ${head.hash ?? ''}

Whether this is the chain that was kept, another source has to say: the tag \`gauntlet.ledgerHead\` of the registered model, an
anchor file, or the record of that number in the store.
`;
}
