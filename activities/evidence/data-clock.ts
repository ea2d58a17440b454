import type { LedgerState } from '../../domain/ledger/state.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { PredictionTable } from '../ports/prediction-table.js';

/**
 * The data clock of a run that names none: the end of the last published window, or the start of the first one. A run
 * started by hand so sees what the next scoring run would see, and never more.
 */
export async function dataClock(table: PredictionTable, definition: PipelineDefinition): Promise<string> {
  const { files } = await table.load(definition.name, 'predictions');
  const ends = files.map((file) => file.windowEnd).sort();
  return ends.at(-1) ?? definition.window.start;
}

/** At least the clock that the challenger was trained at: its folds were kept free behind it. */
export async function clockFor(
  services: { readonly table: PredictionTable },
  definition: PipelineDefinition,
  state: LedgerState,
  challenger: ModelRef,
): Promise<string> {
  const clocks = [await dataClock(services.table, definition), state.models.get(challenger.modelDigest)?.asOf ?? ''];
  return clocks.sort().at(-1) ?? definition.window.start;
}
