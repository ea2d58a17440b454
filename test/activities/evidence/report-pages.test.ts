import { beforeEach, describe, expect, it } from 'vitest';
import { confirmReport } from '../../../activities/evidence/confirm-report.js';
import { findChangedPages, readPages, writePages } from '../../../activities/evidence/report-pages.js';
import type { ReportRenderer } from '../../../activities/ports/evaluation.js';
import { canonicalJson, digestOf } from '../../../contracts/digest.js';
import { comparison } from '../../support/comparisons.js';
import { gateReportOf } from '../../support/gate-reports.js';
import { digest } from '../../support/ledger.js';
import { MemoryStore } from '../../support/memory-store.js';

const report = gateReportOf(comparison());
const reportDigest = digestOf(report);
const page = `reports/${reportDigest}/report.html`;

const rendererOf = (version: string): ReportRenderer => ({
  renderHtml: () => Promise.resolve(`<p>${version}</p>`),
  renderCard: () => Promise.resolve(`# ${version}`),
});

let store: MemoryStore;
const write = (version = 'one') => writePages({ store, renderer: rendererOf(version) }, report, reportDigest);
const put = (path: string, text: string) => store.files.set(path, Buffer.from(text));

beforeEach(() => {
  store = new MemoryStore();
});

describe('the pages of a report', () => {
  it('are kept with what they are by hash, and answer the same when they are written again', async () => {
    const pages = await write();
    expect(pages).toEqual([
      { path: page, sha256: digest('<p>one</p>'), bytes: 10 },
      { path: `reports/${reportDigest}/model-card.md`, sha256: digest('# one'), bytes: 5 },
    ]);
    expect(await write()).toEqual(pages);
    expect(await readPages(store, reportDigest)).toEqual(pages);
  });

  it('stay those of the version of Gauntlet that wrote them', async () => {
    const pages = await write('one');
    expect(await write('two')).toEqual(pages);
  });

  it('are none for a report from before they were kept', async () => {
    expect(await readPages(store, reportDigest)).toEqual([]);
  });

  it('are told when one was changed or is gone', async () => {
    const pages = await write();
    put(page, '<p>promoted!</p>');
    store.files.delete(`reports/${reportDigest}/model-card.md`);
    expect(await findChangedPages(store, pages)).toMatchObject([
      { field: page, found: `a file with sha256 ${digest('<p>promoted!</p>')}` },
      { field: `reports/${reportDigest}/model-card.md`, found: 'nothing' },
    ]);
  });

  it('are refused when measured again over a changed one', async () => {
    await write();
    put(page, '<p>promoted!</p>');
    await expect(write()).rejects.toMatchObject({ type: 'STORE_MISMATCH', problems: [{ field: page }] });
  });

  it('are refused when what says their hashes is no such list', async () => {
    put(`reports/${reportDigest}/pages.json`, '{');
    await expect(readPages(store, reportDigest)).rejects.toMatchObject({ type: 'STORE_MISMATCH' });
  });

  it('stop a change of champion that was approved on a changed one', async () => {
    const pages = await write();
    put(`reports/${reportDigest}/report.json`, canonicalJson(report));
    await expect(confirmReport(store, reportDigest, pages)).resolves.toBeUndefined();
    put(page, '<p>promoted!</p>');
    await expect(confirmReport(store, reportDigest, pages)).rejects.toMatchObject({ type: 'STORE_MISMATCH' });
  });
});
