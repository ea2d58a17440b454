import { readChain } from '../activities/verify/read-chain.js';
import type { PlacedAnchor } from '../activities/verify/check-anchors.js';
import { PermanentFailure } from '../domain/failure-types.js';
import type { ChainedRecord } from '../domain/ledger/state.js';
import type { Services } from '../workers/services.js';

/**
 * The anchors of a pipeline's ledger: those that can be read without a server, and with `online` those in the registry
 * too. The registry's names are those that the ledger has, and the definition's, should the ledger have lost its own.
 */
export async function readAnchors(
  services: Pick<Services, 'store' | 'definitions' | 'anchors'>,
  pipeline: string,
  online: boolean,
): Promise<readonly PlacedAnchor[]> {
  const places = services.anchors.filter(({ isOffline }) => isOffline || online);
  if (places.length === 0) return [];
  const { records } = await readChain(services.store, pipeline);
  const names = new Set([...namesIn(records), ...(await definedName(services, pipeline))]);
  const found: PlacedAnchor[] = [];
  for (const place of places) {
    for (const registeredName of place.isOffline ? [pipeline] : names) {
      const anchors = await place.read({ pipeline, registeredName });
      found.push(...anchors.map((anchor) => ({ anchor, place: place.name })));
    }
  }
  return found;
}

function namesIn(records: readonly ChainedRecord[]): readonly string[] {
  return records.flatMap(({ record: { event } }) =>
    event.type === 'champion-changed' ? [event.to.registeredName] : [],
  );
}

/** A pipeline whose definition was removed, or cannot be read, is verified all the same. */
async function definedName(
  { definitions }: Pick<Services, 'definitions'>,
  pipeline: string,
): Promise<readonly string[]> {
  try {
    return [(await definitions.load(pipeline)).definition.registeredName];
  } catch (error) {
    if (error instanceof PermanentFailure) return [];
    throw error;
  }
}
