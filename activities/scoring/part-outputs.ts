import type { TableFile } from '../../domain/published-table.js';
import type { ShardFacts } from '../../domain/shard-facts.js';
import type { ShardRecord } from '../../domain/shard-record.js';
import type { PredictionTable, TableName } from '../ports/prediction-table.js';
import type { ServingModel } from '../ports/scorer.js';
import type { Store } from '../ports/store.js';
import { adoptTableFile, type TableFileFacts } from '../publication/table-file.js';
import type { OpenedModel } from './open-models.js';

/** A staged file with the rows of one model, and the table that it is to be a file of. */
interface PartOutput {
  readonly name: TableName;
  readonly stagedPath: string;
  readonly modelDigest: string;
  readonly rows: number;
}

/** Gives every model a place for its rows; in a split the two that serve have one for each other's rows too. */
export function stageOutputs(
  store: Store,
  models: readonly OpenedModel[],
  { cohort, isSplit }: { readonly cohort: 'champion' | 'fallback'; readonly isSplit: boolean },
): Promise<readonly ServingModel[]> {
  const stage = (): Promise<string> => store.stage('publication', 'parquet');
  return Promise.all(
    models.map(async (model, index): Promise<ServingModel> => {
      const serving = { ...model, cohort: cohortOf(index, cohort, isSplit), outputPath: await stage() };
      return isSplit ? { ...serving, shadowPath: await stage() } : serving;
    }),
  );
}

function cohortOf(index: number, served: 'champion' | 'fallback', isSplit: boolean): ServingModel['cohort'] {
  if (index === 0) return served;
  return isSplit ? 'challenger' : 'shadow';
}

/** Every path that a part may have left something at. */
export function stagedPaths(models: readonly ServingModel[]): readonly string[] {
  return models.flatMap(({ outputPath, shadowPath }) =>
    shadowPath === undefined ? [outputPath] : [outputPath, shadowPath],
  );
}

/** Nobody sees the files until a commit names them. Files without rows are left behind. */
export async function adoptOutputs(
  services: { readonly store: Store; readonly table: PredictionTable },
  pipeline: string,
  scored: {
    readonly models: readonly ServingModel[];
    readonly facts: ShardFacts;
    readonly common: Omit<TableFileFacts, 'rows' | 'modelDigest'>;
  },
): Promise<Pick<ShardRecord, 'files' | 'servedFiles'>> {
  const outputs = listOutputs(scored.models, scored.facts).filter(({ rows }) => rows > 0);
  const files: TableFile[] = [];
  for (const { name, stagedPath, rows, modelDigest } of outputs) {
    const facts = { ...scored.common, rows, modelDigest };
    files.push(await adoptTableFile({ ...services, pipeline, name, stagedPath, facts }));
  }
  if (scored.facts.cohorts === undefined) return { files };
  return { files, servedFiles: outputs.filter(({ name }) => name === 'predictions').length };
}

/** What is served first. */
function listOutputs(models: readonly ServingModel[], { rowsOut, cohorts }: ShardFacts): readonly PartOutput[] {
  const served = (index: number): number =>
    cohorts === undefined ? rowsOut : index === 0 ? cohorts.champion.rows : cohorts.challenger.rows;
  const own = models.map(({ outputPath, scoring, cohort }, index): PartOutput => {
    const name = cohort === 'shadow' ? 'shadow-predictions' : 'predictions';
    return { name, stagedPath: outputPath, modelDigest: scoring.modelDigest, rows: served(index) };
  });
  const others = models.flatMap(({ shadowPath, scoring }, index): PartOutput[] =>
    shadowPath === undefined
      ? []
      : [
          {
            name: 'shadow-predictions',
            stagedPath: shadowPath,
            modelDigest: scoring.modelDigest,
            rows: rowsOut - served(index),
          },
        ],
  );
  return [...own, ...others];
}
