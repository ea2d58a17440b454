import { formatDuration } from '../duration.js';
import type { GateSpec } from '../pipeline-definition.js';
import type { GateFacts } from './check-facts.js';
import { checkOfParts, checkUnmeasured, type GatePart } from './gate-parts.js';
import type { GateCheck } from './gate-report.js';

type Volume = Extract<GateSpec, { check: 'volume' }>;

/** Headroom below this means that the forecast misses its bound. */
const ENOUGH = 1;

/** A window of the forecast's size is scored before the deadline and within memory. A report holds no times, so both are given as headroom. */
export function checkVolume(spec: Volume, { probes }: GateFacts): GateCheck {
  const { volume } = probes;
  if (volume?.status !== 'measured') return checkUnmeasured(spec, ENOUGH, volume, 'speed and memory at volume');
  const { rows, measuredRows, timeHeadroom, memoryHeadroom } = volume.facts;
  if (measuredRows === 0 || rows === 0) {
    const why = 'there are no rows that a forecast could be measured on';
    return checkOfParts(spec, measuredRows, [{ verdict: 'inconclusive', value: null, limit: ENOUGH, why }]);
  }
  const window = `${String(rows)} rows, as measured on ${String(measuredRows)},`;
  return checkOfParts(spec, measuredRows, [
    headroom(timeHeadroom, `${window} fit`, `into the deadline of ${formatDuration(spec.deadlineMs)}`),
    headroom(memoryHeadroom, 'they fit', `into ${String(spec.memoryMb)} MB`),
  ]);
}

function headroom(value: number, what: string, where: string): GatePart {
  const isEnough = value >= ENOUGH;
  const how = isEnough ? `at least ${String(value)} times` : 'not even once';
  return { verdict: isEnough ? 'pass' : 'fail', value, limit: ENOUGH, why: `${what} ${how} ${where}` };
}
