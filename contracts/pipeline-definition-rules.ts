import { formatDuration } from '../domain/duration.js';
import type { Problem } from '../domain/failure-types.js';
import { findApprovalPolicyProblems } from './approval-policy.js';
import { backtestRules } from './backtest-rules.js';
import { gateRules, wholeGateRules } from './gate-rules.js';
import { findMonitorProblems, ignoredFeaturesAreKnown } from './monitor-policy.js';
import { rolloutRules, wholeRolloutRules } from './rollout-rules.js';
import type { PipelineSections } from './pipeline-definition.js';
import { findValidationProblems } from './validation-consistency.js';
import { sourceProblems } from './source-definition.js';

/** Sections that are well formed; a rule is silent about those that are not. */
type Given = Partial<PipelineSections>;

/** Snapshots have columns of their own with these names; `weight` only where the label has one. */
const SNAPSHOT_COLUMNS = ['row_key', 'entity', 'event_time', 'label'];

/** Columns of fold files besides those of the snapshot. */
const FOLD_COLUMNS = ['block', 'champion', 'challenger', 'weight'];

/** Gives the problems it finds; silent about sections that are not there. */
export type DefinitionRule = (given: Given) => readonly Problem[];

/** What must hold of all entries of a list together: nothing can be said while one of them is unknown. */
export const wholeListRules: readonly DefinitionRule[] = [...wholeGateRules, ...wholeRolloutRules];

/** What must hold between fields, and between the entries of a list that are known. */
export const definitionRules: readonly DefinitionRule[] = [
  ...backtestRules,
  lengthsAreWholeWindows,
  featuresAreInputs,
  featureNamesAreFree,
  sensitiveColumnsStayOut,
  ...gateRules,
  ...rolloutRules,
  findApprovalPolicyProblems,
  findMonitorProblems,
  ignoredFeaturesAreKnown,
  sourceNamesAreIdentifiers,
  findValidationProblems,
  retentionSparesTheHorizon,
  retentionSparesRuns,
  sourcesFitTheirFormat,
  baselineDecides,
];

function lengthsAreWholeWindows({ window, training, backtest }: Given): Problem[] {
  if (window === undefined) return [];
  const lengths: readonly [string, number | undefined][] = [
    ['training.window', training?.window],
    ['training.validation', training?.validation],
    ['backtest.fold', backtest?.fold],
    ['backtest.step', backtest?.step],
  ];
  const expected = `a multiple of window.every, ${formatDuration(window.every)}`;
  return lengths.flatMap(([field, ms]) =>
    ms === undefined || ms % window.every === 0 ? [] : [{ field, found: formatDuration(ms), expected }],
  );
}

function featuresAreInputs({ dataset, label }: Given): Problem[] {
  if (dataset === undefined) return [];
  const reserved = [dataset.key, dataset.eventTime, label?.column, label?.availableAt];
  return Object.keys(dataset.features)
    .filter((name) => reserved.includes(name))
    .map((name) => ({
      field: `dataset.features.${name}`,
      found: 'the key, event time or label column',
      expected: 'a column that is known before the event',
    }));
}

function featureNamesAreFree({ dataset, label }: Given): Problem[] {
  const names = Object.keys(dataset?.features ?? {});
  const reserved = (label?.weight ?? null) === null ? SNAPSHOT_COLUMNS : [...SNAPSHOT_COLUMNS, 'weight'];
  const taken = names.filter((name) => reserved.includes(name.toLowerCase()));
  const twice = names.filter((name, k) => names.findIndex((n) => n.toLowerCase() === name.toLowerCase()) !== k);
  return [
    ...taken.map((name) => ({
      field: `dataset.features.${name}`,
      found: 'the name of a snapshot column',
      expected: `a name other than ${reserved.join(', ')}`,
    })),
    ...twice.map((name) => ({
      field: `dataset.features.${name}`,
      found: 'a second feature of that name but for its case',
      expected: 'names that differ without regard to case',
    })),
  ];
}

