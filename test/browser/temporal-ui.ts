import type { FrameLocator, Locator, Page } from 'playwright-core';

/** What a person does in the Temporal UI, version 2.42. */
export interface TemporalUi {
  /** Opens the start form by its link, types the input (nothing for an empty form) and starts the run. */
  startRun(run: { readonly type: string; readonly workflowId: string; readonly input?: object }): Promise<void>;
  /** Opens the page of a run and waits until its badge says so. */
  openRun(workflowId: string, status: 'Running' | 'Completed' | 'Failed'): Promise<void>;
  /** The card on the open run's tab User Metadata: Markdown in a frame of its own. */
  openCard(): Promise<FrameLocator>;
  /** Sends a signal of the open run with one JSON text, through More Actions. */
  sendSignal(name: string, json: string): Promise<void>;
}

export function temporalUi(page: Page, url: string): TemporalUi {
  const workflows = `${url}/namespaces/default/workflows`;
  return {
    async startRun({ type, workflowId, input }) {
      const query = new URLSearchParams({ taskQueue: 'gauntlet', workflowType: type, workflowId });
      await page.goto(`${workflows}/start-workflow?${query.toString()}`);
      // The form is ready when it has looked for workers of the queue in the link.
      await page.getByText('Task Queue is Active').waitFor();
      if (input !== undefined) await typeJson(page, JSON.stringify(input), page);
      await page.getByRole('button', { name: 'Start Workflow', exact: true }).click();
      await page.getByText('Workflow started successfully').waitFor();
    },
    async openRun(workflowId, status) {
      await page.goto(`${workflows}/${workflowId}`);
      await page.locator('main, #content').getByText(status, { exact: true }).first().waitFor();
    },
    async openCard() {
      await page
        .getByRole('link', { name: 'User Metadata' })
        .or(page.getByRole('tab', { name: 'User Metadata' }))
        .click();
      return page.frameLocator('iframe[title=output]');
    },
    async sendSignal(name, json) {
      await page.getByRole('button', { name: 'More Actions' }).click();
      await page.getByRole('menuitem', { name: 'Send a Signal' }).click();
      const modal = page.getByTestId('signal-confirmation-modal').and(page.locator('[open]'));
      await modal.getByTestId('signal-select-button').click();
      await modal
        .getByRole('option')
        .filter({ has: page.getByText(name, { exact: true }) })
        .click();
      await typeJson(page, json, modal);
      await modal.getByRole('button', { name: 'Submit' }).click();
      await modal.waitFor({ state: 'hidden' });
    },
  };
}

/**
 * Types into the JSON editor. When it loses the focus it lays the text out on lines of its own, which moves the buttons
 * below: a click aimed at one of them before that would miss it.
 */
async function typeJson(page: Page, json: string, place: Page | Locator): Promise<void> {
  const editor = place.locator('.cm-content:visible').first();
  await editor.click();
  await page.keyboard.insertText(json);
  await editor.blur();
  await editor.locator('.cm-line').nth(2).waitFor();
}
