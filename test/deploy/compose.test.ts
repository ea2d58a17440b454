import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readComposeFile, readExampleVariables, readProjectFile, repositoryRoot } from './compose-file.js';

const compose = readComposeFile();
const services = Object.entries(compose.services);
const workers = services.filter(([name]) => name.startsWith('worker'));

function unique(names: Iterable<string>): string[] {
  return [...new Set(names)].sort();
}

describe('docker-compose.yml', () => {
  it('has all parts: database, Temporal with its UI, registry and workers', () => {
    expect(services.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        'postgresql',
        'temporal',
        'temporal-ui',
        'mlflow',
        'worker',
        'worker-compute',
        'worker-train',
      ]),
    );
  });

  it('mounts only files that exist and volumes that it declares', () => {
    const sources = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''));
    expect(sources.length).toBeGreaterThan(5);
    const unknown = sources.filter((source) =>
      source.startsWith('.') ? !existsSync(join(repositoryRoot, source)) : !(source in compose.volumes),
    );
    expect(unknown).toEqual([]);
    expect(Object.keys(compose.volumes).filter((name) => !sources.includes(name))).toEqual([]);
  });

  it('names the dynamic configuration file that lies in the folder it mounts', () => {
    const { DYNAMIC_CONFIG_FILE_PATH: path = '' } = compose.services['temporal']?.environment ?? {};
    expect(
      existsSync(join(repositoryRoot, path.replace('config/dynamicconfig', 'deploy/temporal/dynamicconfig'))),
    ).toBe(true);
  });

  it('uses exactly the variables that .env.example explains', () => {
    const used = unique(
      [...readProjectFile('docker-compose.yml').matchAll(/\$\{([A-Z_]+)/g)].map((match) => match[1] ?? ''),
    );
    const explained = readExampleVariables();
    expect(used).toEqual(unique(explained.map(({ name }) => name)));
    expect(explained.filter(({ comment }) => comment.trim().length < 20)).toEqual([]);
  });

  it('refuses to start with a variable left out, rather than with an empty password', () => {
    const lenient = [
      ...readProjectFile('docker-compose.yml').matchAll(/\$\{[A-Z_]+(?!:\?)[^A-Z_?][^}]*\}|\$\{[A-Z_]+\}/g),
    ];
    expect(lenient.map(([text]) => text)).toEqual([]);
  });

  it('pins every image, and none is the deprecated auto-setup', () => {
    for (const [name, { image = '' }] of services) {
      expect(image, name).toMatch(/:(\d+\.\d+(\.\d+)?(-\w+)?|\$\{GAUNTLET_CODE_VERSION:\?[^}]*\})$/);
      expect(image, name).not.toContain('auto-setup');
    }
  });

  it('opens its ports on this host only', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(2);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('waits for services that exist, for health only where a health check is, and for completion only of setup steps', () => {
    for (const [name, { depends_on: needs = {} }] of services) {
      for (const [needed, { condition }] of Object.entries(needs)) {
        const found = compose.services[needed];
        expect(found, `${name} needs ${needed}`).toBeDefined();
        if (condition === 'service_healthy') expect(found?.healthcheck, needed).toBeDefined();
        else expect(found?.entrypoint?.[0], needed).toBe('/bin/sh');
      }
    }
  });

  it('gives workers only variables that the worker reads', () => {
    const sources = ['workers/settings.ts', 'workers/main.ts'].map(readProjectFile).join('\n');
    const read = unique(
      [...sources.matchAll(/env, '([A-Z_]+)'|env\['([A-Z_]+)'\]/g)].map((match) => match[1] ?? match[2] ?? ''),
    );
    expect(read).toContain('TEMPORAL_ADDRESS');
    for (const [name, { environment = {} }] of workers) {
      expect(
        Object.keys(environment).filter((variable) => !read.includes(variable)),
        name,
      ).toEqual([]);
    }
  });

  it('has a worker for every task queue, and all share the store', () => {
    const queues = /taskQueues = \{([^}]*)\}/.exec(readProjectFile('workflows/api.ts'))?.[1] ?? '';
    const names = [...queues.matchAll(/(\w+):/g)].map((match) => match[1] ?? '');
    const served = workers.flatMap(([, service]) => (service.environment?.['GAUNTLET_QUEUES'] ?? '').split(','));
    expect(unique(served)).toEqual(unique(names));
    for (const [name, { volumes }] of workers)
      expect(volumes, name).toContain('gauntlet-store:/var/lib/gauntlet/store');
  });

  it('lets the registry be called by the name that workers use', () => {
    const address = new URL(workers[0]?.[1].environment?.['MLFLOW_TRACKING_URI'] ?? '');
    const allowed = /^MLFLOW_ALLOWED_HOSTS=(.*)$/m.exec(readProjectFile('.env.example'))?.[1]?.split(',');
    expect(allowed).toContain(address.host);
    expect(address.hostname in compose.services).toBe(true);
  });
});
