import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  judgeDisk,
  judgeFindings,
  judgeSearchAttributes,
  judgeServer,
  judgeTool,
  renderDoctor,
  type DoctorCheck,
} from '../../cli/doctor-checks.js';
import { registerDoctor } from '../../cli/doctor.js';
import { temporalCliVersion } from '../../scripts/toolchain/versions.mjs';
import { runJson } from '../support/cli-run.js';
import { CliStory } from '../support/cli-story.js';

describe('gauntlet doctor', () => {
  it('reports tools, disk, store and servers without making or starting anything', async () => {
    const stateDir = path.join(await mkdtemp(path.join(tmpdir(), 'gauntlet-doctor-')), 'state');
    const { checks } = await runJson<{ checks: DoctorCheck[] }>(registerDoctor, ['doctor'], {
      GAUNTLET_STATE_DIR: stateDir,
    });
    const found = new Map(checks.map((check) => [check.name, check]));
    expect(found.get('Node.js')).toMatchObject({ status: 'ok' });
    expect(found.get('Store')?.found).toBe(`${stateDir}/store, made at the first use`);
    expect(found.get('Temporal')).toMatchObject({ status: 'optional' });
    expect(found.get('MLflow')?.advice).toContain('MLFLOW_TRACKING_URI');
    await rm(path.dirname(stateDir), { recursive: true });
  });

  it('names the identity of the store', async () => {
    const story = await CliStory.create();
    const { checks } = await runJson<{ checks: DoctorCheck[] }>(registerDoctor, ['doctor'], {
      GAUNTLET_STATE_DIR: story.stateDir,
    });
    expect(checks.find(({ name }) => name === 'Store')?.found).toContain(story.store.identity);
    await story.remove();
  });

  it('names the version of a Temporal CLI that the tool chain built, not what the binary calls itself', async () => {
    const cache = await mkdtemp(path.join(tmpdir(), 'gauntlet-doctor-'));
    const cli = path.join(cache, `temporal-${temporalCliVersion}`, 'temporal');
    await mkdir(path.dirname(cli));
    await writeFile(cli, '#!/bin/sh\necho temporal version 0.0.0-DEV\n', { mode: 0o755 });
    const versionWith = async (env: Readonly<Record<string, string>>) => {
      const surroundings = { GAUNTLET_STATE_DIR: cache, GAUNTLET_CACHE: cache, TEMPORAL_CLI_PATH: '', PATH: '/bin' };
      const { checks } = await runJson<{ checks: DoctorCheck[] }>(registerDoctor, ['doctor'], {
        ...surroundings,
        ...env,
      });
      return checks.find(({ name }) => name === 'Temporal CLI')?.found;
    };
    expect(await versionWith({})).toBe(`${temporalCliVersion} ${cli} (installed by Gauntlet)`);
    expect(await versionWith({ TEMPORAL_CLI_PATH: cli })).toBe(`temporal version 0.0.0-DEV ${cli} (found)`);
    await rm(cache, { recursive: true });
  });

  it('calls a tool missing that commands need, and optional what only tests need', () => {
    const absent = { status: 'missing', version: undefined, path: undefined, how: 'install it' } as const;
    expect(judgeTool({ name: 'Python environment', ...absent }, false).status).toBe('missing');
    expect(judgeTool({ name: 'Chromium', ...absent }, false).status).toBe('optional');
    expect(judgeTool({ name: 'Temporal CLI', ...absent }, false).status).toBe('missing');
    expect(judgeTool({ name: 'Temporal CLI', ...absent }, true).status).toBe('optional');
  });

  it('wants 2 GiB of disk, and not a byte more', () => {
    const limit = 2 * 1024 ** 3;
    expect(judgeDisk('/tmp', limit).status).toBe('ok');
    expect(judgeDisk('/tmp', limit - 1)).toMatchObject({ status: 'missing' });
  });

  it('names open findings of the ledgers, and search attributes that the server lacks, as nothing that is needed', () => {
    const finding = { pipeline: 'flights', says: 'alias champion is v5, expected v3', recordNumber: 42 };
    const found = judgeFindings([finding]);
    expect(found).toMatchObject({
      status: 'optional',
      found: 'flights: alias champion is v5, expected v3 (record 42)',
    });
    expect(judgeFindings([]).status).toBe('ok');
    expect(judgeSearchAttributes(['GauntletPhase'], 'temporal …').advice).toContain('temporal …');
    expect(judgeSearchAttributes([], '').status).toBe('ok');
  });

  it('says what to do about everything that is not there', () => {
    const away = judgeServer('MLflow', 'http://x', { status: 'away', why: 'refused' }, 'MLFLOW_TRACKING_URI');
    const text = renderDoctor([away, judgeDisk('/tmp', 0)]);
    expect(text).toContain('  - MLflow: start everything with `gauntlet dev`, or set MLFLOW_TRACKING_URI');
    expect(text).toContain('Not ready: Disk missing.');
  });
});
