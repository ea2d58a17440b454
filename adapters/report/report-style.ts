/** Readable on a phone, in print and with bigger letters; all text has a contrast of at least 4.5 to 1 on its ground. */
export const reportStyle = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 20px 16px 48px; font: 16px/1.5 system-ui, sans-serif; color: #1f2937; background: #fff; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 12px; }
h2 { font-size: 1.25rem; margin: 36px 0 10px; padding-top: 12px; border-top: 1px solid #d1d5db; }
h3 { font-size: 1.05rem; margin: 22px 0 6px; }
p { margin: 0 0 10px; max-width: 72ch; }
a { color: #0b5cad; }
.note { color: #374151; font-size: .93rem; }
.verdict { padding: 14px 16px; border-left: 8px solid; border-radius: 4px; font-size: 1.1rem; max-width: none; }
.pass { border-color: #14692e; background: #edf8f0; }
.fail { border-color: #a3151b; background: #fdf0f0; }
.inconclusive, .error { border-color: #8a5a00; background: #fdf6e7; }
.badge { display: inline-block; padding: 1px 9px; border-radius: 3px; font-weight: 700; font-size: .85rem; color: #fff; white-space: nowrap; }
.badge.pass { background: #14692e; } .badge.fail { background: #a3151b; } .badge.inconclusive { background: #6b4400; } .badge.error { background: #4b2e83; }
.checks { list-style: none; margin: 0; padding: 0; }
.checks li { padding: 10px 0; border-bottom: 1px solid #e5e7eb; break-inside: avoid; }
.checks h4 { display: inline; font-size: 1rem; margin: 0 0 0 6px; }
.checks p { margin: 4px 0 0; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 440px), 1fr)); gap: 16px; }
figure { margin: 0; padding: 12px; border: 1px solid #d1d5db; border-radius: 6px; min-width: 0; align-self: start; break-inside: avoid; }
figcaption { margin-bottom: 8px; font-size: .93rem; color: #374151; }
figcaption strong { display: block; font-size: 1rem; color: #1f2937; }
svg { display: block; width: 100%; height: auto; }
details { margin-top: 8px; } summary { cursor: pointer; padding: 6px 0; }
.scroll { overflow-x: auto; margin: 0 0 14px; } .scroll:focus-visible, summary:focus-visible, a:focus-visible { outline: 3px solid #0b5cad; }
table { border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { text-align: left; font-weight: 600; padding: 4px 0; color: #374151; }
th, td { text-align: right; padding: 5px 10px; border-bottom: 1px solid #e5e7eb; vertical-align: top; }
table { min-width: min(100%, 26rem); } td { white-space: nowrap; } .stack td { white-space: normal; overflow-wrap: break-word; }
th:first-child { text-align: left; padding-left: 0; overflow-wrap: anywhere; min-width: 7rem; } thead th { vertical-align: bottom; color: #374151; }
pre { background: #f3f4f6; border: 1px solid #d1d5db; border-radius: 4px; padding: 10px 12px; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .93rem; margin: 6px 0 14px; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: 4px 16px; margin: 0 0 10px; }
dt { color: #374151; } dd { margin: 0; min-width: 0; }
@media (max-width: 640px) {
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 8px; }
  table { font-size: .87rem; } th, td { padding: 5px 6px; } th:first-child { min-width: 4rem; }
  .stack, .stack tbody, .stack tr, .stack caption { display: block; width: 100%; }
  .stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stack tr { padding: 8px 0; border-bottom: 1px solid #d1d5db; }
  .stack th { display: block; text-align: left; border: 0; padding: 0 0 2px; }
  .stack td { display: flex; justify-content: space-between; gap: 16px; border: 0; padding: 1px 0; overflow-wrap: anywhere; }
  .stack td::before { content: attr(data-name); color: #374151; text-align: left; flex: none; max-width: 45%; }
}
@media print {
  body { font-size: 10.5pt; max-width: none; padding: 0; }
  .plots { grid-template-columns: 1fr 1fr; }
  .verdict, .badge { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  table { font-size: 8.5pt; } th, td { padding: 3px 5px; white-space: normal; } .stack td { overflow-wrap: anywhere; } .scroll { overflow: visible; }
  tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  summary { display: none; } .verdict a { display: none; }
}
`;
