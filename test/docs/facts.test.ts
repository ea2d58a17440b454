import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { FileDefinitions } from '../../adapters/definitions/file-definitions.js';
import { openStore } from '../../adapters/store/open-store.js';
import * as builders from '../../contracts/define-gates.js';
import { sections } from '../../contracts/pipeline-definition.js';
import { parseWorkflowInput } from '../../contracts/workflow-inputs.js';
import { failureTypes, type PermanentFailure } from '../../domain/failure-types.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { workflowTypes } from '../../domain/workflow-inputs.js';
import { blocksOf, readPage, sectionOf } from '../support/markdown.js';

describe('docs/workflows.md', () => {
  const page = readPage('docs/workflows.md');

  it.each(workflowTypes)('gives an input of %s that is accepted', (type) => {
    const [example = ''] = blocksOf(sectionOf(page, `## ${type}`), 'json');
    expect(parseWorkflowInput(type, JSON.parse(example))).toMatchObject({ pipeline: 'flights' });
  });

  it.each(workflowTypes)('names every field of %s', (type) => {
    const section = sectionOf(page, `## ${type}`);
    for (const field of fieldsOf(type)) expect(section).toContain(`\`${field}\``);
  });

  /** An unknown field is refused with the list of known ones. */
  function fieldsOf(type: (typeof workflowTypes)[number]): readonly string[] {
    try {
      parseWorkflowInput(type, { pipeline: 'flights', unknown: 1 });
    } catch (error) {
      const known = (error as PermanentFailure).problems[0]?.expected.replace('one of ', '').split(', ') ?? [];
      return known.filter((field) => !['pipeline', 'by', 'reason'].includes(field));
    }
    return [];
  }
});

describe('docs/runbook.md', () => {
  it.each(failureTypes)('says what to do about %s', (type) => {
    expect(sectionOf(readPage('docs/runbook.md'), '## Failure types')).toContain(`\`${type}\``);
  });
});

describe('docs/pipelines.md', () => {
  const page = readPage('docs/pipelines.md');

  it('lists every field of a definition', () => {
    const listed = [...sectionOf(page, '## The definition').matchAll(/^\| `([A-Za-z.]+)`/gm)].map(([, name]) => name);
    expect([...listed].sort()).toEqual(fieldsOfDefinition().sort());
  });

  it.each(Object.keys(builders))('says when %s(…) passes', (builder) => {
    expect(sectionOf(page, '## Gates')).toMatch(new RegExp('^\\| `' + builder + '\\(', 'm'));
  });

  it('gives a definition that loads', async () => {
    expect(await load('orders', blocksOf(page, 'ts')[0])).toMatchObject({ name: 'orders', watch: { cycles: 7 } });
  });

  it('gives one with a label that is a number, too', async () => {
    const [example] = blocksOf(sectionOf(page, '## A label that is a number'), 'ts');
    expect(await load('deliveries', example)).toMatchObject({
      label: { kind: 'regression' },
      analysis: { loss: 'absoluteError', margin: 0.1 },
    });
  });

  async function load(name: string, text = ''): Promise<PipelineDefinition> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-docs-'));
    try {
      const pipeline = path.join(folder, 'pipelines', name);
      await mkdir(pipeline, { recursive: true });
      await writeFile(path.join(pipeline, 'pipeline.ts'), text);
      await writeFile(path.join(pipeline, 'features.sql'), 'SELECT 1');
      const store = await openStore(path.join(folder, 'store'));
      return (await new FileDefinitions(path.dirname(pipeline), store).load(name)).definition;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
});

/** `section.field` for sections that are objects, down to fields that are none; the section itself for others. */
function fieldsOfDefinition(): string[] {
  return Object.entries(sections).flatMap(([name, schema]) => namesUnder(name, schema));
}

function namesUnder(name: string, schema: z.ZodType): readonly string[] {
  const shape = shapeOf(schema);
  if (shape === null) return [name];
  return Object.entries(shape).flatMap(([field, inner]: [string, z.ZodType]) => namesUnder(`${name}.${field}`, inner));
}

/** Looks through defaults. */
function shapeOf(schema: z.ZodType): object | null {
  const inner: unknown = Reflect.get(schema, 'shape') ?? Reflect.get(schema.def, 'innerType');
  if (typeof inner !== 'object' || inner === null) return null;
  return 'def' in inner ? shapeOf(inner as z.ZodType) : inner;
}
