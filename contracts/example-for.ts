import { entryExamples, fieldExamples, wholeExample } from './definition-examples.js';

/** More lines than this are no example any more, but a definition to search. */
const MOST_LINES = 8;

/**
 * A valid piece of a definition for the very fields that have problems, one line for each; null where a field is so
 * unknown that no example would help.
 */
export function exampleFor({
  fields,
  written,
}: {
  readonly fields: readonly string[];
  readonly written: unknown;
}): string | null {
  if (typeof written !== 'object' || written === null || Object.keys(written).length === 0) return wholeExample;
  const lines = [...new Set(fields.flatMap((field) => lineFor(field.split('.'), written) ?? []))];
  return lines.length === 0 ? null : lines.slice(0, MOST_LINES).join('\n           ');
}

function lineFor([section = '', part = '']: readonly string[], written: object): string | null {
  const example = ownValue(fieldExamples, section);
  if (typeof example === 'string') return `${section}: ${entryFor(section, part, written) ?? example}`;
  if (typeof example !== 'object' || example === null) return null;
  const value = ownValue(example, part);
  const shown = Object.entries(typeof value === 'string' ? { [part]: value } : example);
  return `${section}: { ${shown.map(([name, text]) => `${name}: ${String(text)}`).join(', ')} }`;
}

/** An entry of a list is shown by its own kind, where that is known. */
function entryFor(section: string, index: string, written: object): string | null {
  const byCheck = ownValue(entryExamples, section);
  const entry = ownValue(ownValue(written, section), index);
  const example = ownValue(byCheck, String(ownValue(entry, 'check')));
  return typeof example === 'string' ? `[${example}]` : null;
}

function ownValue(owner: unknown, name: string): unknown {
  return typeof owner === 'object' && owner !== null && Object.hasOwn(owner, name)
    ? Reflect.get(owner, name)
    : undefined;
}
