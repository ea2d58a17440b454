import type { ImportanceFacts } from '../../domain/gates/probes.js';
import { formatSigned, formatValue } from './format.js';

export const importanceColumns = ['Feature', 'Challenger', 'SD', 'Champion', 'SD of champion', 'Shift'];

export function importanceRows(features: ImportanceFacts['features']): readonly (readonly string[])[] {
  return features.map(({ feature, challenger, champion }) => [
    feature,
    challenger === null ? 'not used' : formatValue(challenger.mean),
    formatValue(challenger?.sd ?? null),
    champion === null ? 'not used' : formatValue(champion.mean),
    formatValue(champion?.sd ?? null),
    challenger === null || champion === null ? '–' : formatSigned(challenger.mean - champion.mean),
  ]);
}
