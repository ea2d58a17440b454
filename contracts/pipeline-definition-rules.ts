import { formatDuration } from '../domain/duration.js';
import type { Problem } from '../domain/failure-types.js';
import type { PipelineSections } from './pipeline-definition.js';
import { findValidationProblems } from './validation-consistency.js';

/** Sections that are well formed; a rule is silent about those that are not. */
type Given = Partial<PipelineSections>;

/** Snapshots have columns of their own with these names. */
const SNAPSHOT_COLUMNS = ['row_key', 'entity', 'event_time', 'label'];

/** What must hold between fields. Each rule gives the problems it finds. */
export const definitionRules: readonly ((given: Given) => readonly Problem[])[] = [
  gapCoversLabelDelay,
  lengthsAreWholeWindows,
  featuresAreInputs,
  featureNamesAreFree,
  slicesAreFeatures,
  sourceNamesAreIdentifiers,
  findValidationProblems,
];

/** A fold whose training labels were not known yet would be judged by a model that saw the future. */
function gapCoversLabelDelay({ backtest, label }: Given): Problem[] {
  if (backtest?.gap === undefined || label === undefined || backtest.gap >= label.delay) return [];
  const expected = `at least the label delay, ${formatDuration(label.delay)}`;
  return [{ field: 'backtest.gap', found: formatDuration(backtest.gap), expected }];
}

function lengthsAreWholeWindows({ window, training, backtest }: Given): Problem[] {
  if (window === undefined) return [];
  const lengths: readonly [string, number | undefined][] = [
    ['training.window', training?.window],
    ['training.validation', training?.validation],
    ['backtest.fold', backtest?.fold],
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

function featureNamesAreFree({ dataset }: Given): Problem[] {
  const names = Object.keys(dataset?.features ?? {});
  const taken = names.filter((name) => SNAPSHOT_COLUMNS.includes(name.toLowerCase()));
  const twice = names.filter((name, k) => names.findIndex((n) => n.toLowerCase() === name.toLowerCase()) !== k);
  return [
    ...taken.map((name) => ({
      field: `dataset.features.${name}`,
      found: 'the name of a snapshot column',
      expected: `a name other than ${SNAPSHOT_COLUMNS.join(', ')}`,
    })),
    ...twice.map((name) => ({
      field: `dataset.features.${name}`,
      found: 'a second feature of that name but for its case',
      expected: 'names that differ without regard to case',
    })),
  ];
}

function slicesAreFeatures({ gates, dataset }: Given): Problem[] {
  if (gates === undefined || dataset === undefined) return [];
  return gates.flatMap((gate, index) =>
    gate.check !== 'worst-slice' || gate.column in dataset.features
      ? []
      : [
          {
            field: `gates.${String(index)}.column`,
            found: JSON.stringify(gate.column),
            expected: `one of the features ${Object.keys(dataset.features).join(', ')}`,
          },
        ],
  );
}

function sourceNamesAreIdentifiers({ dataset }: Given): Problem[] {
  return Object.keys(dataset?.sources ?? {})
    .filter((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    .map((name) => ({ field: `dataset.sources.${name}`, found: JSON.stringify(name), expected: 'a plain table name' }));
}
