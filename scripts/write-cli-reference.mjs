/**
 * Writes docs/cli.md from the program's own help: `node scripts/write-cli-reference.mjs`, after a build. With `--print`
 * it only prints the page, for the test that looks whether the file is fresh.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from './toolchain/repository.mjs';

const program = join(repositoryRoot, 'dist', 'cli', 'main.js');
const isPrinted = process.argv.includes('--print');
let runs = 0;

const introduction = `# The gauntlet command

Made from the program's own help by \`node scripts/write-cli-reference.mjs\`; do not edit.

\`npx gauntlet …\` works in the checkout after \`npm run build\`, which \`npm run demo\` and \`npm test\` do by themselves.`;

const page = await renderCliReference();
if (isPrinted) process.stdout.write(page);
else writeFileSync(join(repositoryRoot, 'docs', 'cli.md'), page);

/** The page as it should be now. */
async function renderCliReference() {
  const help = await helpOf([]);
  const { exitCodes } = splitExitCodes(await helpOf(['status']));
  const sections = await describeVerbs(help, []);
  const parts = [introduction, '## All verbs', fence(help), '## Exit codes', fence(exitCodes), ...sections];
  return `${parts.join('\n\n')}\n`;
}

/**
 * A section for every verb, and for the verbs below a group.
 * @param {string} help
 * @param {string[]} group
 * @returns {Promise<string[]>}
 */
async function describeVerbs(help, group) {
  /** @type {string[]} */
  const sections = [];
  for (const name of verbsIn(help)) {
    const verb = [...group, name];
    const own = await helpOf(verb);
    const below = await describeVerbs(own, verb);
    sections.push(...(below.length > 0 ? below : [`## gauntlet ${verb.join(' ')}`, fence(splitExitCodes(own).text)]));
  }
  return sections;
}

/**
 * Names under "Commands:". Wrapped descriptions are indented further.
 * @param {string} help
 */
function verbsIn(help) {
  const [, commands = ''] = help.split('\nCommands:\n');
  return [...commands.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
}

/**
 * The same for every verb, so it is printed once.
 * @param {string} help
 */
function splitExitCodes(help) {
  const [text = '', codes = ''] = help.split('\nExit codes:\n');
  return { text: text.trimEnd(), exitCodes: codes };
}

/**
 * Runs the program in this process, again and again: its modules are loaded once, only its entry is evaluated anew.
 * @param {string[]} verb
 */
async function helpOf(verb) {
  const { argv } = process;
  const { isTTY } = process.stdout;
  const write = process.stdout.write.bind(process.stdout);
  let help = '';
  process.argv = [process.execPath, program, ...verb, '--help'];
  // No terminal, so that the width is the same everywhere.
  Object.assign(process.stdout, { isTTY: false, write: (/** @type {string} */ text) => (help += text) !== '' });
  try {
    await import(`${pathToFileURL(program).href}?run=${String((runs += 1))}`);
  } finally {
    Object.assign(process.stdout, { isTTY, write });
    process.argv = argv;
  }
  return help.trimEnd();
}

/** @param {string} text */
function fence(text) {
  return `\`\`\`text\n${text}\n\`\`\``;
}
