import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvidenceServices } from '../../../activities/evidence/evidence-plan.js';
import { measureVolume } from '../../../activities/evidence/probe-volume.js';
import type { ShardRequest } from '../../../activities/ports/scorer.js';
import type { GateSpec } from '../../../domain/gates/gate-rule.js';
import { probeOrders, type ProbedOrders } from '../../support/probed-orders.js';

describe('speed and memory at volume', () => {
  let orders: ProbedOrders;
  beforeAll(async () => {
    orders = await probeOrders(30);
  });
  afterAll(() => orders.remove());

  type VolumeGate = Extract<GateSpec, { check: 'volume' }>;
  const hour = 3_600_000;

  async function measure(changes: Partial<VolumeGate>, services: EvidenceServices = orders.services) {
    const gate: VolumeGate = {
      mode: 'enforce',
      check: 'volume',
      deadlineMs: hour,
      memoryMb: 4096,
      rows: null,
      ...changes,
    };
    const measured = await measureVolume(services, orders.job({}, { gates: [gate] }));
    if (measured.status !== 'measured') throw new Error(measured.why);
    return measured.facts;
  }

  it('measures the real scorer on rows of the folds, repeated until starting it no longer counts', async () => {
    const requests: ShardRequest[] = [];
    const { scorer } = orders.services;
    const watched: EvidenceServices = {
      ...orders.services,
      scorer: {
        ...scorer,
        scoreShard: async (request) => {
          const facts = await scorer.scoreShard(request);
          requests.push(request);
          expect(facts).toMatchObject({ rowsIn: 200_000, duplicateKeys: 0, missingKeys: 0 });
          return facts;
        },
      },
    };
    const facts = await measure({}, watched);
    expect(requests.length).toBe(2);
    // An hour is plenty for thirty rows, and four gigabytes for a small model.
    expect(facts).toMatchObject({ rows: 30, measuredRows: 200_000, deadlineMs: hour, memoryMb: 4096 });
    expect(facts).toMatchObject({ inTime: true, inMemory: true });
    expect(facts.figures.forecastMs).toBeGreaterThan(0);
    expect(facts.figures.forecastMs).toBeLessThan(hour);
    expect(facts.figures.peakMemoryMb).toBeGreaterThan(16);
    expect(facts.figures.peakMemoryMb).toBeLessThan(4096);
  });

  it('forecasts for the rows that the gate names', async () => {
    const facts = await measure({ rows: 1_000_000_000_000 });
    expect(facts.rows).toBe(1_000_000_000_000);
    expect(facts).toMatchObject({ inTime: false });
  });

  it('forecasts for the largest published window when the gate names no rows', async () => {
    await orders.scoring.run('r1');
    expect((await measure({})).rows).toBe(30);
  });

  it('finds a bound of memory that no process can keep', async () => {
    expect(await measure({ memoryMb: 1 })).toMatchObject({ inMemory: false });
  });
});
