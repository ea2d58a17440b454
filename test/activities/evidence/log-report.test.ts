import { expect, it } from 'vitest';
import { metricsOf } from '../../../activities/evidence/log-report.js';
import { metricTraits } from '../../../domain/metrics.js';

it('every metric of a report has a name that MLflow takes', () => {
  for (const { label } of Object.values(metricTraits)) {
    const logged = metricsOf({ metric: label, champion: 1, challenger: null, difference: '' });
    // The characters that MLflow's own error names.
    expect(logged.map(({ key }) => key).join()).toMatch(/^champion\.[A-Za-z0-9_\-./ :]+$/);
  }
});
