import { defineSignal, setHandler } from '@temporalio/workflow';
import { parseDecision, type HeardDecision, type ParsedDecision } from '../domain/promotion/decision-message.js';
import { signalNames } from './api.js';
import type { StatusBoard } from './status-board.js';

/** Decisions in the order they arrived. Handlers only record; the workflow's main loop decides. */
export interface DecisionInbox {
  isEmpty(): boolean;
  take(): HeardDecision | undefined;
  /** Takes the first waiting abort, wherever it stands: an abort always wins before the change is made. */
  takeAbort(): HeardDecision | undefined;
  /** The first abort that this run heard, also when it was taken or did not count; null while there was none. */
  firstAbort(): HeardDecision | null;
  /** Forgets whatever waits but aborts; gives how many messages that were. */
  drop(): number;
}

/** Messages kept at most; people do not send more, and a loop that floods a run must not grow it for ever. */
const capacity = 200;

/** Registers the three decision signals. Must run before the workflow's first await. */
export function openDecisionInbox(board: StatusBoard): DecisionInbox {
  const waiting: HeardDecision[] = [];
  let firstAbort: HeardDecision | null = null;
  const isAbort = (message: ParsedDecision): boolean => message.decision === 'abort';
  /** No flood of other messages keeps an abort out. */
  const hasRoomFor = (message: ParsedDecision): boolean =>
    waiting.length < capacity || (isAbort(message) && !waiting.some(isAbort));
  const keep = (message: HeardDecision): void => {
    waiting.push(message);
    if (isAbort(message)) firstAbort ??= message;
  };
  for (const decision of Object.values(signalNames)) {
    let heard = 0;
    setHandler(
      defineSignal<[unknown]>(decision),
      (payload) => {
        const signalIndex = ++heard;
        const parsed = parseDecision(decision, payload);
        if (!parsed.ok) board.note(`\`${decision}\` was not understood: ${parsed.problems.join('; ')}`);
        else if (hasRoomFor(parsed.message)) keep({ ...parsed.message, signalIndex });
        else board.note(`\`${decision}\` by ${parsed.message.by} was dropped: ${capacity} messages wait already.`);
      },
      { description: descriptions[decision] },
    );
  }
  return {
    isEmpty: () => waiting.length === 0,
    take: () => waiting.shift(),
    takeAbort() {
      const index = waiting.findIndex(isAbort);
      return index < 0 ? undefined : waiting.splice(index, 1)[0];
    },
    firstAbort: () => firstAbort,
    drop() {
      const aborts = waiting.filter(isAbort);
      const dropped = waiting.length - aborts.length;
      waiting.splice(0, waiting.length, ...aborts);
      return dropped;
    },
  };
}

const descriptions = {
  approve: 'Make the challenger champion: {"reportDigest":"…","by":"your name","reason":"why"}',
  reject: 'Turn the challenger down: {"reportDigest":"…","by":"your name","reason":"why"}',
  abort: 'Stop the promotion before anything changes: {"by":"your name","reason":"why"}',
} as const;