/** What only evaluation may see must not reach a model: neither as a feature nor as the label it learns. */
function sensitiveColumnsStayOut({ dataset, label }: Given): Problem[] {
  const sensitive = dataset?.sensitive ?? [];
  const lower = (name: string | undefined) => name?.toLowerCase();
  const features = Object.keys(dataset?.features ?? {}).map(lower);
  const own = [label?.column, label?.availableAt, ...SNAPSHOT_COLUMNS, ...FOLD_COLUMNS].map(lower);
  return sensitive.flatMap((name, index) => {
    const field = `dataset.sensitive.${String(index)}`;
    if (features.includes(lower(name)))
      return [{ field, found: `${JSON.stringify(name)}, a feature`, expected: 'a column that no model sees' }];
    if (own.includes(lower(name)))
      return [
        { field, found: `${JSON.stringify(name)}, a column of its own`, expected: 'a column of people or things' },
      ];
    if (sensitive.map(lower).indexOf(lower(name)) !== index)
      return [{ field, found: `${JSON.stringify(name)} a second time`, expected: 'each column once' }];
    return [];
  });
}

function sourceNamesAreIdentifiers({ dataset }: Given): Problem[] {
  return Object.keys(dataset?.sources ?? {})
    .filter((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    .map((name) => ({ field: `dataset.sources.${name}`, found: JSON.stringify(name), expected: 'a plain table name' }));
}

/** What a rollback or a look back may need has to be there for as long as the horizon promises. */
function retentionSparesTheHorizon({ retention }: Given): Problem[] {
  if (retention === undefined) return [];
  const { rollbackHorizon, publicationsAfter, modelsAfter } = retention;
  const ages: readonly [string, number | null][] = [
    ['retention.publicationsAfter', publicationsAfter],
    ['retention.modelsAfter', modelsAfter],
  ];
  const expected = `at least retention.rollbackHorizon, ${formatDuration(rollbackHorizon)}, or null`;
  return ages.flatMap(([field, ms]) =>
    ms === null || ms >= rollbackHorizon ? [] : [{ field, found: formatDuration(ms), expected }],
  );
}

/** Steps are tried again for about a day, so a file that nothing names may be named by a run that is that old. */
const SHORTEST_GRACE_MS = 2 * 86_400_000;

/** A training program may write for hours before its files have a name. */
const SHORTEST_STAGED_MS = 3_600_000;

function retentionSparesRuns({ retention }: Given): Problem[] {
  if (retention === undefined) return [];
  const { stagedAfter, grace, rollbackHorizon, snapshotsAfter } = retention;
  const atLeast = (field: string, ms: number | null, least: number, of: string): Problem[] =>
    ms === null || ms >= least
      ? []
      : [{ field, found: formatDuration(ms), expected: `at least ${of}${formatDuration(least)}` }];
  return [
    ...atLeast('retention.stagedAfter', stagedAfter, SHORTEST_STAGED_MS, ''),
    ...atLeast('retention.grace', grace, SHORTEST_GRACE_MS, ''),
    ...atLeast('retention.rollbackHorizon', rollbackHorizon, grace, 'retention.grace, '),
    ...atLeast('retention.snapshotsAfter', snapshotsAfter, grace, 'retention.grace, '),
  ];
}

/** A default that suits probabilities would make every predicted number a positive decision, or none. */
function baselineDecides({ baseline, label }: Given): Problem[] {
  if (label?.kind !== 'regression' || baseline === undefined || baseline.threshold !== undefined) return [];
  const expected = `a number in the unit of ${label.column}, such as 35: from it on a prediction of the baseline is a positive decision`;
  return [{ field: 'baseline.threshold', found: 'nothing', expected }];
}

function sourcesFitTheirFormat({ dataset }: Given): Problem[] {
  return Object.entries(dataset?.sources ?? {}).flatMap(([name, source]) => sourceProblems(name, source));
}
