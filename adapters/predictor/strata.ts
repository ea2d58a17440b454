import { inCohortSql } from '../duckdb/cohort-sql.js';
import { readParquet } from '../duckdb/sql-text.js';
import type { ChildServingModel, ShardTask } from './protocol.js';

/** Rows of a part that one model serves, and the files that hold them: all of the same rows in the same order. */
export interface Stratum {
  /** The part's rows as a relation, in the order of the part, which is key order. */
  readonly rows: string;
  /** The one that serves first; `outputPath` is its file of these very rows. */
  readonly models: readonly ServedStratum[];
}

export interface ServedStratum extends ChildServingModel {
  /** What decisions that differ from its are counted against. */
  readonly against: string;
}

/** All rows of a part; or, in a split, those of the champion and those of the challenger's cohort, in this order. */
export function listStrata(task: ShardTask): readonly Stratum[] {
  const part = readParquet([task.partPath]);
  if (task.split === undefined) {
    return [{ rows: part, models: task.models.map((model) => ({ ...model, against: model.modelDigest })) }];
  }
  const inCohort = inCohortSql(task.split);
  const [champion, challenger] = splitModels(task);
  // A decision of the two that differs is counted against the challenger, whoever of them served the row.
  const against = challenger.modelDigest;
  return [
    {
      rows: `(SELECT * FROM ${part} WHERE NOT ${inCohort})`,
      models: [
        { ...champion, against },
        { ...challenger, against, outputPath: challenger.shadowPath },
      ],
    },
    {
      rows: `(SELECT * FROM ${part} WHERE ${inCohort})`,
      models: [
        { ...challenger, against },
        { ...champion, against, outputPath: champion.shadowPath },
      ],
    },
  ];
}

type SplitModel = ChildServingModel & { readonly shadowPath: string };

/** The two of a split. Throws a RangeError for a task that does not have exactly two, each with two files. */
export function splitModels({ models }: ShardTask): readonly [SplitModel, SplitModel] {
  const [champion, challenger] = models.flatMap(({ shadowPath, ...model }) =>
    shadowPath === undefined ? [] : [{ ...model, shadowPath }],
  );
  if (champion === undefined || challenger === undefined || models.length !== 2) {
    throw new RangeError('a split is between two models with two files each');
  }
  return [champion, challenger];
}
