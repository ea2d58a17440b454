import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, blocksOf, localLinks, readPage, root, sectionOf } from '../support/markdown.js';

const pages = ['README.md', ...readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);
const reference = readPage('docs/cli.md');
const scripts = (JSON.parse(readPage('package.json')) as { scripts: Record<string, string> }).scripts;

/** Lines that people are told to run, without the environment in front. */
function commandsIn(page: string): readonly string[] {
  return blocksOf(readPage(page), 'bash')
    .flatMap((block) => block.split('\n'))
    .map((line) => line.replace(/^\s*(?:[A-Z_]+=\S+ +)*/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Help of the verb of a command such as `npx gauntlet schedules apply flights`. */
function helpFor(command: string): string {
  const [first = '', second = ''] = command.replace(/^npx gauntlet /, '').split(/\s+/);
  const group = sectionOf(reference, `## gauntlet ${first} ${second}`);
  return group === '' ? sectionOf(reference, `## gauntlet ${first}`) : group;
}

describe('commands in the documentation', () => {
  const commands = pages.flatMap((page) => commandsIn(page).map((command) => ({ page, command })));
  const verbs = commands.filter(({ command }) => command.startsWith('npx gauntlet '));
  const runs = commands.filter(({ command }) => /^npm (run )?/.test(command));

  it('are found', () => {
    expect(verbs.length).toBeGreaterThan(20);
    expect(runs.length).toBeGreaterThan(3);
  });

  it.each(runs)('$page: "$command" is a script of package.json', ({ command }) => {
    const words = command.split(/\s+/).slice(1);
    const name = words[0] === 'run' ? words.find((word, index) => index > 0 && !word.startsWith('-')) : words[0];
    expect(['ci', 'install', ...Object.keys(scripts)]).toContain(name);
  });

  it.each(verbs)('$page: "$command" is a verb with these options', ({ command }) => {
    const help = helpFor(command);
    expect(help).not.toBe('');
    for (const [option] of command.matchAll(/(?<=\s)--[a-z-]+/g)) expect(help).toMatch(new RegExp(`${option}\\b`));
  });

  it('"npm run bench -- story" measures something that exists', () => {
    expect(existsSync(path.join(root, 'bench', 'story.ts'))).toBe(true);
  });
});

describe('links in the documentation', () => {
  const links = pages.flatMap((page) => localLinks(readPage(page)).map((link) => ({ page, ...link })));

  it.each(links)('$page: $file#$anchor leads somewhere', ({ page, file, anchor }) => {
    const target = file === '' ? page : path.join(path.dirname(page), file);
    expect(existsSync(path.join(root, target))).toBe(true);
    if (anchor !== '') expect(anchorsOf(readPage(target))).toContain(anchor);
  });

  it('every page of docs/ can be reached from the README', () => {
    const reached = localLinks(readPage('README.md')).map(({ file }) => file);
    expect(reached).toEqual(expect.arrayContaining(pages.filter((page) => page !== 'README.md')));
  });

  it('every folder that the README names exists', () => {
    const folders = [...sectionOf(readPage('README.md'), '## Where things are').matchAll(/`([a-z][a-z/-]*\/)`/g)];
    expect(folders.length).toBeGreaterThan(10);
    for (const [, folder = ''] of folders) expect(existsSync(path.join(root, folder)), folder).toBe(true);
  });
});

describe('settings in the README', () => {
  const settings = sectionOf(readPage('README.md'), '## Settings');

  it.each(['workers/settings.ts', 'workers/main.ts', 'scripts/toolchain/cache.mjs'])(
    'name every variable that %s reads',
    (file) => {
      const variables = [...readPage(file).matchAll(/(?:env\[|env, )'([A-Z_]+)'/g)].map(([, name = '']) => name);
      expect(variables.length).toBeGreaterThan(0);
      for (const name of variables) expect(settings).toContain(`\`${name}\``);
    },
  );
});
