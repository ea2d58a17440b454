import type { Page } from 'playwright-core';

/** What a reader of a page may stumble over; empty lists where there is nothing. */
export interface PageFaults {
  /** Elements that reach beyond the screen, outside of boxes that scroll by themselves. */
  readonly overflowing: readonly string[];
  readonly unnamedDrawings: readonly string[];
  readonly unheadedTables: readonly string[];
  /** Texts whose contrast with what is behind them is below WCAG AA, 4.5 to 1. */
  readonly faintTexts: readonly string[];
  /** Numbers of tables that a line's end tears apart. */
  readonly tornNumbers: readonly string[];
  /** Headings that skip a level. */
  readonly skippedHeadings: readonly string[];
}

/** Looks at a page as it stands. Closed details are not looked into: open them first. */
export async function findFaults(page: Page): Promise<PageFaults> {
  return page.evaluate<PageFaults>(script);
}

/** Runs in the page, so it is a text: the tests know no DOM. */
const script = `(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const name = (element) => element.tagName + ' ' + (element.textContent ?? '').trim().slice(0, 60);

  const width = document.documentElement.clientWidth;
  const overflowing = all('body *')
    .filter((element) => !element.closest('.scroll') && element.closest('svg') === null)
    .filter((element) => element.getBoundingClientRect().right > width + 1)
    .map(name);
  if (document.documentElement.scrollWidth > width) overflowing.push('the page itself');

  const unnamedDrawings = all('svg, img, canvas')
    .filter((element) => element.getAttribute('role') !== 'img' || (element.getAttribute('aria-label') ?? '').length < 20)
    .map(name);

  const unheadedTables = all('table')
    .filter((table) => table.querySelector('thead th') === null || !table.querySelector('caption')?.textContent?.trim()
      || [...table.querySelectorAll('tbody tr')].some((row) => row.querySelector('th[scope=row]') === null))
    .map(name);

  const parse = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b]
    .map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, index) => sum + c * [0.2126, 0.7152, 0.0722][index], 0);
  const backgroundOf = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faintTexts = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.nodeValue.trim();
    const parent = walker.currentNode.parentElement;
    if (text === '' || parent === null || parent.closest('style') || !parent.checkVisibility()) continue;
    const style = getComputedStyle(parent);
    const color = parse(parent.closest('svg') ? style.fill : style.color);
    const [light, dark] = [luminance(color), luminance(backgroundOf(parent))].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) faintTexts.push(contrast.toFixed(2) + ' ' + text.slice(0, 60));
  }

  const tornNumbers = [];
  const cells = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (cells.nextNode()) {
    const node = cells.currentNode;
    const cell = node.parentElement?.closest('td');
    if (!cell || !cell.checkVisibility()) continue;
    for (const { 0: number, index } of node.nodeValue.matchAll(/[+−]?\\d[\\d.,]*/g)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + number.length);
      if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) tornNumbers.push(number);
    }
  }

  const levels = all('h1, h2, h3, h4').map((heading) => [Number(heading.tagName[1]), name(heading)]);
  const skippedHeadings = levels
    .filter(([level], index) => index > 0 && level > levels[index - 1][0] + 1)
    .map(([, text]) => text);

  return { overflowing, unnamedDrawings, unheadedTables, faintTexts, tornNumbers, skippedHeadings };
})()`;
