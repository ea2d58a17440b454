import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import type { SeededState } from './seeded-state.js';

/*
 * Real servers and tools for tests. Each is started or installed when the first test asks for it, once per test run,
 * by the process that runs all tests (servers-setup.ts), and stopped when the run ends.
 */

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the process that runs all tests answers the questions of this module. */
    testServices: string;
  }
}

/** What the test run can be asked for, with what it answers. */
export interface TestServices {
  mlflow: { url: string };
  temporal: { address: string; uiUrl: string | undefined };
  python: { path: string };
  'test-server': { path: string };
  chromium: { path: string };
  s3: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string };
  'seeded-state': SeededState;
  'workflow-bundle': { path: string };
}

/** The tracking server that all tests of a run share: name experiments and models uniquely. */
export function testMlflow(): Promise<TestServices['mlflow']> {
  return ask('mlflow');
}

/** The Temporal development server that all tests of a run share: name task queues and workflow ids uniquely. */
export function testTemporal(): Promise<TestServices['temporal']> {
  return ask('temporal');
}

/** The interpreter of the environment with MLflow and the trainer's libraries. */
export async function testPython(): Promise<string> {
  return (await ask('python')).path;
}

/** The executable to give to `TestWorkflowEnvironment.createTimeSkipping` as an existing path. */
export async function testTimeSkippingServer(): Promise<string> {
  return (await ask('test-server')).path;
}

/** Fails where no browser can be had: a browser test that does not run has not passed. */
export async function testChromium(): Promise<string> {
  return (await ask('chromium')).path;
}

/** The S3-compatible server that all tests of a run share: make a bucket of your own. */
export function testS3(): Promise<TestServices['s3']> {
  return ask('s3');
}

/** Today's workflows as one bundle, made once per test run: what a worker runs and what old histories are replayed on. */
export async function testWorkflowBundle(): Promise<string> {
  return (await ask('workflow-bundle')).path;
}

/** A state folder whose pipelines have a champion and a challenger, for tests that copy it; made once per test run. */
export function testSeededState(): Promise<SeededState> {
  return ask('seeded-state');
}

async function ask<Name extends keyof TestServices>(name: Name): Promise<TestServices[Name]> {
  const { status, body } = await request(`${inject('testServices')}/${name}`);
  if (status !== 200) throw new Error(body);
  return JSON.parse(body) as TestServices[Name];
}

/** Without a limit of its own, unlike `fetch`: the first question may have to install a tool. */
function request(url: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      text(response).then((body) => {
        resolve({ status: response.statusCode, body });
      }, reject);
    }).once('error', reject);
  });
}
