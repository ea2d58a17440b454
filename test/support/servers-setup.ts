import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { startMlflow, startS3Server, startTemporal } from '../../scripts/servers/index.mjs';
import {
  ensureChromium,
  ensurePythonEnvironment,
  ensureTestServer,
  locatePythonEnvironment,
  locateTemporalCli,
  locateTestServer,
} from '../../scripts/toolchain/index.mjs';
import type { TestServices } from './servers.js';

type Services = { [Name in keyof TestServices]: () => Promise<TestServices[Name]> };

const log = (line: string): void => {
  console.error(`[test servers] ${line}`);
};

/** Runs in the process that runs all tests. Answers their questions for servers and tools, each worked out once. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stateDir = mkdtempSync(join(tmpdir(), 'gauntlet-test-'));
  const stops: (() => Promise<void>)[] = [];
  await offerToolsInEnvironment();
  const broker = await startBroker(createServices(stateDir, stops));
  project.provide('testServices', broker.url);
  return async () => {
    broker.close();
    await Promise.all(stops.map((stop) => stop()));
    rmSync(stateDir, { recursive: true, force: true });
  };
}

/** Tools that are there already, for tests that start child processes; nothing is installed for this. */
async function offerToolsInEnvironment(): Promise<void> {
  const paths = {
    GAUNTLET_TEST_PYTHON: (await locatePythonEnvironment())?.path,
    GAUNTLET_TEST_TEMPORAL: locateTemporalCli()?.path,
    GAUNTLET_TEST_SERVER: locateTestServer()?.path,
  };
  for (const [name, path] of Object.entries(paths)) {
    if (path !== undefined) process.env[name] ??= path;
  }
}

function createServices(stateDir: string, stops: (() => Promise<void>)[]): Services {
  return {
    mlflow: async () => {
      const { url, stop } = await startMlflow({ stateDir, log });
      stops.push(stop);
      return { url };
    },
    temporal: async () => {
      const { address, uiUrl, stop } = await startTemporal({ stateDir, log });
      stops.push(stop);
      return { address, uiUrl };
    },
    python: async () => ({ path: await ensurePythonEnvironment({ log }) }),
    'test-server': async () => ({ path: await ensureTestServer({ log }) }),
    s3: async () => {
      const { stop, ...server } = await startS3Server({ stateDir: join(stateDir, 's3'), log });
      stops.push(stop);
      return server;
    },
    chromium: async () => ({ path: await ensureChromium({ log }) }),
    // Imported when it is asked for: few test runs need the whole product in this process.
    'seeded-state': async () => (await import('./seeded-state.js')).growSeed(join(stateDir, 'seed')),
    'workflow-bundle': async () => ({ path: await bundleWorkflows(join(stateDir, 'workflow-bundle.js')) }),
  };
}

async function bundleWorkflows(path: string): Promise<string> {
  const place = (name: string): string => fileURLToPath(new URL(`../../workflows/${name}.ts`, import.meta.url));
  const { code } = await bundleWorkflowCode({
    workflowsPath: place('index'),
    workflowInterceptorModules: [place('readable-payloads')],
    logger: new DefaultLogger('WARN'),
  });
  await writeFile(path, code);
  return path;
}

async function startBroker(services: Services): Promise<{ url: string; close: () => void }> {
  const answers = new Map<string, Promise<unknown>>();
  const answerTo = (name: string): Promise<unknown> => {
    const known = answers.get(name);
    if (known !== undefined) return known;
    if (!(name in services)) return Promise.reject(new Error(`There is no test service named ${name}.`));
    const answer = services[name as keyof Services]();
    answers.set(name, answer);
    return answer;
  };
  const server = createServer((request, response) => {
    answerTo((request.url ?? '').slice(1)).then(
      (answer) => response.end(JSON.stringify(answer)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
