import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { escapeHtml } from '../../adapters/report/html.js';
import { createReportRenderer } from '../../adapters/report/report-renderer.js';
import { digestOf } from '../../contracts/digest.js';
import type { GateReport } from '../../domain/gates/gate-report.js';
import { emptyReport, regressionReport, richReport } from '../support/rich-reports.js';
import { keepWholePage, openBrowser } from './chromium.js';
import { findFaults } from './page-checks.js';

/* The page of a gate report as a person sees it: on a desk, on a phone, on paper, and with scripts turned off. */

const screens = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } } as const;
/** Inner width of an A4 page at the browser's 96 dots an inch. */
const paper = { width: 718, height: 1000 };

const reports = { rich: richReport(), empty: emptyReport(), regression: regressionReport() } as const;
type ReportName = keyof typeof reports;

let folder: string;
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
  folder = await mkdtemp(join(tmpdir(), 'gauntlet-report-page-'));
  for (const [name, report] of Object.entries(reports)) await writePage(name, report);
});
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

async function writePage(name: string, report: GateReport): Promise<void> {
  await writeFile(join(folder, `${name}.html`), await createReportRenderer().renderHtml(report, digestOf(report)));
}

/** Opens a page and keeps what its console says. */
async function openReport(
  name: ReportName,
  screen: { readonly width: number; readonly height: number },
  options: { readonly javaScriptEnabled?: boolean } = {},
): Promise<{ readonly page: Page; readonly said: readonly string[] }> {
  const page = await browser.newPage({ viewport: screen, ...options });
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) said.push(`asks for ${request.url()}`);
  });
  await page.goto(pathToFileURL(join(folder, `${name}.html`)).href);
  return { page, said };
}

const noFaults = {
  overflowing: [],
  unnamedDrawings: [],
  unheadedTables: [],
  faintTexts: [],
  tornNumbers: [],
  skippedHeadings: [],
};

const cases = Object.keys(screens).flatMap((screen) =>
  Object.keys(reports).map((report) => [report, screen] as [ReportName, keyof typeof screens]),
);

describe('the page of a gate report', () => {
  test.each(cases)(
    '%s on a %s: nothing overflows, is unnamed, faint or unheaded; the console is silent',
    async (report, screen) => {
      const { page, said } = await openReport(report, screens[screen]);
      await keepWholePage(page, `report-${report}-${screen}`);
      expect(await findFaults(page)).toEqual(noFaults);
      await page.evaluate('document.querySelectorAll("details").forEach((details) => { details.open = true; })');
      expect(await findFaults(page)).toEqual(noFaults);
      expect(said).toEqual([]);
      await page.close();
    },
  );

  test('shows the verdict without scrolling, on a phone too', async () => {
    const { page } = await openReport('rich', screens.phone);
    const verdict = await page.locator('.verdict').boundingBox();
    expect((verdict?.y ?? Infinity) + (verdict?.height ?? 0)).toBeLessThan(screens.phone.height);
    await page.close();
  });

  test('reads the same with scripts turned off, tables of numbers included', async () => {
    const { page, said } = await openReport('rich', screens.phone, { javaScriptEnabled: false });
    await page.getByRole('heading', { name: 'What to do' }).waitFor();
    expect(await page.getByRole('img').count()).toBeGreaterThanOrEqual(10);
    const numbers = page.locator('figure').first();
    await numbers.locator('summary').click();
    expect(await numbers.getByRole('table').isVisible()).toBe(true);
    expect(said).toEqual([]);
    await page.close();
  });

  test('lets a phone read every row of the metrics without scrolling sideways', async () => {
    const { page } = await openReport('rich', screens.phone);
    const widths = await page.evaluate<readonly (readonly [number, number])[]>(
      '[...document.querySelectorAll(".scroll:has(> .stack)")].map((box) => [box.scrollWidth, box.clientWidth])',
    );
    expect(widths.length).toBeGreaterThan(5);
    for (const [needed, given] of widths) expect(needed).toBeLessThanOrEqual(given);
    await page.close();
  });

  test('cuts no table at the width of a phone', async () => {
    for (const report of ['rich', 'empty', 'regression'] as const) {
      const { page } = await openReport(report, screens.phone);
      const cut = await page.evaluate<readonly string[]>(
        '[...document.querySelectorAll(".scroll")].filter((box) => box.closest("details") === null && box.scrollWidth > box.clientWidth + 1).map((box) => box.getAttribute("aria-label"))',
      );
      expect(cut).toEqual([]);
      await page.close();
    }
  });

  test('fits on paper', async () => {
    const { page } = await openReport('rich', paper);
    await page.emulateMedia({ media: 'print' });
    const { overflowing, faintTexts } = await findFaults(page);
    const cut = await page.evaluate<number>(
      '[...document.querySelectorAll(".scroll")].filter((box) => box.closest("details") === null && box.scrollWidth > box.clientWidth + 1).length',
    );
    expect({ overflowing, faintTexts, cut }).toEqual({ overflowing: [], faintTexts: [], cut: 0 });
    const pdf = await page.pdf({ format: 'A4', printBackground: true });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await page.close();
  });

  test('shows itself in a frame that may do nothing, as MLflow shows artifacts', async () => {
    const page = await browser.newPage({ viewport: screens.desktop });
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    const html = await createReportRenderer().renderHtml(reports.rich, digestOf(reports.rich));
    await page.setContent(`<iframe sandbox width="900" height="700" srcdoc="${escapeHtml(html)}"></iframe>`);
    await page.frameLocator('iframe').getByRole('heading', { name: 'The checks' }).waitFor();
    expect(said).toEqual([]);
    await page.close();
  });
});
