import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { sqlName } from './sql-text.js';

/**
 * Columns that rules are asked of and snapshots do not keep: the text of numeric features that arrive as text, and
 * timestamps that are no column of a snapshot. Each by the definition's name with the name it is carried under.
 */
export interface CarriedColumns {
  readonly texts: ReadonlyMap<string, string>;
  readonly times: ReadonlyMap<string, string>;
}

/** Types whose values may not be numbers; anything else either casts or is an error of the SQL. */
const TEXT_TYPE = /^(VARCHAR|JSON|ENUM\b)/;

/** What has to be carried for a definition whose SQL gives these types, by lower-case column name. */
export function carriedColumns(definition: PipelineDefinition, types: ReadonlyMap<string, string>): CarriedColumns {
  const texts = definition.dataset.features
    .filter(({ name, kind }) => kind === 'numeric' && TEXT_TYPE.test(types.get(name.toLowerCase()) ?? ''))
    .map(({ name }) => [name, `gauntlet:text:${name}`] as const);
  const times = carriedTimes(definition).map((name) => [name, `gauntlet:time:${name}`] as const);
  return { texts: new Map(texts), times: new Map(times) };
}

/** Timestamps that rules name; the dataset's SQL has to give them. */
export function carriedTimes({ validation }: PipelineDefinition): readonly string[] {
  const named = validation.flatMap((rule) =>
    rule.check === 'not-in-future' || rule.check === 'fresh' ? (rule.column ?? []) : [],
  );
  return [...new Set(named)];
}

/** The carried columns as they stand in a projection of the dataset's SQL. */
export function projectCarried({ texts, times }: CarriedColumns): readonly string[] {
  return [
    ...[...texts].map(([name, carried]) => `${sqlName(name)}::VARCHAR AS ${sqlName(carried)}`),
    ...[...times].map(([name, carried]) => `${sqlName(name)}::TIMESTAMP AS ${sqlName(carried)}`),
  ];
}

/** The names that the carried columns have in the table of rows. */
export function carriedNames({ texts, times }: CarriedColumns): readonly string[] {
  return [...texts.values(), ...times.values()];
}
