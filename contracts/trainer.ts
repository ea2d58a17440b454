import { z } from 'zod';

/** Largest seed that every library's 32-bit signed integer holds. */
const LARGEST_SEED = 2 ** 31 - 1;

const columnName = z.string().min(1);
const finite = z.number();

/** The request file a trainer is started with. All paths are absolute. */
export const trainerRequestSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    trainParquet: z.array(z.string().min(1)).min(1),
    validationParquet: z.array(z.string().min(1)).min(1),
    /** Model input columns in tensor order: float32, with categorical columns as dictionary codes; NULL is missing. */
    features: z.array(columnName).min(1),
    /** The feature columns that hold dictionary codes. */
    categorical: z.array(columnName),
    label: columnName,
    kind: z.enum(['binary', 'regression']),
    /** The trainer's own parameters; it refuses names it does not know. */
    params: z.record(z.string(), z.unknown()),
    seed: z.int().min(0).max(LARGEST_SEED),
    /** An empty folder that exists; model.onnx and report.json are left in it. */
    outputDir: z.string().min(1),
    /** A folder that exists and survives retries; a trainer may resume from what it left there. */
    checkpointDir: z.string().min(1),
  })
  .superRefine((request, context) => {
    const seen = new Set<string>();
    request.features.forEach((name, index) => {
      const path = ['features', index];
      if (seen.has(name)) context.addIssue({ code: 'custom', path, message: 'every feature listed once' });
      if (name === request.label) context.addIssue({ code: 'custom', path, message: 'not the label column' });
      seen.add(name);
    });
    request.categorical.forEach((name, index) => {
      if (!seen.has(name)) {
        context.addIssue({ code: 'custom', path: ['categorical', index], message: 'a column that is in features' });
      }
    });
  });

/** What a trainer says about the model it left in `outputDir/report.json`. Unknown fields are left out. */
export const trainerReportSchema = z.object({
  /** Measured on the validation rows unless the name says otherwise (`train.auc`). */
  metrics: z.record(z.string().min(1), finite),
  /** By feature name; larger matters more. The shipped trainer gives shares of the total gain. */
  importance: z.record(z.string().min(1), finite),
  libraryVersions: z.record(z.string().min(1), z.string()),
  rows: z.object({ train: z.int().min(1), validation: z.int().min(1) }),
  /** Rounds kept, counted from 1, where training has rounds. */
  bestIteration: z.int().min(1).optional(),
});

/** One line of JSON on a trainer's standard output. */
export const trainerProgressSchema = z.object({
  step: z.string().min(1).max(100),
  done: finite.min(0),
  total: finite.positive(),
  metrics: z.record(z.string(), finite).optional(),
});

export type TrainerRequest = z.infer<typeof trainerRequestSchema>;
export type TrainerReport = z.infer<typeof trainerReportSchema>;
export type TrainerProgress = z.infer<typeof trainerProgressSchema>;
