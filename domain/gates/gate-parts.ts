import type { GateSpec } from './gate-rule.js';
import { combineVerdicts, type Verdict } from '../verdict.js';
import { plainCheck } from './check-facts.js';
import { gateName } from './gate-name.js';
import type { GateCheck } from './gate-report.js';
import type { GateUnit } from './measured-text.js';
import type { Measured } from './probes.js';

/** One of the questions that a gate asks, in the order in which a reader wants to know. */
export interface GatePart {
  readonly verdict: Verdict;
  readonly value: number | null;
  readonly limit: number;
  /** Of both; left out where they are plain numbers. */
  readonly unit?: GateUnit;
  /** With its numbers; a clause of the sentence. */
  readonly why: string;
  readonly interval?: GateCheck['interval'];
  readonly minimumDetectable?: number | null;
}

/**
 * A gate that asks several questions: all have to be answered well. Value and limit are those of the question that
 * decides, so that a refused challenger is shown what refused it; the sentence names every question that does, or all of
 * them where all are answered well.
 */
export function checkOfParts(spec: GateSpec, rows: number, parts: readonly [GatePart, ...GatePart[]]): GateCheck {
  const verdict = combineVerdicts(parts.map((part) => part.verdict));
  const deciding = parts.filter((part) => part.verdict === verdict);
  const [first] = deciding;
  const { value, limit, unit, interval = null, minimumDetectable = null } = first ?? parts[0];
  const why = deciding.map((part) => part.why).join('; ');
  return {
    ...plainCheck({ name: gateName(spec), spec, limit, value, rows, verdict, why }),
    ...(unit === undefined ? {} : { unit }),
    interval,
    minimumDetectable,
  };
}

/** What a gate says when its probe gave no facts: nothing about the model, and never a pass. */
export function checkUnmeasured(
  spec: GateSpec,
  limit: number,
  probe: Exclude<Measured<unknown>, { readonly status: 'measured' }> | null,
  what: string,
): GateCheck {
  const verdict = probe?.status === 'error' ? 'error' : 'inconclusive';
  const why = probe === null ? `${what} was not measured` : `${what} could not be measured: ${probe.why}`;
  const check = plainCheck({ name: gateName(spec), spec, limit, value: null, rows: 0, verdict, why });
  const unit = unitsOfLimits[spec.check];
  return unit === undefined ? check : { ...check, unit };
}

/** Of the limit that a gate is known by. */
const unitsOfLimits: Readonly<Partial<Record<GateSpec['check'], GateUnit>>> = {
  volume: 'ms',
  'data-quality': 'share',
  'no-skew': 'share',
  robust: 'share',
  fair: 'share',
};

/** A clause for something that is within its limit or not, and is known exactly. */
export function limitPart(value: number, limit: number, why: string, unit?: GateUnit): GatePart {
  const verdict = value <= limit ? 'pass' : 'fail';
  return { verdict, value, limit, why, ...(unit === undefined ? {} : { unit }) };
}
