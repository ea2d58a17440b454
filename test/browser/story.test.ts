import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client } from '@temporalio/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readLedgerAfresh } from '../../activities/ledger/read-ledger.js';
import { openStore } from '../../adapters/store/open-store.js';
import { startDevStack, type DevStack } from '../../cli/dev-stack.js';
import { connectClient } from '../../workers/connection.js';
import { keepPicture, keepView, keepWholePage, openBrowser, openPage } from './chromium.js';
import { findFaults } from './page-checks.js';
import { temporalUi, type TemporalUi } from './temporal-ui.js';

/*
 * A person's day in the real Temporal UI on a real development stack. The tests tell one story in this order: a model is
 * trained first, by the client; everything else is done with the mouse and the keyboard.
 */

const flights = { pipeline: 'flights' };
/** Starting the servers and training take most of it, more where other work shares the machine. */
const preparationMs = 240_000;
const chapterMs = 120_000;

let folder: string;
let stack: DevStack;
let client: Client;
let browser: Browser;
let page: Page;
let ui: TemporalUi;

beforeAll(async () => {
  // The browser first: where there is none, nothing else needs to start.
  browser = await openBrowser();
  folder = await mkdtemp(join(tmpdir(), 'gauntlet-browser-'));
  stack = await startDevStack({ stateDir: folder, log: () => undefined });
  if (stack.temporalUiUrl === undefined)
    throw new Error('TEMPORAL_ADDRESS names a server whose UI is not known; unset it');
  client = await connectClient(stack.settings);
  page = await openPage(browser);
  ui = temporalUi(page, stack.temporalUiUrl);
  await client.workflow.execute('retrain', { taskQueue: 'gauntlet', workflowId: 'retrain', args: [flights] });
}, preparationMs);

afterAll(async () => {
  await browser.close();
  await client.connection.close();
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

async function readChampion() {
  const { state } = await readLedgerAfresh(await openStore(stack.settings.storeLocation), flights.pipeline);
  return state.champion;
}

describe('a person in the Temporal UI', () => {
  test(
    'who starts score with an empty form sees at once which field is missing and what would work',
    async () => {
      await ui.startRun({ type: 'score', workflowId: 'score-empty' });
      await ui.openRun('score-empty', 'Failed');
      await page.getByText('input: found nothing, expected one JSON object').first().waitFor();
      await page.getByText('example: {"pipeline":"flights"}').first().waitFor();
      await keepPicture(page, 'empty-form');
    },
    chapterMs,
  );

  test(
    'who promotes the first version reads the verdict on its card, pastes the JSON shown there and sees it become champion',
    async () => {
      await ui.startRun({ type: 'promote', workflowId: 'promote-first', input: { ...flights, bootstrap: true } });
      const waiting = client.workflow.getHandle('promote-first');
      await expect
        .poll(() => waiting.query<{ phase: string }>('status'), { timeout: chapterMs, interval: 500 })
        .toMatchObject({
          phase: 'gates passed',
        });
      await ui.openRun('promote-first', 'Running');
      const card = await ui.openCard();
      await card.getByText('flights v1 passed all 8 checks against the baseline').waitFor();
      const approval = (await card.locator('pre').first().innerText()).trim();
      await keepPicture(page, 'promote-card');
      expect(JSON.parse(approval)).toMatchObject({ by: 'your name', reason: 'why' });

      await ui.sendSignal('approve', approval.replace('your name', 'Maria').replace('"why"', '"better than the rule"'));
      const result: unknown = await waiting.result();
      await ui.openRun('promote-first', 'Completed');
      const finalCard = await ui.openCard();
      await finalCard.getByText('Version 1 is champion of flights').first().waitFor();
      await finalCard.getByText('Approved by Maria').first().waitFor();
      await keepPicture(page, 'promoted-card');
      expect(result).toMatchObject({
        status: 'promoted',
        approvedBy: 'Maria',
        summary: expect.stringContaining('Version 1') as string,
      });
      expect((await readChampion())?.version).toBe('1');
    },
    chapterMs,
  );

  test(
    'who starts score with the name of a pipeline sees the run complete and what it published',
    async () => {
      await ui.startRun({ type: 'score', workflowId: 'score-first', input: flights });
      await ui.openRun('score-first', 'Completed');
      await page.getByText('"published"').first().waitFor();
      const card = await ui.openCard();
      await card.getByText('served by').waitFor();
      await card.getByText('v1 (champion)').waitFor();
      await keepPicture(page, 'score-card');
    },
    chapterMs,
  );

  test(
    'who follows the link on the card reads the gate report in MLflow',
    async () => {
      await ui.openRun('promote-first', 'Completed');
      const card = await ui.openCard();
      const link = await card.getByRole('link', { name: 'the full report' }).getAttribute('href');
      await page.goto(link ?? 'about:blank');
      const report = page
        .frameLocator('iframe')
        .getByRole('heading', { name: 'flights: flights v1 against the baseline' });
      await report.waitFor();
      expect(await report.isVisible()).toBe(true);
      await keepPicture(page, 'mlflow-report');

      await page.goto((link ?? '').replace(/\/artifacts\/.*$/, ''));
      await page.getByRole('heading', { name: 'Model card: flights v1' }).first().waitFor();
      await keepPicture(page, 'mlflow-model-card');
    },
    chapterMs,
  );

  test.each([
    ['desktop', { width: 1280, height: 1160 }],
    ['phone', { width: 390, height: 844 }],
  ] as const)('who opens the page of that report on a %s reads all of it', async (screen, viewport) => {
    const store = await openStore(stack.settings.storeLocation);
    const { state } = await readLedgerAfresh(store, flights.pipeline);
    const digest = state.championHistory.at(-1)?.reportDigest ?? 'none';
    const file = await store.localPath(`reports/${digest}/report.html`);
    const reader = await browser.newPage({ viewport });
    await reader.goto(pathToFileURL(file).href);
    expect(await findFaults(reader)).toMatchObject({ overflowing: [], unnamedDrawings: [], faintTexts: [] });
    await keepView(reader, `gate-report-${screen}`);
    await keepWholePage(reader, `whole-gate-report-${screen}`);
    await reader.close();
  });
});
