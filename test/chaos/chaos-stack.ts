import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { startMlflow, startS3Server, startTemporal } from '../../scripts/servers/index.mjs';
import { ensurePythonEnvironment } from '../../scripts/toolchain/index.mjs';
import { connectClient } from '../../workers/connection.js';
import { readSettings } from '../../workers/settings.js';
import type { Store } from '../../activities/ports/store.js';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { openTestHost } from '../support/s3-host.js';

/** A store on S3 that one life uses through a proxy; it is read behind the proxy. */
export interface LifeBucket {
  readonly proxy: FaultProxy;
  readonly env: Readonly<Record<string, string>>;
  readonly openStore: () => Promise<Store>;
}

/** Lives that are lived at once where nobody says otherwise. */
const usualLanes = 2;

/** Real servers for many lives: each life has a pipeline and a store of its own, so nothing of one is seen by another. */
export class ChaosStack {
  readonly folder: string;
  /** Namespaces of Temporal, in which lives can be lived at once. */
  readonly lanes: readonly string[];
  readonly temporalAddress: string;
  /** MLflow itself, for looking behind the proxy. */
  readonly trackingUri: string;
  /** Takes every message. */
  readonly webhookUrl: string;
  readonly #clients: readonly Client[];
  readonly #pythonPath: string;
  readonly #stops: readonly (() => unknown)[];
  #s3: ReturnType<typeof startS3Server> | undefined;

  private constructor(fields: {
    readonly folder: string;
    readonly lanes: readonly string[];
    readonly clients: readonly Client[];
    readonly temporalAddress: string;
    readonly trackingUri: string;
    readonly webhook: Webhook;
    readonly pythonPath: string;
    readonly stops: readonly (() => unknown)[];
  }) {
    this.folder = fields.folder;
    this.lanes = fields.lanes;
    this.webhookUrl = fields.webhook.url;
    this.#clients = fields.clients;
    this.temporalAddress = fields.temporalAddress;
    this.trackingUri = fields.trackingUri;
    this.#pythonPath = fields.pythonPath;
    this.#stops = fields.stops;
  }

  static async open(log: (line: string) => void = () => undefined, laneCount = usualLanes): Promise<ChaosStack> {
    const lanes = Array.from({ length: laneCount }, (_, lane) => `lane-${String(lane)}`);
    const folder = await mkdtemp(path.join(tmpdir(), 'gauntlet-chaos-'));
    const pythonPath = await ensurePythonEnvironment({ log });
    const [temporal, server] = await Promise.all([
      startTemporal({ stateDir: folder, log, extraArgs: lanes.flatMap((lane) => ['--namespace', lane]) }),
      startMlflow({ stateDir: folder, log, pythonPath }),
    ]);
    const { address: temporalAddress } = temporal;
    const settingsOf = (lane: string) => readSettings({ TEMPORAL_ADDRESS: temporalAddress, TEMPORAL_NAMESPACE: lane });
    const clients = await Promise.all(lanes.map((lane) => connectClient(settingsOf(lane))));
    const closing = clients.map((client) => () => client.connection.close());
    const webhook = await startWebhook();
    const stops = [...closing, webhook.close, temporal.stop, server.stop];
    return new ChaosStack({
      folder,
      lanes,
      clients,
      temporalAddress,
      trackingUri: server.url,
      webhook,
      pythonPath,
      stops,
    });
  }

  /** A folder of one life's own. */
  async makeFolder(name: string): Promise<string> {
    const folder = path.join(this.folder, name);
    await mkdir(path.join(folder, 'work'), { recursive: true });
    await writeFile(path.join(folder, 'worker.log'), '');
    return folder;
  }

  clientOf(lane: number): Client {
    const client = this.#clients[lane];
    if (client === undefined)
      throw new RangeError(`there are ${String(this.lanes.length)} lanes, found ${String(lane)}`);
    return client;
  }

  /** What a life's workers see, besides `extra`. */
  environment(
    folder: string,
    { pipelines, lane }: { readonly pipelines: string; readonly lane: number },
    extra: NodeJS.ProcessEnv,
  ): NodeJS.ProcessEnv {
    return {
      ...process.env,
      TEMPORAL_NAMESPACE: this.lanes[lane],
      GAUNTLET_STATE_DIR: folder,
      GAUNTLET_PIPELINES: pipelines,
      GAUNTLET_ANCHOR_FILE: path.join(folder, 'anchors'),
      GAUNTLET_PYTHON: this.#pythonPath,
      TEMPORAL_ADDRESS: this.temporalAddress,
      MLFLOW_TRACKING_URI: this.trackingUri,
      ...extra,
    };
  }

  /** A bucket of one life's own, behind a proxy. The S3 server is started for the first one. */
  async makeBucket(name: string): Promise<LifeBucket> {
    this.#s3 ??= startS3Server({ stateDir: path.join(this.folder, 's3'), log: () => undefined });
    const server = await this.#s3;
    await mkdir(path.join(this.folder, 's3', 'buckets', name), { recursive: true });
    const proxy = await startFaultProxy(server.endpoint);
    const keys = { AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey };
    Object.assign(process.env, keys, { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' });
    const location = `s3://${name}/store`;
    const connection = { endpoint: server.endpoint, region: server.region };
    return {
      proxy,
      env: { ...keys, GAUNTLET_STORE: location, GAUNTLET_S3_ENDPOINT: proxy.endpoint },
      openStore: async () => {
        const workDir = path.join(this.folder, name, 'reader');
        return (await openTestHost(location, { connection, workDir })).store;
      },
    };
  }

  async close(): Promise<void> {
    await (await this.#s3)?.stop();
    for (const stop of this.#stops) await stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

interface Webhook {
  readonly url: string;
  readonly close: () => void;
}

async function startWebhook(): Promise<Webhook> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${String(port)}/`, close };
}
