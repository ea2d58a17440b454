import type { Notifier } from '../../activities/ports/notifier.js';

const timeoutMs = 10_000;

/** Posts to a webhook. Anything but a 2xx answer is an error, so that the caller tries again or says so. */
export const webhook: Notifier = {
  async notify(url, message) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`the webhook answered ${String(response.status)}`);
  },
};
