import type { CategoryDictionary, FeatureList } from '../../domain/model-bundle.js';
import { sqlName, sqlString } from '../duckdb/sql-text.js';
import type { EncodedFeature } from './protocol.js';

/** A SQL column of float32 model inputs, and the statement (if any) that must run before it can be used. */
export interface EncodedColumn {
  readonly name: string;
  readonly setUp: string | null;
  readonly expression: string;
  /** The same, but null for a missing number: for a model function, which tells nulls in less time than `coalesce`. */
  readonly nullable: string;
}

/** Joins a feature list with the dictionary that was frozen with it. */
export function listEncodedFeatures(list: FeatureList, dictionary: CategoryDictionary): readonly EncodedFeature[] {
  return list.features.map((feature) =>
    feature.kind === 'numeric'
      ? { name: feature.name, kind: 'numeric' }
      : { name: feature.name, kind: 'categorical', values: dictionary[feature.name] ?? [] },
  );
}

/**
 * How columns become float32 inputs. A missing number is NaN. A category's code is its place in the dictionary; null
 * and values the dictionary does not know have the code after the last. The frozen dictionary is an ENUM type, not a
 * table to join: a join may swap its sides for small inputs and so lose the order of the rows, a cast cannot.
 * `prefix` keeps the types of several models apart.
 */
export function encodeColumns(features: readonly EncodedFeature[], prefix: string): readonly EncodedColumn[] {
  return features.map((feature, index) => {
    const column = sqlName(feature.name);
    if (feature.kind === 'numeric') {
      const nullable = `${column}::FLOAT`;
      return { name: feature.name, setUp: null, expression: `coalesce(${nullable}, 'NaN'::FLOAT)`, nullable };
    }
    const type = sqlName(`${prefix}_dictionary_${String(index)}`);
    const code = `coalesce(enum_code(try_cast(${column} AS ${type})), ${String(feature.values.length)})::FLOAT`;
    return {
      name: feature.name,
      setUp: `CREATE TYPE ${type} AS ENUM (${feature.values.map(sqlString).join(', ')})`,
      expression: code,
      nullable: code,
    };
  });
}
