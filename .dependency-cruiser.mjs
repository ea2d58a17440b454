/** Which part may know which: the import directions of the design as named rules. Every arrow that is absent is meant. */

/** Folders that hold code of ours. */
const parts = [
  'domain',
  'contracts',
  'workflows',
  'activities',
  'adapters',
  'workers',
  'schedules',
  'cli',
  'pipelines',
];
const tools = ['bench', 'scripts', 'test', 'packages', 'trainers'];

/** @param {string[]} folders */
const within = (...folders) => `^(${folders.join('|')})/`;

/** @param {string[]} allowed */
const anyPartBut = (...allowed) => within(...[...parts, ...tools].filter((part) => !allowed.includes(part)));

/** @param {string[]} names */
const npmPackages = (...names) => `(^|/)node_modules/(${names.join('|')})(/|$)`;

const vendorPackages = npmPackages(
  '@aws-sdk',
  '@smithy',
  '@duckdb',
  'onnxruntime-node',
  'onnxruntime-common',
  'echarts',
  'jiti',
  'vega-datasets',
);

const temporalServerSide = npmPackages(
  '@temporalio/worker',
  '@temporalio/client',
  '@temporalio/testing',
  '@temporalio/core-bridge',
);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Two files that import each other can only be understood, tested and replaced together.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that leads nowhere fails at run time.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'domain-imports-nothing',
      comment: 'Decisions are plain functions over plain values: no package, no Node.js, no other part.',
      severity: 'error',
      from: { path: within('domain') },
      to: { pathNot: within('domain') },
    },
    {
      name: 'contracts-know-only-domain',
      comment: 'A schema ties what comes from outside to a domain type; it knows nobody who uses it.',
      severity: 'error',
      from: { path: within('contracts') },
      to: { path: anyPartBut('domain', 'contracts') },
    },
    {
      name: 'contracts-use-few-packages',
      comment: 'Schemas and digests need zod, canonical JSON and hashing, nothing that reads or writes.',
      severity: 'error',
      from: { path: within('contracts') },
      to: {
        dependencyTypesNot: ['local', 'type-only'],
        pathNot: [npmPackages('zod', 'canonicalize'), '^(node:)?crypto$', within('domain', 'contracts')],
      },
    },
    {
      name: 'workflows-stay-deterministic',
      comment:
        'Workflow code is replayed: it may use the domain and Temporal’s workflow package, and nothing with effects.',
      severity: 'error',
      from: { path: within('workflows') },
      to: {
        dependencyTypesNot: ['type-only'],
        pathNot: [within('domain', 'workflows'), npmPackages('@temporalio/workflow', '@temporalio/common')],
      },
    },
    {
      name: 'workflows-know-activities-as-types',
      comment:
        'A workflow names an activity by its type; its code runs elsewhere. Nothing beyond activities is known at all.',
      severity: 'error',
      from: { path: within('workflows') },
      to: { path: anyPartBut('domain', 'contracts', 'workflows', 'activities') },
    },
    {
      name: 'activities-work-through-ports',
      comment: 'An activity is tested with fakes of its ports, so it may not know the adapters or who joins them.',
      severity: 'error',
      from: { path: within('activities') },
      to: { path: anyPartBut('domain', 'contracts', 'workflows', 'activities') },
    },
    {
      name: 'activities-know-workflows-as-contract',
      comment: 'Activities and workflows share the names and types of the contract file, not workflow code.',
      severity: 'error',
      from: { path: within('activities') },
      to: { path: within('workflows'), pathNot: '^workflows/api[.]ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'adapters-know-ports-not-users',
      comment: 'An adapter implements a port; which workflow or command uses it is not its business.',
      severity: 'error',
      from: { path: within('adapters') },
      to: { path: anyPartBut('domain', 'contracts', 'activities', 'adapters', 'packages') },
    },
    {
      name: 'vendor-packages-only-in-adapters',
      comment: 'A vendor can be replaced, and its surprises found, in one place.',
      severity: 'error',
      from: { path: within(...parts), pathNot: within('adapters') },
      to: { path: vendorPackages, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'temporal-processes-only-where-joined',
      comment:
        'Workers and clients are started by workers, schedules and commands; activities and adapters get what they need.',
      severity: 'error',
      from: { path: within('domain', 'contracts', 'workflows', 'activities') },
      to: { path: temporalServerSide },
    },
    {
      name: 'mlflow-client-only-in-adapters',
      comment: 'The registry is a port; only its adapter speaks to the tracking server.',
      severity: 'error',
      from: { path: within(...parts), pathNot: within('adapters') },
      to: { path: `${npmPackages('mlflow-ts-client')}|^packages/mlflow-ts-client/`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'definitions-know-only-how-to-define',
      comment: 'A pipeline is written by users: it knows the words of a definition and no machinery.',
      severity: 'error',
      from: { path: within('pipelines') },
      to: { path: anyPartBut('domain', 'contracts', 'pipelines') },
    },
    {
      name: 'nothing-imports-the-worker',
      comment:
        'The worker joins everything; whoever imported it would have everything too. Commands start it as a process or join as it does.',
      severity: 'error',
      from: { path: anyPartBut('workers', 'cli', 'test', 'bench') },
      to: { path: within('workers') },
    },
    {
      name: 'nothing-imports-tests',
      comment: 'What the product needs is no test support.',
      severity: 'error',
      from: { pathNot: ['^test/', '^packages/[^/]+/test/', '^vitest[.]config[.]ts$'] },
      to: { path: ['^test/', '^packages/[^/]+/test/'] },
    },
    {
      name: 'packages-stand-alone',
      comment: 'What could be published alone must not know this repository.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/' },
      to: { path: within(...parts, 'bench', 'scripts', 'test') },
    },
    {
      name: 'scripts-need-no-installation',
      comment: 'The entry scripts run straight after a clone: they have Node.js and nothing else.',
      severity: 'error',
      from: { path: within('scripts'), pathNot: '^scripts/build-(workflow|predictor|verifier)-bundle[.]mjs$' },
      to: { dependencyTypesNot: ['core'], pathNot: within('scripts') },
    },
    {
      name: 'no-development-packages-in-the-product',
      comment: 'They are absent where only the dependencies of production are installed.',
      severity: 'error',
      from: { path: [within(...parts), '^packages/[^/]+/src/'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: npmPackages('@types') },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '(^|/)dist/'] },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.test.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'] },
  },
};
