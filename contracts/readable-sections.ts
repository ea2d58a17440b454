import { z } from 'zod';
import type { Problem } from '../domain/failure-types.js';
import { sections, type PipelineSections } from './pipeline-definition.js';

/** Sections that are lists, whose entries can be read one by one. */
export const listSections = ['gates', 'rollout', 'validation'] as const;
export type ListSection = (typeof listSections)[number];

/** What could be read of a definition that may have mistakes in it. */
export interface ReadableSections {
  /**
   * A section with a wrong field has all its right ones, and reading the wrong one throws UnreadableField. A list with
   * wrong entries has the right ones.
   */
  readonly sections: Partial<PipelineSections>;
  /** Where each entry of a list with wrong entries was written; lists without any are not named. */
  readonly places: Partial<Readonly<Record<ListSection, readonly number[]>>>;
}

/** A field that is itself a problem was read: whoever asks for it has nothing to say. */
export class UnreadableField extends Error {}

/** Reads each section by itself, and each field and entry of it, so that one mistake does not hide another. */
export function readSections(value: unknown): { given: ReadableSections; problems: readonly Problem[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const problem = { field: 'default export', found: render(value), expected: 'definePipeline({ … })' };
    return { given: { sections: {}, places: {} }, problems: [problem] };
  }
  const known = Object.keys(sections);
  const problems: Problem[] = Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => ({ field: key, found: 'an unknown field', expected: `one of ${known.join(', ')}` }));
  const read: Record<string, unknown> = {};
  const places: Record<string, readonly number[]> = {};
  for (const [name, schema] of Object.entries(sections)) {
    const found: unknown = Reflect.get(value, name);
    const parsed = schema.safeParse(found);
    if (parsed.success) {
      read[name] = parsed.data;
      continue;
    }
    problems.push(...parsed.error.issues.flatMap((issue) => toProblems(issue, name, found)));
    if (Array.isArray(found)) places[name] = rightEntries(schema, found);
    const wrong = new Set(parsed.error.issues.map(({ path }) => path[0]));
    const rest = Array.isArray(found) ? readEntries(schema, found, places[name]) : readFields(schema, found, wrong);
    if (rest !== undefined) read[name] = rest;
  }
  return { given: { sections: read, places }, problems };
}

function readEntries(schema: z.ZodType, list: readonly unknown[], right: readonly number[] = []): readonly unknown[] {
  return right.map((index) => schema.parse([list[index]])).flat();
}

/** The section without its wrong fields; undefined where nothing of it can be read. */
function readFields(
  schema: z.ZodType,
  found: unknown,
  wrong: ReadonlySet<PropertyKey | undefined>,
): object | undefined {
  const fields = fieldsOf(schema);
  if (fields === null || typeof found !== 'object' || found === null) return undefined;
  const right = {};
  for (const [name, field] of Object.entries(fields)) {
    const parsed = field.safeParse(Reflect.get(found, name));
    if (wrong.has(name)) Object.defineProperty(right, name, { get: refuse, enumerable: true });
    else if (parsed.success && parsed.data !== undefined) Reflect.set(right, name, parsed.data);
  }
  return right;
}

function refuse(): never {
  throw new UnreadableField();
}

function rightEntries(schema: z.ZodType, list: readonly unknown[]): readonly number[] {
  return [...list.keys()].filter((index) => schema.safeParse([list[index]]).success);
}

function fieldsOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | null {
  if (schema instanceof z.ZodPrefault) return fieldsOf(schema.unwrap() as z.ZodType);
  return schema instanceof z.ZodObject ? schema.shape : null;
}

function toProblems(issue: z.core.$ZodIssue, section: string, value: unknown): Problem[] {
  const field = [section, ...issue.path.map(String)].join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: `${field}.${key}`,
      found: 'an unknown field',
      expected: 'a field that the reference lists',
    }));
  }
  return [{ field, found: render(valueAt(value, issue.path)), expected: issue.message }];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

function render(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  return JSON.stringify(value).slice(0, 120);
}
