import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The checkout's folder: tests run in it. */
export const root = process.cwd();

export function readPage(page: string): string {
  return readFileSync(path.join(root, page), 'utf8');
}

/** Contents of fenced blocks of one language. */
export function blocksOf(text: string, language: string): readonly string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return [...text.matchAll(fence)].map(([, block = '']) => block);
}

/** The text below a heading, up to the next one of the same level. */
export function sectionOf(text: string, heading: string): string {
  const level = heading.slice(0, heading.indexOf(' '));
  const [, below = ''] = text.split(`\n${heading}\n`);
  return below.split(`\n${level} `)[0] ?? '';
}

/** Targets of links and pictures that lie in the checkout, with the anchor apart. */
export function localLinks(text: string): readonly { readonly file: string; readonly anchor: string }[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', anchor = ''] = target.split('#');
      return { file, anchor };
    });
}

/** Anchors as code hosts make them from headings. */
export function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
