import { defineConfig } from 'vitest/config';

const reportFile = process.env['GAUNTLET_TEST_REPORT'] ?? '.gauntlet/test-report.json';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
    globalSetup: ['test/support/servers-setup.ts'],
    // Native libraries (DuckDB, ONNX Runtime, Temporal's core) want a process of their own, not a thread.
    pool: 'forks',
    // Every file may bring servers and native thread pools; more at once only slows two cores down.
    maxWorkers: 2,
    // Real servers and engines on a busy machine; the first hook that asks for MLflow waits for its cold start.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    reporters: process.env['CI'] ? ['default', 'json'] : ['default'],
    outputFile: { json: reportFile },
  },
});
