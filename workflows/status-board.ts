import {
  defineQuery,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { RunFacts } from '../activities/run-facts.js';
import { phaseKeyword, waitingKeyword, type ListedFacts } from '../domain/listed-facts.js';
import { signalNames, statusQueryName, type WorkflowStatus } from './api.js';
import { runLink } from './cards/text.js';
import { listFacts } from './search-attributes.js';

/** Shows where a run stands: as Markdown on its page in the UI and as the answer to the `status` query. */
export interface StatusBoard {
  /** Merges what changed into the status and redraws the card. `body` is Markdown and replaces the text below the phase. */
  show(change: Partial<WorkflowStatus>, body?: string): void;
  /** Keeps something a person should know: a signal that did not count, a registry that is away. */
  note(text: string): void;
  /**
   * Notes every signal that has no handler of its own. Signals that came before a handler are given to this one as soon
   * as it is there, so it comes last.
   */
  hearOthers(): void;
  /**
   * Takes over what the run's first step answered besides its plan: what was found in the registry is noted, and where
   * the server has Gauntlet's search attributes they follow the status from here on.
   */
  begin(firstAnswer: object): void;
}

/** Notes quote what strangers send: one line each, cut, the same one once, and only the latest of them. */
const maxNotes = 20;
const maxNoteLength = 500;

/**
 * Opens the board. Unknown signals are noted on it: without a handler Temporal would keep them silently for ever. A
 * workflow that takes signals says when it hears them all, and `hearOthers` comes after that.
 */
export function openStatusBoard(title: string, accepts: readonly string[] = []): StatusBoard {
  let status: WorkflowStatus = {
    phase: 'starting',
    waitingFor: null,
    reportDigest: null,
    deadlineAt: null,
    rowsDone: null,
    rows: null,
    notes: [],
  };
  let body = '';
  let listed: ListedFacts | null = null;
  let pipeline: string | null = null;
  const redraw = (): void => {
    setCurrentDetails(renderCard(title, status, [body, startedBy()].filter((part) => part !== '').join('\n\n')));
    if (pipeline === null) return;
    const { phase, waitingFor, verdict = null } = status;
    const facts = { pipeline, phase: phaseKeyword(phase), verdict, waitingFor: waitingKeyword(waitingFor) };
    listFacts(listed, facts);
    listed = facts;
  };
  const board: StatusBoard = {
    show(change, newBody) {
      status = { ...status, ...change };
      body = newBody ?? body;
      redraw();
    },
    note(text) {
      const line = text.replaceAll(/\s+/g, ' ').slice(0, maxNoteLength);
      const earlier = status.notes.filter((note) => note !== line);
      status = { ...status, notes: [...earlier, line].slice(-maxNotes) };
      redraw();
    },
    hearOthers() {
      setDefaultSignalHandler((name) => {
        const known = accepts.length === 0 ? 'this workflow takes no signals' : `it takes ${accepts.join(', ')}`;
        board.note(`Signal \`${name.slice(0, 60)}\` was ignored: ${known}.`);
      });
    },
    begin(firstAnswer) {
      const answer: FirstAnswer = firstAnswer;
      // Runs from before there were such facts have none in their history, and set nothing.
      if (answer.runFacts?.hasSearchAttributes === true) pipeline = answer.pipeline ?? null;
      const found = answer.runFacts?.registryNote ?? null;
      if (found !== null) board.note(found);
      redraw();
    },
  };
  setHandler(defineQuery<WorkflowStatus>(statusQueryName), () => status, { description: 'Where this run stands' });
  if (accepts.length === 0) board.hearOthers();
  redraw();
  return board;
}

/** The way back to the run that started this one; empty when none did. */
function startedBy(): string {
  const { parent, namespace } = workflowInfo();
  return parent === undefined ? '' : `Started by ${runLink(namespace, parent.workflowId)}.`;
}

interface FirstAnswer {
  readonly pipeline?: string;
  readonly runFacts?: RunFacts;
}

/** The decisions a promotion listens to. */
export const decisionSignals: readonly string[] = Object.values(signalNames);

function renderCard(title: string, status: WorkflowStatus, body: string): string {
  const waiting = status.waitingFor === null ? [] : [`**Waits for:** ${forPeople(status.waitingFor)}`];
  const notes = status.notes.length === 0 ? [] : ['### Notes', ...status.notes.map((note) => `- ${note}`)];
  return [`## ${title}`, `**Now:** ${status.phase}`, ...waiting, body, ...notes, endOfCard]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The UI shows the card in a frame that is a line or two too short: the last line is one that nobody misses. */
const endOfCard = '\u00a0';

/** Instants to the minute. */
function forPeople(text: string): string {
  return text.replaceAll(/(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}):\d{2}(\.\d+)?Z/g, '$1 $2 UTC');
}
