import { describe, expect, it } from 'vitest';
import { phaseKeyword, waitingKeyword } from '../../domain/listed-facts.js';

describe('the phase that runs are listed by', () => {
  it.each([
    ['scoring', 'scoring'],
    ['backtest: fold 1 of 3, 2001-03-05', 'backtest'],
    ['judging window 2 of 60', 'judging window'],
    ['training on 14,000 labelled rows', 'training'],
    ['restoring version 12', 'restoring version'],
    ['comparing, checking the gates, writing the report', 'comparing'],
    ['gates passed', 'gates passed'],
    ['', ''],
  ])('of %j is %j: it does not change with rows and windows', (phase, keyword) => {
    expect(phaseKeyword(phase)).toBe(keyword);
  });

  it('is no longer than a keyword may be', () => {
    expect(phaseKeyword('x'.repeat(5_000))).toHaveLength(80);
  });
});

describe('what runs are said to wait for', () => {
  it.each([
    [null, null],
    ["a person's approval of report 0123 until 2001-04-13T00:00:00.000Z", 'approval'],
    ['the model registry (setting the alias); tried again every few minutes', 'registry'],
    ['labels of 2 windows', 'labels'],
    ['2 more scored windows', 'windows'],
    ['the promotion of version 3', 'promotion'],
    ['the moon', 'other'],
  ])('%j is %j', (waitingFor, keyword) => {
    expect(waitingKeyword(waitingFor)).toBe(keyword);
  });
});
