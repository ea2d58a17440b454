import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import { builtinModules } from 'node:module';
import tseslint from 'typescript-eslint';

const nodeModules = builtinModules.flatMap((name) => [name, `node:${name}`]);

/** Decisions and durable stories see only values: the same input must give the same result for ever. */
const pureFolders = {
  files: ['domain/**/*.ts', 'workflows/**/*.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        paths: [
          ...nodeModules.map((name) => ({ name, message: 'Pure code asks an activity for what Node.js knows.' })),
          { name: 'zod', message: 'The workflow sandbox has no schema library: parse in an activity, or by hand.' },
        ],
        patterns: [{ group: ['node:*', 'zod/*'], message: 'Pure code imports neither Node.js nor a schema library.' }],
      },
    ],
    'no-restricted-globals': ['error', 'process', 'fetch', 'Buffer', 'setImmediate'],
  },
};

/** A clock or chance in a decision would make it differ when it is made again. Workflows have replay-safe ones. */
const clockless = {
  files: ['domain/**/*.ts'],
  rules: {
    'no-restricted-globals': ['error', 'process', 'fetch', 'Buffer', 'setImmediate', 'setTimeout', 'setInterval'],
    'no-restricted-properties': [
      'error',
      { object: 'Date', property: 'now', message: 'Time comes in as a value.' },
      { object: 'Math', property: 'random', message: 'Chance comes in as a seed.' },
    ],
    'no-restricted-syntax': [
      'error',
      { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time comes in as a value.' },
    ],
    'no-console': 'error',
  },
};

export default defineConfig(
  { ignores: ['**/dist/', '**/node_modules/', '.gauntlet/', '**/*.d.ts'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: ['./tsconfig.test.json'], tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // A number or a boolean in a message reads as itself.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      eqeqeq: 'error',
    },
  },
  pureFolders,
  clockless,
  {
    files: ['test/**/*.ts', 'packages/*/test/**/*.ts'],
    rules: {
      // In a test an absent value fails at the assertion that follows.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: globalsOfNode() },
  },
  {
    // Settings of tools are no part of the compiled project.
    files: ['*.mjs', '.*.mjs'],
    ...tseslint.configs.disableTypeChecked,
  },
);

/** The compiler checks these names in scripts; the linter only has to know that they exist. */
function globalsOfNode() {
  const names = ['process', 'console', 'Buffer', 'fetch', 'URL', 'AbortSignal', 'AbortController', 'performance'];
  const timers = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate'];
  return Object.fromEntries([...names, ...timers].map((name) => [name, 'readonly']));
}
