import { ledgersFolder } from '../../contracts/ledger-record.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { nameProblem } from '../../domain/registered-names.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { Store } from '../ports/store.js';

/**
 * Throws INVALID_DEFINITION where another pipeline of the store has versions in this registered model. A ledger that
 * cannot be read says nothing: damage to one pipeline does not stop the others.
 */
export async function requireOwnName(
  store: Store,
  { name, registeredName }: Pick<PipelineDefinition, 'name' | 'registeredName'>,
): Promise<void> {
  for (const other of await store.list(ledgersFolder)) {
    if (other === name || !(await namesOf(store, other)).has(registeredName)) continue;
    throw new PermanentFailure('INVALID_DEFINITION', 'This registered model belongs to another pipeline.', {
      problems: [nameProblem(name, registeredName, other)],
    });
  }
}

async function namesOf(store: Store, pipeline: string): Promise<ReadonlySet<string>> {
  try {
    const { state } = await readLedger(store, pipeline);
    return new Set([...state.models.values()].map(({ model }) => model.registeredName));
  } catch (error) {
    if (error instanceof PermanentFailure) return new Set();
    throw error;
  }
}
