import { it } from 'vitest';
import { ChaosStack } from './chaos-stack.js';
import { live, liveAll, violationsOf } from './crash-suite.js';
import { casesOf, onceEach, planLives } from './crash-plan.js';
it('sample', async () => {
  const t0 = Date.now();
  const stack = await ChaosStack.open();
  console.log('stack', Date.now() - t0);
  try {
    const calm = await live(stack, 'calm');
    console.log('calm', Date.now() - t0, calm.problems);
    const all = casesOf(calm.steps, ['SIGKILL', 'SIGTERM', 'hang']);
    const plans = planLives(onceEach(casesOf(calm.steps, ['SIGKILL'])), 4);
    console.log('all cases', all.length, 'all lives', planLives(all, 3).length, 'sample lives', plans.length, plans.map((p) => [...p.values()].flat().length));
    await liveAll(stack, plans, { prefix: 'killed', tell: (r) => {
      console.log(r.name, Date.now() - t0, 'crashed', r.steps.flatMap((s) => s.crashed).length, 'missed', JSON.stringify(r.steps.flatMap((s) => s.missed.map((m) => s.step + ' ' + m.point + '#' + m.pass))), violationsOf(r, calm.outcome));
    } });
  } finally { await stack.close(); }
}, 900000);
