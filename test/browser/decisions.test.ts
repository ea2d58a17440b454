import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowStatus } from '../../workflows/api.js';
import { askedFor, LiveStack, pausedAt, slowMs, until } from '../support/live-stack.js';
import { testSeededState } from '../support/servers.js';
import { keepPicture, openBrowser, openPage } from './chromium.js';
import { temporalUi, type TemporalUi } from './temporal-ui.js';

const pipeline = 'flights-promoted';

/** One challenger, three promotions of it, decided with mouse and keyboard. Version 1 stays champion until the last. */
describe('a person who decides in the Temporal UI', { timeout: slowMs }, () => {
  let folder: string;
  let stack: LiveStack;
  let browser: Browser;
  let page: Page;
  let ui: TemporalUi;

  beforeAll(async () => {
    browser = await openBrowser();
    folder = await mkdtemp(join(tmpdir(), 'gauntlet-decisions-'));
    const { stateDir, pipelinesDir } = await testSeededState();
    // A copy of its own, because this story changes a policy.
    await cp(pipelinesDir, folder, { recursive: true });
    stack = await LiveStack.open({ seed: stateDir, env: { GAUNTLET_PIPELINES: folder } });
    page = await openPage(browser);
    ui = temporalUi(page, stack.dev.temporalUiUrl ?? 'the UI of a server that was started elsewhere');
  }, slowMs);

  afterAll(async () => {
    await browser.close();
    await stack.close();
    await rm(folder, { recursive: true, force: true });
  }, slowMs);

  const champion = async () => (await stack.view().ledger(pipeline)).champion?.version;

  /** Starts the promotion of version 2 in the UI and waits until its card asks for a decision. */
  async function promote(workflowId: string) {
    await ui.startRun({ type: 'promote', workflowId, input: { pipeline, version: '2' } });
    const handle = stack.client.workflow.getHandle(workflowId);
    const status = await askedFor(handle);
    await ui.openRun(workflowId, 'Running');
    return { handle, status };
  }

  function decision(status: WorkflowStatus, reason: string): string {
    return JSON.stringify({ reportDigest: status.reportDigest?.slice(0, 12), by: 'Maria', reason });
  }

  it('who rejects sees the promotion end as rejected, with the reason on its card', async () => {
    const { handle, status } = await promote('promote-rejected');
    await ui.sendSignal('reject', decision(status, 'fewer alarms wanted'));
    expect(await handle.result()).toMatchObject({ status: 'rejected' });
    await ui.openRun('promote-rejected', 'Completed');
    const card = await ui.openCard();
    await card.getByText('rejected by Maria: fewer alarms wanted').first().waitFor();
    await keepPicture(page, 'rejected-card');
    expect(await champion()).toBe('1');
  });

  it('who aborts needs no digest and sees the promotion end as aborted', async () => {
    const { handle } = await promote('promote-aborted');
    await ui.sendSignal('abort', JSON.stringify({ by: 'Night shift', reason: 'a freeze until Monday' }));
    expect(await handle.result()).toMatchObject({ status: 'aborted' });
    await ui.openRun('promote-aborted', 'Completed');
    const card = await ui.openCard();
    await card.getByText('aborted by Night shift: a freeze until Monday').first().waitFor();
    await keepPicture(page, 'aborted-card');
    expect(await champion()).toBe('1');
  });

  it('who approves a report that is not true any more sees the approval void and is asked again with the new one', async () => {
    const { handle, status } = await promote('promote-void');
    await changePolicy();
    await ui.sendSignal('approve', decision(status, 'good enough'));
    const again = await pausedAt(
      handle,
      ({ deadlineAt, reportDigest }) => deadlineAt !== null && reportDigest !== status.reportDigest,
    );
    await ui.openRun('promote-void', 'Running');
    const card = await ui.openCard();
    await card.getByText('The approval by Maria is void').first().waitFor();
    await keepPicture(page, 'void-approval-card');
    expect(await champion()).toBe('1');

    await ui.openRun('promote-void', 'Running');
    await ui.sendSignal('approve', decision(again, 'read again'));
    await until('version 2 is champion', async () => (await champion()) === '2');
    const { championHistory } = await stack.view().ledger(pipeline);
    expect(championHistory.at(-1)?.reportDigest).toBe(again.reportDigest);
  });

  /** A stricter gate: what was measured was measured for another policy. */
  async function changePolicy(): Promise<void> {
    const file = join(folder, pipeline, 'pipeline.js');
    const text = await readFile(file, 'utf8');
    const changed = text.replace('"margin": 1', '"margin": 0.9');
    expect(changed).not.toBe(text);
    await writeFile(file, changed);
  }
});
