import { z } from 'zod';
import type { Problem } from '../domain/failure-types.js';
import { isSamePerson } from '../domain/promotion/person.js';
import { parsePublicKey } from './approval-signature.js';
import { count, positiveDuration, text } from './pipeline-definition-fields.js';

const keyExpected = 'the line that `gauntlet keygen` prints: the 32 bytes of an Ed25519 public key in base64';

const approver = z.strictObject(
  {
    name: text('the name of an approver'),
    publicKey: z
      .string(keyExpected)
      .trim()
      .refine((key) => parsePublicKey(key) !== null, keyExpected),
  },
  "an approver such as { name: 'Ada Park', publicKey: '…' }",
);

/** Who has to agree before a champion changes, how many of them, and until when. */
export const approvalSection = z
  .strictObject(
    {
      deadline: positiveDuration.default(72 * 3_600_000),
      maxAge: positiveDuration.default(7 * 86_400_000),
      newerChallenger: z
        .enum(['refuse', 'queue', 'supersede'], 'refuse, queue or supersede: what a newer challenger does meanwhile')
        .default('refuse'),
      quorum: count(1).default(1),
      approvers: z.array(approver, 'a list of approvers').default([]),
      /** Left out: accepted while there are no approvers to have a key, refused otherwise. */
      unsigned: z.enum(['accept', 'refuse'], 'accept or refuse').optional(),
    },
    'the approval policy',
  )
  .prefault({});

type Given = z.output<typeof approvalSection>;

/** What must hold between the fields of an approval policy. */
export function findApprovalPolicyProblems({ approval }: { readonly approval?: Given }): readonly Problem[] {
  if (approval === undefined) return [];
  return [...quorumIsReachable(approval), ...approversDiffer(approval), ...somebodyMayDecide(approval)];
}

/** Claimed names are as many people as somebody likes to type, so more than one approver needs keys. */
function quorumIsReachable({ quorum, approvers }: Given): Problem[] {
  if (quorum === 1 || quorum <= approvers.length) return [];
  const expected = `at most the number of approvers, ${String(approvers.length)}: more than one needs approvers with keys`;
  return [{ field: 'approval.quorum', found: String(quorum), expected }];
}

function approversDiffer({ approvers }: Given): Problem[] {
  return approvers.flatMap(({ name, publicKey }, index) => {
    const field = `approval.approvers.${String(index)}`;
    const earlier = approvers.slice(0, index);
    const sameName = earlier.some((other) => isSamePerson(other.name, name));
    const sameKey = earlier.find((other) => other.publicKey === publicKey);
    return [
      ...(sameName
        ? [{ field: `${field}.name`, found: `${JSON.stringify(name)} a second time`, expected: 'each person once' }]
        : []),
      ...(sameKey === undefined
        ? []
        : [{ field: `${field}.publicKey`, found: `the key of ${sameKey.name}`, expected: 'a key of their own' }]),
    ];
  });
}

function somebodyMayDecide({ approvers, unsigned }: Given): Problem[] {
  if (unsigned !== 'refuse' || approvers.length > 0) return [];
  const expected = 'accept, or approvers with the keys to check signatures with';
  return [{ field: 'approval.unsigned', found: 'refuse, without approvers', expected }];
}
