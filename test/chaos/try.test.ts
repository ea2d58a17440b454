import { it } from 'vitest';
import { ChaosStack } from './chaos-stack.js';
import { discoverRoutes, faultCases, isWrite, liveWithFault, mlflowFaults, type MlflowFault } from './mlflow-faults.js';
it('faults', async () => {
  const t0 = Date.now();
  const stack = await ChaosStack.open();
  console.log('stack', Date.now() - t0);
  try {
    const { routes, outcome } = await discoverRoutes(stack);
    console.log(Date.now() - t0, routes);
    const cases = faultCases(routes);
    console.log('cases', cases.length);
    const writes = [...routes.keys()].filter(isWrite);
    const sample = (Object.keys(mlflowFaults) as MlflowFault[])
      .filter((f) => f !== 'stale read')
      .map((fault, i) => ({ fault, nth: 1, route: writes[(i * 7) % writes.length]! }));
    sample.push({ fault: 'stale read', nth: 3, route: 'GET /api/2.0/mlflow/registered-models/alias' });
    sample.push({
      fault: 'applied, then fail',
      nth: 1,
      route: writes.find((w) => w.includes('model-versions/create'))!,
    });
    const waiting = [...sample.entries()];
    await Promise.all(
      [0, 1].map(async (lane) => {
        for (let n = waiting.shift(); n !== undefined; n = waiting.shift()) {
          const r = await liveWithFault(stack, `faulty-${n[0]}`, n[1], { calm: outcome, lane });
          console.log(Date.now() - t0, JSON.stringify(r, null, 1));
        }
      }),
    );
  } finally {
    await stack.close();
  }
}, 900000);
