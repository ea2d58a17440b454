import path from 'node:path';
import type { Command } from 'commander';
import type { PlacedAnchor } from '../activities/verify/check-anchors.js';
import { verifyPipeline } from '../activities/verify/verify-pipeline.js';
import type { VerifyCheck } from '../domain/verify/check.js';
import type { Services } from '../workers/services.js';
import { runCommand, type CommandContext } from './command-context.js';
import { defineVerb } from './define-verb.js';
import { exitCodes } from './exit-codes.js';
import { assertKnownPipeline, listKnownPipelines } from './known-pipelines.js';
import { readAnchors } from './read-anchors.js';
import { countOf } from './text-table.js';
import { composeVerification, renderVerification, type Verification } from './verification.js';
import { watchStore } from './watched-store.js';

export function registerVerify(program: Command): void {
  defineVerb(program, {
    usage: 'verify [pipeline]',
    description: 'Checks ledger, evidence, models, snapshots and published files against each other; needs no server',
    examples: [
      'gauntlet verify',
      'gauntlet verify flights',
      'gauntlet verify flights --anchors',
      'gauntlet verify flights --json',
    ],
    results: 'problems found are 3',
  })
    .option('--anchors', 'compare the ledger with its anchor in MLflow as well, which has to be reachable')
    .action((pipeline: string | undefined, options: { json?: boolean; anchors?: boolean }) =>
      runCommand(options, async (context) => {
        const services = await context.services();
        if (pipeline !== undefined) await assertKnownPipeline(services, pipeline);
        const names = pipeline === undefined ? await listKnownPipelines(services) : [pipeline];
        const verifications: Verification[] = [];
        for (const name of names) {
          const anchors = await readAnchors(services, name, options.anchors === true);
          const checks = await runChecks(services, context, name, anchors);
          verifications.push(composeVerification(name, checks));
        }
        const [only] = verifications;
        return {
          exitCode: verifications.every(({ clean }) => clean) ? exitCodes.done : exitCodes.no,
          text: verifications.map(renderVerification).join('\n\n') || 'There is no pipeline to verify.',
          json: pipeline !== undefined && only !== undefined ? only : { pipelines: verifications },
        };
      }),
    );
}

/** Files are counted as they are read, because hashing a large store takes minutes. */
async function runChecks(
  services: Services,
  { settings, progress }: Pick<CommandContext, 'settings' | 'progress'>,
  pipeline: string,
  anchors: readonly PlacedAnchor[],
): Promise<readonly VerifyCheck[]> {
  const [{ DeltaPredictionTable }, { ParquetRowCounter }] = await Promise.all([
    import('../adapters/delta/delta-prediction-table.js'),
    import('../adapters/delta/parquet-row-counter.js'),
  ]);
  const store = watchStore(services.store, (reads) => {
    progress.draw(`  verifying ${pipeline}: ${countOf(reads, 'file')} read`);
  });
  const rowCounter = new ParquetRowCounter(path.join(settings.workDir, 'spill'));
  const checks = await verifyPipeline({ store, table: new DeltaPredictionTable(store), rowCounter, pipeline, anchors });
  progress.draw('');
  return checks;
}
