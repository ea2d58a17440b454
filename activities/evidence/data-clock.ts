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
