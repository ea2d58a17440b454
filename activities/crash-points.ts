import type { LedgerEvent } from '../domain/ledger/events.js';

/**
 * Everything that leaves a trace outside the process that does it. A crash point stands at both sides of each: work that
 * is cut off there has to be finished by whoever comes next, once and with the same outcome.
 */
export const effects = {
  definition: 'a definition is kept in the store under its digest',
  'snapshot-part': 'a part of a snapshot gets its name; nobody reads it before the manifest',
  'snapshot-manifest': 'a snapshot exists from here on',
  'snapshot-request': 'the answer to a request for a snapshot is kept, so that it is found again',
  'source-schema': 'the columns of the sources are kept for the next snapshot',
  quarantine: 'rows that broke a rule are kept with their reasons',
  train: 'the training program runs and leaves a model in its work folder',
  'model-file': 'a file of a bundle gets its name; nobody reads it before the manifest',
  'model-manifest': 'a model exists in the store from here on',
  register: 'runs, files and the version are made in the registry',
  'describe-model': 'the page of the registered model is written',
  'version-tags': 'tags of a version are set',
  evaluation: 'a scored fold, or what a probe found, is kept under its digest',
  report: 'a file of a report is kept under its digest',
  'report-pages': 'the pages of a report are kept beside it',
  decision: 'the ledger takes what a person decided',
  step: 'the ledger takes a step of a rollout',
  'rollout-end': 'the ledger takes the end of a rollout',
  'go-ahead-request': 'a person is asked about a look that settled nothing',
  plan: 'the plan of a promotion is kept under its digest',
  look: 'an analysis of a rollout is kept under its digest',
  'look-record': 'the ledger takes what a look at a rollout found',
  'unscored-record': 'the ledger takes note of a window that nothing could score',
  'drill-record': 'the ledger takes what the rehearsal of a rollback came to',
  'finding-record': 'the ledger takes what somebody else changed in the registry',
  'settled-record': 'the ledger takes note that such a change is settled',
  'adoption-record': 'the ledger takes a champion that somebody else chose',
  'log-run': 'a report is logged to the registry',
  'run-state': 'a run of the registry is opened, ended or added to',
  score: 'a predictor writes the files of one part to staging',
  'table-file': 'a data file of a table gets its name; nobody reads it before a commit',
  'shard-record': 'what is known of a scored part is kept, so that it is not scored again',
  'shadow-commit': 'shadow scores become visible',
  'served-commit': 'predictions become the served ones',
  publish: 'shadow scores and predictions of one run are committed',
  'replace-commit': 'predictions that were taken back are replaced, all windows at once',
  replace: 'replacements are made and committed',
  corrections: 'the file of rows whose decision changed is kept',
  'champion-record': 'the ledger takes the change of champion',
  anchor: 'the head of the ledger is written down outside the store',
  alias: 'the alias of the registry moves to the champion',
  'projection-record': 'the ledger takes note that the alias followed',
  notify: 'people outside are told that an approval waits',
  collect: 'files are recorded, fenced and taken out',
  'collect-record': 'the ledger takes the names of files that are about to go',
  fence: 'an empty commit makes older readers of the ledger look again',
  remove: 'a file is taken out of the store',
} as const;

/** The ledger takes a record of this type. */
export type RecordEffect = `record-${LedgerEvent['type']}`;

export type Effect = keyof typeof effects | RecordEffect;

/** A place where a test can end the process, or make it hang. */
export type CrashPoint = `before-${Effect}` | `after-${Effect}`;

/** What a ledger record of each type is called among the effects. A new type of record is one of them by itself. */
export function recordEffect(type: LedgerEvent['type']): RecordEffect {
  return `record-${type}`;
}
