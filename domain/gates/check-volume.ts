import { formatDuration } from '../duration.js';
import type { GateSpec } from './gate-rule.js';
import type { GateFacts } from './check-facts.js';
import { checkOfParts, checkUnmeasured, type GatePart } from './gate-parts.js';
import type { GateCheck } from './gate-report.js';
import type { VolumeFacts } from './probes.js';

type Volume = Extract<GateSpec, { check: 'volume' }>;

/**
 * A window of the forecast's size is scored before the deadline and within memory. A report holds no timings, so it says
 * whether, and what was measured stands beside it.
 */
export function checkVolume(spec: Volume, { probes }: GateFacts): GateCheck {
  const { volume } = probes;
  if (volume?.status !== 'measured')
    return checkUnmeasured(spec, spec.deadlineMs, volume, 'speed and memory at volume');
  const { rows, measuredRows } = volume.facts;
  if (measuredRows === 0 || rows === 0) {
    const why = 'there are no rows that a forecast could be measured on';
    const open = { verdict: 'inconclusive', value: null, limit: spec.deadlineMs, unit: 'ms', why } as const;
    return checkOfParts(spec, measuredRows, [open]);
  }
  const { inTime, inMemory } = boundsKept(volume.facts);
  const window = `${String(rows)} rows, as measured on ${String(measuredRows)}, are`;
  const time: GatePart = {
    verdict: inTime ? 'pass' : 'fail',
    value: null,
    limit: spec.deadlineMs,
    unit: 'ms',
    why: `${window} scored ${inTime ? 'within' : 'later than'} the deadline of ${formatDuration(spec.deadlineMs)}`,
  };
  const memory: GatePart = {
    verdict: inMemory ? 'pass' : 'fail',
    value: null,
    limit: spec.memoryMb,
    unit: 'MB',
    why: `scoring takes ${inMemory ? 'no more' : 'more'} than ${String(spec.memoryMb)} MB`,
  };
  return checkOfParts(spec, measuredRows, [time, memory]);
}

/** Reports from before kept how many times the forecast fits, as a power of two; below 1 it does not. */
export function boundsKept(facts: VolumeFacts): { readonly inTime: boolean; readonly inMemory: boolean } {
  return 'inTime' in facts ? facts : { inTime: facts.timeHeadroom >= 1, inMemory: facts.memoryHeadroom >= 1 };
}
