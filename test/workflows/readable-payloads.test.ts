import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseWorkflowInput } from '../../contracts/workflow-inputs.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { parseDecision } from '../../domain/promotion/decision-message.js';
import { signalNames, workflowTypes } from '../../workflows/api.js';
import { makeReadable, whyUnreadable } from '../../workflows/readable-payloads.js';
import { brokenPayload, jsonPayload } from '../support/broken-payloads.js';

type Activation = Parameters<typeof makeReadable>[0];

/** What a handler is given for a payload, decoded as the SDK does it after our look. */
function asHandled(payloads: Payload[]): unknown {
  const signalWorkflow = { signalName: 'approve', input: payloads };
  makeReadable({ jobs: [{ signalWorkflow }] } as Activation);
  return signalWorkflow.input[0] === undefined
    ? undefined
    : defaultPayloadConverter.fromPayload(signalWorkflow.input[0]);
}

describe('a payload from outside', () => {
  it('whatever it is, is decoded and refused, or read, without anything being thrown: 10,000 signals', () => {
    fc.assert(
      fc.property(
        fc.array(brokenPayload, { maxLength: 3 }),
        fc.constantFrom(...Object.values(signalNames)),
        (payloads, name) => {
          const parsed = parseDecision(name, asHandled(payloads));
          if (!parsed.ok) expect(parsed.problems.join('; ').length).toBeLessThan(3_000);
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it('as the input of a start, is refused with problems and an example, or read: 10,000 starts', () => {
    fc.assert(
      fc.property(brokenPayload, fc.constantFrom(...workflowTypes), (payload, type) => {
        const initializeWorkflow = { arguments: [payload] };
        makeReadable({ jobs: [{ initializeWorkflow }] } as Activation);
        const [only] = initializeWorkflow.arguments;
        try {
          parseWorkflowInput(type, only === undefined ? undefined : defaultPayloadConverter.fromPayload(only));
        } catch (error) {
          expect(error).toBeInstanceOf(PermanentFailure);
          expect(error).toMatchObject({ type: 'INVALID_INPUT' });
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it('that can be read reaches the handler as it was sent, and only the first of several', () => {
    const message = { by: 'Ada', reportDigest: 'ab12cd34', reason: 'ünïcödé' };
    expect(asHandled([jsonPayload(message), { data: new Uint8Array([1]) }])).toEqual(message);
    expect(asHandled([])).toBeUndefined();
  });

  it.each([
    [
      'with an encoding nobody knows',
      { metadata: { encoding: Buffer.from('binary/secret') }, data: Buffer.from('{}') },
      /secret/,
    ],
    ['without metadata', { data: Buffer.from('{}') }, /metadata/],
    ['that is broken JSON', { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"by":') }, /JSON/],
    [
      'that is bytes',
      { metadata: { encoding: Buffer.from('binary/plain') }, data: Buffer.from('{}') },
      /2 bytes that are not JSON/,
    ],
    ['that is too large', jsonPayload('x'.repeat(256 * 1024)), /262146 bytes, at most 262144/],
    [
      'that is nested too deep',
      { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('['.repeat(102) + ']'.repeat(102)) },
      /nested more than 100 deep/,
    ],
  ])('%s is replaced by why', (_, payload, why) => {
    expect(whyUnreadable(payload)).toMatch(why);
    expect(asHandled([payload])).toMatch(/^unreadable: /);
  });

  it('at the limits is read', () => {
    expect(whyUnreadable(jsonPayload('x'.repeat(256 * 1024 - 2)))).toBeNull();
    const deep = {
      metadata: { encoding: Buffer.from('json/plain') },
      data: Buffer.from('['.repeat(101) + ']'.repeat(101)),
    };
    expect(whyUnreadable(deep)).toBeNull();
  });
});

describe('the name of a signal', () => {
  it.each([
    ['approve', 'approve'],
    ['toString', 'toString'],
    ['__temporal_signal', 'reserved __temporal_signal'],
    ['__stack_trace', 'reserved __stack_trace'],
    ['', 'a signal without a name'],
  ])('%j is heard as %j', (sent, heard) => {
    const signalWorkflow = { signalName: sent, input: [] };
    makeReadable({ jobs: [{ signalWorkflow }] } as unknown as Activation);
    expect(signalWorkflow.signalName).toBe(heard);
  });
});
