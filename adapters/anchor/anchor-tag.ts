import type { AnchorPlace } from '../../activities/ports/anchor-place.js';
import type { Registry } from '../../activities/ports/registry.js';
import { formatAnchor, parseAnchor } from '../../domain/ledger/anchor.js';

/** Tag of the registered model that holds the latest anchor. */
export const ledgerHeadTag = 'gauntlet.ledgerHead';

/** The latest anchor as a tag of the registered model: one place, shared by everybody who can see the model. */
export function anchorTag(registry: Pick<Registry, 'getModelTags' | 'setModelTags'>): AnchorPlace {
  return {
    name: `the tag ${ledgerHeadTag}`,
    isOffline: false,
    read: async ({ pipeline, registeredName }) => {
      const text = (await registry.getModelTags(registeredName))?.[ledgerHeadTag];
      const anchor = text === undefined ? null : parseAnchor(text);
      // Pipelines that share a registered model share its tag: the last one that changed its champion has it.
      return anchor?.pipeline === pipeline ? [anchor] : [];
    },
    write: ({ registeredName }, anchor) =>
      registry.setModelTags(registeredName, { [ledgerHeadTag]: formatAnchor(anchor) }),
  };
}
