import type { Client } from '@temporalio/client';
import { searchAttributeNames } from '../workflows/api.js';

/** As the operator API numbers them (temporal.api.enums.v1.IndexedValueType). */
const keywordType = 2;

export const allSearchAttributes: readonly string[] = Object.values(searchAttributeNames);

/** Search attributes that the namespace lacks, or has with another type. Throws when the server does not say. */
export async function findMissingSearchAttributes(client: Client): Promise<readonly string[]> {
  const { namespace } = client.options;
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
  return allSearchAttributes.filter((name) => customAttributes?.[name] !== keywordType);
}

/** How to register them, for messages: the Temporal command line, with rights on the namespace. */
export function registrationCommand(namespace: string, missing: readonly string[] = allSearchAttributes): string {
  const names = missing.map((name) => `--name ${name} --type Keyword`).join(' ');
  return `temporal operator search-attribute create --namespace ${namespace} ${names}`;
}

/**
 * Whether runs set search attributes: as the settings say, or as the server has them. A run that sets one the server
 * does not know is held up for ever, so what is not known for sure is taken for missing.
 */
export async function decideSearchAttributes(
  client: Client,
  wish: 'auto' | 'on' | 'off',
  warn: (line: string) => void,
): Promise<boolean> {
  if (wish !== 'auto') return wish === 'on';
  try {
    const missing = await findMissingSearchAttributes(client);
    if (missing.length === 0) return true;
    const command = registrationCommand(client.options.namespace, missing);
    warn(`runs set no search attributes: the namespace lacks ${missing.join(', ')}; to have them: ${command}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    warn(
      `runs set no search attributes: the server does not say which it has (${why}); GAUNTLET_SEARCH_ATTRIBUTES=on if it has them`,
    );
  }
  return false;
}
