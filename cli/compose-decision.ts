import type { Definitions } from '../activities/ports/definitions.js';
import { loadCurrentPolicy } from '../activities/promotion/approval-policy.js';
import { PermanentFailure, type Problem } from '../domain/failure-types.js';
import type { OpenPromotion } from '../domain/ledger/state.js';
import { parseDecision, type ParsedDecision } from '../domain/promotion/decision-message.js';
import type { DecisionMessage } from '../workflows/api.js';
import { ownerOf, readSigningKey, signMessage, type SigningKey } from './sign-decision.js';
import { osUser } from './workflow-starts.js';

/** Options of `approve`, `reject` and `abort`. */
export interface DecisionOptions {
  readonly json?: boolean;
  readonly report?: string;
  readonly key?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly workflow?: string;
  readonly wait?: boolean;
}

/** What somebody does, as a thing: `reject` is a rejection. */
export function nounOf(decision: ParsedDecision['decision']): string {
  return { approve: 'approval', reject: 'rejection', abort: 'abort' }[decision];
}

interface AskedDecision {
  readonly decision: ParsedDecision['decision'];
  readonly pipeline: string;
  readonly promotion: OpenPromotion;
  readonly options: DecisionOptions;
}

/** The message to send, signed where there is a key. Throws INVALID_INPUT with every problem. */
export async function composeDecision(definitions: Definitions, asked: AskedDecision): Promise<DecisionMessage> {
  const { decision, pipeline, promotion, options } = asked;
  const key = options.key === undefined ? null : await readSigningKey(options.key);
  const owner = key === null ? null : await nameBehind(key, definitions, pipeline);
  const message = readMessage(asked, options.by ?? owner ?? osUser());
  return key === null ? message : signMessage(key, decision, { pipeline, promotion }, message);
}

/** The approver whose key it is, by the definition at hand; null when there is none, or it cannot be read. */
async function nameBehind(key: SigningKey, definitions: Definitions, pipeline: string): Promise<string | null> {
  const policy = await loadCurrentPolicy(definitions, pipeline);
  return policy === null ? null : ownerOf(key, policy.approvers);
}

/** An approval names what it saw and why it is one, so there is no default for the report or the reason. */
function readMessage({ decision, pipeline, promotion, options }: AskedDecision, by: string): DecisionMessage {
  const message = {
    by,
    ...(options.report === undefined ? {} : { reportDigest: options.report }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  };
  const parsed = parseDecision(decision, message);
  const problems = [
    ...(parsed.ok ? [] : parsed.problems.filter((problem) => !problem.startsWith('example: ')).map(readProblem)),
    ...(decision !== 'abort' && options.reason === undefined ? [noReason] : []),
  ];
  if (problems.length === 0) return message;
  const seen = decision === 'abort' ? '' : ` --report ${promotion.report?.reportDigest.slice(0, 12) ?? '<digest>'}`;
  throw new PermanentFailure('INVALID_INPUT', `This ${nounOf(decision)} cannot be sent.`, {
    problems,
    example: `gauntlet ${decision} ${pipeline}${seen} --by "your name" --reason "why"`,
  });
}

const noReason: Problem = { field: '--reason', found: 'missing', expected: 'why, in words that others will read' };

const optionNames: Readonly<Record<string, string>> = {
  reportDigest: '--report',
  by: '--by',
  reason: '--reason',
};

/** `"by" is missing, expected text` as the parser of signals says it. */
function readProblem(sentence: string): Problem {
  const [found = sentence, expected = 'a decision like the example'] = sentence.split(', expected ');
  const [field = 'decision', ...rest] = found.split(' is ');
  const name = field.replaceAll('"', '');
  return { field: optionNames[name] ?? name, found: rest.join(' is ') || found, expected };
}
