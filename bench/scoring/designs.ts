import path from 'node:path';
import { builtEntry, projectRoot } from '../../adapters/built-entry.js';
import { findOnPath } from '../../scripts/toolchain/index.mjs';
import type { ModelName } from './models.js';

/** Ours, ours with the facts of its audit, a peer's, or what the same reading and writing costs without a model. */
export type DesignRole = 'ours' | 'audited' | 'python' | 'spark' | 'floor';

/** One way from Parquet to scored Parquet, as a program. */
export interface Design {
  readonly id: string;
  readonly title: string;
  readonly role: DesignRole;
  readonly program: string;
  readonly args: readonly string[];
  /** Null where it can score any model. */
  readonly models: readonly ModelName[] | null;
  /** Also run on sizes at which the others would only take time. */
  readonly isFast: boolean;
}

type PeerOptions = Partial<Pick<Design, 'role' | 'args' | 'models' | 'isFast'>>;

function peer(id: string, title: string, file: string, options: PeerOptions = {}): Design {
  const program = path.join(projectRoot(), 'bench', 'peers', file);
  return { id, title, role: 'python', program, args: [], models: null, isFast: false, ...options };
}

const floor = { role: 'floor', isFast: true } as const;

/** The designs that are asked for, ours among them, in the order in which each round runs them. */
export function listDesigns(asked: {
  readonly spark: boolean;
  readonly designs: readonly string[] | null;
}): readonly Design[] {
  const known = listAll(asked.spark);
  const unknown = asked.designs?.find((id) => !known.some((design) => design.id === id));
  if (unknown !== undefined) {
    throw new RangeError(`--designs: found ${unknown}, expected some of ${known.map(({ id }) => id).join(',')}`);
  }
  return known.filter(({ id, role }) => role === 'ours' || asked.designs === null || asked.designs.includes(id));
}

/** Spark needs Java, and scores the trees alone unless `spark`. */
function listAll(spark: boolean): readonly Design[] {
  const designs = [
    { ...peer('ours', 'Gauntlet', '', { isFast: true }), ...node('our-job'), role: 'ours' } as const,
    {
      ...peer('ours-audited', 'Gauntlet, audited', '', { isFast: true }),
      ...node('our-job', 'audited'),
      role: 'audited',
    } as const,
    { ...peer('floor', 'floor: COPY, no model', '', floor), ...node('floor-job') },
    peer('floor-python', 'floor: COPY in Python', 'floor_duckdb.py', floor),
    peer('duckdb-2x1', 'DuckDB + ORT 2x1', 'duckdb_ort.py', { args: ['2x1'], isFast: true }),
    peer('duckdb-1x2', 'DuckDB + ORT 1x2', 'duckdb_ort.py', { args: ['1x2'] }),
    peer('pyarrow-2x1', 'pyarrow + ORT 2x1', 'pyarrow_ort.py', { args: ['2x1'], isFast: true }),
    peer('polars-2x1', 'Polars batches + ORT 2x1', 'polars_batches.py', { isFast: true }),
    peer('polars-map', 'Polars map_batches + ORT', 'polars_map.py', { isFast: true }),
    peer('pandas-ort', 'pandas + ORT', 'pandas_ort.py'),
    peer('pandas-mlflow', 'pandas + MLflow pyfunc', 'pandas_mlflow.py'),
    peer('lightgbm', 'pandas + native LightGBM', 'lightgbm_native.py', { models: ['gbt'] }),
  ];
  if (findOnPath('java') === undefined) return designs;
  const models: readonly ModelName[] | null = spark ? null : ['gbt'];
  return [
    ...designs,
    peer('spark-udf', 'Spark local[2], MLflow UDF', 'spark_ort.py', { role: 'spark', models, args: ['udf'] }),
    peer('spark-arrow', 'Spark local[2], mapInArrow', 'spark_ort.py', { role: 'spark', models, args: ['arrow'] }),
  ];
}

function node(name: string, ...args: readonly string[]): Pick<Design, 'program' | 'args'> {
  return { program: builtEntry(`bench/scoring/${name}.ts`), args };
}

/** Above this many rows only the fast designs run. */
const allUpToRows = 10_000_000;

/** The designs of one comparison. */
export function designsFor(designs: readonly Design[], model: ModelName, rows: number): readonly Design[] {
  return designs.filter(
    ({ models, isFast }) => (models === null || models.includes(model)) && (isFast || rows <= allUpToRows),
  );
}
