import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { testMlflow, testPython, testTemporal } from '../support/servers.js';

describe('servers of a test run', () => {
  beforeAll(async () => {
    await testMlflow();
  });

  it('gives every test the same healthy MLflow server', async () => {
    const [one, other] = await Promise.all([testMlflow(), testMlflow()]);
    expect(other).toEqual(one);
    const health = await fetch(`${one.url}/health`);
    expect(await health.text()).toBe('OK');
  });

  it('gives every test the same Temporal server, with its web pages', async () => {
    const [one, other] = await Promise.all([testTemporal(), testTemporal()]);
    expect(other).toEqual(one);
    const page = await fetch(`${String(one.uiUrl)}/namespaces/default/workflows`);
    expect(page.status).toBe(200);
  });

  it('gives an interpreter that exists', async () => {
    expect(existsSync(await testPython())).toBe(true);
  });
});
