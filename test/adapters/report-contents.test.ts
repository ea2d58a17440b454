import { describe, expect, test } from 'vitest';
import { createReportRenderer } from '../../adapters/report/report-renderer.js';
import { digestOf } from '../../contracts/digest.js';
import type { GateReport } from '../../domain/gates/gate-report.js';
import { airports, emptyReport, regressionReport, richComparison, richReport } from '../support/rich-reports.js';

const renderer = createReportRenderer();

/** What a reader sees, without tags and with entities read. */
async function textOf(report: GateReport): Promise<string> {
  const page = await renderer.renderHtml(report, digestOf(report));
  const text = page.replaceAll(/<style>[\s\S]*?<\/style>/g, '').replaceAll(/<[^>]+>/g, ' ');
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll(/\s+/g, ' ');
}

describe('the checks on the page', () => {
  test('stand in groups: what decides, what advises, what is only kept; an error is no verdict', async () => {
    const text = await textOf(richReport());
    expect(text).toContain('Enforced: 1 pass, 1 fail, 1 error');
    expect(text).toContain('Advice: 1 inconclusive');
    expect(text).toContain('Observed: 1 fail');
    expect(text.indexOf('Enforced:')).toBeLessThan(text.indexOf('Advice:'));
  });

  test('each show limit, value, interval, what would be noticed and rows', async () => {
    const text = await textOf(richReport());
    expect(text).toContain(
      'limit −0.015 · value 0.0069 · interval 0.0029 to 0.0109 · would notice 0.006 · 192,003 rows',
    );
  });

  test('write every number that people read with the same minus sign', async () => {
    const text = await textOf(richReport());
    expect(text).toContain('AUC −0.026 on 1400 rows');
    expect(text.match(/(^|[\s(])-\d/)).toBeNull();
  });
});

describe('what changes, and for whom', () => {
  test('names training windows and the parameters that differ, not those that do not', async () => {
    const text = await textOf(richReport());
    expect(text).toMatch(/trees 150 300/);
    expect(text).toMatch(/seed 1 2/);
    expect(text).not.toMatch(/leaves 7 7/);
    expect(text).toMatch(/Trained on 2001-02-01 to 2001-02-28/);
  });

  test('reads an interval by which way the metric is better, and says nothing where it holds zero', async () => {
    const text = await textOf(richReport());
    expect(text).toMatch(/AUC, more is better .{0,120}\+0\.0029 to \+0\.0109 0\.0060 better/);
    expect(text).toMatch(/log loss, less is better .{0,120}−0\.0053 to −0\.0029 0\.0018 better/);
    expect(text).toMatch(/Brier score, less is better .{0,120}\+0\.0029 to \+0\.0109 0\.0060 worse/);
    expect(text).toMatch(/calibration slope, best at 1 .{0,130}no difference shown/);
  });

  test('lists harmed slices, groups too small to judge, turned decisions and the rows that move most', async () => {
    const text = await textOf(richReport());
    expect(text).toContain('19 slices judged, 1 shown to be harmed');
    expect(text).toContain('(no value) (too small to judge)');
    expect(text).toMatch(/UA × West 20,000 4,000 – → 22\.0 %/);
    // Of 38,400 positives 4,700 turn; of the 153,603 others 4,200 do.
    expect(text).toMatch(/positive 33,700 4,700 \(83\.0 % right\) negative 4,200 \(45\.2 % right\) 149,403/);
    expect(text).toContain('The 10 rows of 192,003 whose score moves most');
  });

  test('names every slice in a table, however many there are', async () => {
    const page = await renderer.renderHtml(richReport(), 'd'.repeat(64));
    for (const airport of airports.filter((_, index) => index !== 3)) expect(page).toContain(airport);
  });
});

describe('how sure, and what it is worth', () => {
  test('says in words that rows were judged on before, and what that costs', async () => {
    expect(await textOf(richReport())).toContain(
      "This is the 3rd challenger judged on these rows, so it is tested at 1/3 of the level: intervals of 96.67 % instead of the policy's 90 %, each check one-sided at 1.67 % instead of 5 %.",
    );
  });

  test('says what the shrinking level does not promise: 5 % (1 + 1/2 + 1/3) over three challengers', async () => {
    expect(await textOf(richReport())).toContain(
      "That bounds each challenger's test, not all of them together: that a check errs for at least one of the 3 may have a chance of up to 9.17 %.",
    );
  });

  test('sets DeLong beside the bootstrap', async () => {
    const text = await textOf(richReport());
    // The standard errors are 0.002 and 0.0007.
    expect(text).toContain('2.9 times the standard error that DeLong');
    expect(text).toMatch(/DeLong, 192,003 independent rows \+0\.0069 0\.0007 \+0\.0054 to \+0\.0084/);
  });

  test('multiplies the value of a decision by the rows of a window, interval included', async () => {
    const text = await textOf(richReport());
    // 0.42 (0.11 to 0.73) EUR by 16,500 rows.
    expect(text).toMatch(/a window of 1 day, 16,500 rows \+6,930 \+1,815 to \+12,045/);
  });

  test('takes the rows of a window from the folds where no forecast was made', async () => {
    const report = richReport();
    const text = await textOf({ ...report, probes: { ...report.probes, volume: null } });
    // 192,003 rows in 12 days.
    expect(text).toContain('a window of 1 day, 16,000 rows as in the folds');
  });

  test('says that a value is not known where the definition gives none', async () => {
    const report = richReport();
    const task = { ...report.task, decision: { ...report.task.decision, value: null } };
    expect(await textOf({ ...report, task })).toContain('gives no value of its decisions');
  });

  test('tells time that fits from memory that does not', async () => {
    expect(await textOf(richReport())).toContain(
      'keeps the deadline of 15 minutes and does not keep the bound of 2,048 MB',
    );
  });
});

describe('whether the evidence holds', () => {
  test('says what has moved since training, inputs by name and scores by their mean', async () => {
    const text = await textOf(richReport());
    // Fifteen groups of equal size with mean scores 0/16 … 14/16: their mean is 7/16.
    expect(text).toContain(
      'Against 460,000 rows of training, 1 of 59 measured features have moved (feature_0) on the 192,003 rows of the folds. Its mean score was 0.2000 when its threshold was set and is 0.4375 on the folds.',
    );
  });

  test('shows values without any label, which are nowhere in the comparison', async () => {
    expect(await textOf(richReport())).toMatch(/Values with the fewest labels.*origin \(no value\) 40 0 0\.0 %/);
  });

  test('names training windows by fold of a backtest that trained anew, and offers no approval of it', async () => {
    const windows = {
      trainingWindow: { start: '2001-03-01T00:00:00.000Z', end: '2001-03-29T00:00:00.000Z' },
      validationWindow: { start: '2001-03-29T00:00:00.000Z', end: '2001-03-31T00:00:00.000Z' },
    };
    const side = { modelDigest: 'a', definitionDigest: 'd', knownAt: null, purgedRows: 1234, ...windows };
    const report = richReport({ refit: true, verdict: 'pass' });
    const sides = { rows: { champion: 'r', challenger: 'r' }, champion: null, challenger: side };
    const text = await textOf({ ...report, snapshots: report.snapshots.map((snapshot) => ({ ...snapshot, sides })) });
    expect(text).toContain('2001-03-01 to 2001-03-28 – 1,234');
    expect(text).toContain('this compares two recipes');
    expect(text).not.toContain('gauntlet approve');
  });
});

describe('reports with less in them', () => {
  test('say of every probe why nothing is known, and whether it failed', async () => {
    const text = await textOf(emptyReport());
    expect(text).toContain('Nothing is known: the snapshot is gone');
    expect(text).toContain('Measuring failed, which says nothing about the model: the snapshot is gone');
    expect(text).toContain('there are no labelled rows');
  });

  test('say of predictions of a number what was observed, and of no decision that it was right', async () => {
    const text = await textOf(regressionReport());
    expect(text).toContain(
      '600 of 10,000 decisions would change (6.0 %). Positive decisions go from 20.0 % to 21.0 %.',
    );
    expect(text).toContain('600 of 10,000 decisions: 350 to positive; 250 to negative.');
    expect(text).toContain('no decision is right or wrong and none has a value');
    expect(text).toContain('How the predictions are spread');
    expect(text).toContain('in 20 bins from 150.5 to 2,150 ');
    expect(text).toMatch(/champion 10 1,000 1,910 2,006 −95\.50/);
    expect(text).toMatch(/mean absolute error, less is better 1,235 \(1,200 to 1,270\) .{0,40}−54\.32/);
    expect(text).toContain('Do the predictions come true?');
    expect(text).not.toContain('Do the scores come true?');
    expect(text).not.toContain('for the better');
    expect(text).not.toContain('Difference in bias');
    expect(text).toContain('resamples of whole entities');
  });

  test('say of a metric that is best at a target that two of them are not compared', async () => {
    const report = regressionReport();
    const { mae } = report.comparison.pooled.differences;
    const differences = mae === undefined ? {} : { mae };
    const pooled = { ...report.comparison.pooled, differences };
    const text = await textOf({ ...report, comparison: { ...report.comparison, pooled } });
    expect(text).toMatch(/bias, best at 0 .{0,90}– it is best at 0, so two of them are not compared – not compared/);
  });

  test('call what a shuffled feature does to an error its rise, and to a score its loss', async () => {
    const numbers = regressionReport();
    const importance = richReport().probes.importance;
    if (importance?.status !== 'measured') throw new Error('the rich report has importance');
    const facts = { ...importance.facts, metric: 'mae' } as const;
    const probes = { ...numbers.probes, importance: { status: 'measured', facts } as const };
    expect(await textOf({ ...numbers, probes })).toContain('Rise of mean absolute error when one feature is shuffled');
    expect(await renderer.renderCard({ ...numbers, probes }, 'a'.repeat(64))).toContain('Rise of mean absolute error');
    expect(await textOf(richReport())).toContain('Loss of AUC when one feature is shuffled');
  });

  test('are read by a program as by a person: nothing is NaN, undefined or an object', async () => {
    for (const report of [richReport(), emptyReport(), regressionReport()]) {
      expect(await textOf(report)).not.toMatch(/NaN|undefined|\[object|Infinity/);
      expect(await renderer.renderCard(report, digestOf(report))).not.toMatch(/NaN|undefined|\[object|Infinity/);
    }
  });
});

describe('the model card', () => {
  const headings = [
    'Model details',
    'Intended use',
    'Factors',
    'Metrics',
    'Evaluation data',
    'Training data',
    'Quantitative analyses',
    'Ethical considerations',
    'Caveats and recommendations',
  ];

  test('has the headings of Mitchell et al. 2019 and the same numbers as the page', async () => {
    const card = await renderer.renderCard(richReport(), 'd'.repeat(64));
    expect([...card.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual(headings);
    expect(card).toContain('+0.0029 to +0.0109');
    expect(card).toContain('192,003 labelled rows');
    expect(card).toContain('PHX19');
    expect(card).toContain('worst-slice origin auc (enforce): fail');
  });

  test('does not say who approved it: it is part of what is approved', async () => {
    expect(await renderer.renderCard(richReport(), 'd'.repeat(64))).not.toMatch(/approved by/i);
  });

  test('lets no value break out of a table or bring in HTML', async () => {
    const attack = `a|b\n## Approved\n<script>alert(1)</script>`;
    const report = richReport({ pipeline: attack });
    const comparison = richComparison({ method: { ...richComparison().method } });
    const card = await renderer.renderCard(
      { ...report, comparison, task: { ...report.task, sensitive: [attack] } },
      'd',
    );
    expect(card).not.toContain('<script');
    expect(card).not.toMatch(/^## Approved/m);
    expect(card).toContain('a\\|b');
  });
});
