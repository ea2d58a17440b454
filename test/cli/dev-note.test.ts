import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCommandSettings } from '../../cli/dev-note.js';

let stateDir: string;

beforeEach(() => {
  stateDir = mkdtempSync(path.join(tmpdir(), 'gauntlet-note-'));
});

afterEach(() => {
  rmSync(stateDir, { recursive: true });
});

function leaveNote(content: string): void {
  writeFileSync(path.join(stateDir, 'dev.json'), content);
}

const note = JSON.stringify({
  temporalAddress: '127.0.0.1:1111',
  temporalUiUrl: 'http://127.0.0.1:2222/',
  trackingUri: 'http://127.0.0.1:3333',
  pythonPath: '/opt/python',
  pid: 42,
});

describe('readCommandSettings', () => {
  it('finds a running development stack by its note', () => {
    leaveNote(note);
    expect(readCommandSettings({ GAUNTLET_STATE_DIR: stateDir })).toMatchObject({
      temporalAddress: '127.0.0.1:1111',
      temporalUiUrl: 'http://127.0.0.1:2222',
      trackingUri: 'http://127.0.0.1:3333',
      pythonPath: '/opt/python',
      devPid: 42,
      isDevStack: true,
    });
  });

  it('lets the environment win, and knows no UI for a server that is not of the stack', () => {
    leaveNote(note);
    const env = { GAUNTLET_STATE_DIR: stateDir, TEMPORAL_ADDRESS: 'temporal:7233', MLFLOW_TRACKING_URI: '' };
    expect(readCommandSettings(env)).toMatchObject({
      temporalAddress: 'temporal:7233',
      temporalUiUrl: null,
      trackingUri: 'http://127.0.0.1:3333',
      isDevStack: false,
    });
  });

  it.each(['', '{"temporalAddress": "127', 'null', '[]'])('takes the note %j as none', (content) => {
    leaveNote(content);
    expect(readCommandSettings({ GAUNTLET_STATE_DIR: stateDir })).toMatchObject({
      temporalAddress: '127.0.0.1:7233',
      devPid: null,
    });
  });
});
