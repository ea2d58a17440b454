import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { testChromium } from '../support/servers.js';

/** For root in a container and for machines without a network: Chromium asks nobody but our own servers. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Pages of a busy machine; every wait is for a condition and ends with it. */
const waitMs = 60_000;

/** The tool chain's Chromium. Fails, and says how to get one, where there is none. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await testChromium(), args: flags });
}

export async function openPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  page.setDefaultTimeout(waitMs);
  return page;
}

/** Keeps a picture for people who want to look, in the folder that GAUNTLET_SCREENSHOTS names; else does nothing. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  await keep(page, name, { viewport: { width: 1400, height: 1700 } });
}

/** The same of what is on the screen. */
export async function keepView(page: Page, name: string): Promise<void> {
  await keep(page, name, {});
}

/** The same of a page from top to bottom, at the width it has. */
export async function keepWholePage(page: Page, name: string): Promise<void> {
  await keep(page, name, { fullPage: true });
}

async function keep(
  page: Page,
  name: string,
  {
    viewport,
    fullPage = false,
  }: { readonly viewport?: { width: number; height: number }; readonly fullPage?: boolean },
): Promise<void> {
  const folder = process.env['GAUNTLET_SCREENSHOTS'];
  if (folder === undefined || folder === '') return;
  await mkdir(folder, { recursive: true });
  if (viewport !== undefined) await page.setViewportSize(viewport);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
}
