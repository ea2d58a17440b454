/** Readable on a phone, in print and with bigger letters; all text has a contrast of at least 7 to 1 on its ground. */
export const reportStyle = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 20px 16px 48px; font: 16px/1.5 system-ui, sans-serif; color: #1f2937; background: #fff; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 12px; }
h2 { font-size: 1.2rem; margin: 36px 0 10px; padding-top: 12px; border-top: 1px solid #d1d5db; }
p { margin: 0 0 10px; max-width: 72ch; }
.note { color: #374151; font-size: .93rem; }
.verdict { padding: 14px 16px; border-left: 8px solid; border-radius: 4px; font-size: 1.1rem; max-width: none; }
.pass { border-color: #14692e; background: #edf8f0; }
.fail { border-color: #a3151b; background: #fdf0f0; }
.inconclusive { border-color: #8a5a00; background: #fdf6e7; }
.badge { display: inline-block; padding: 1px 9px; border-radius: 3px; font-weight: 700; font-size: .85rem; color: #fff; white-space: nowrap; }
.badge.pass { background: #14692e; } .badge.fail { background: #a3151b; } .badge.inconclusive { background: #6b4400; }
.checks { list-style: none; margin: 0; padding: 0; }
.checks li { padding: 10px 0 10px; border-bottom: 1px solid #e5e7eb; }
.checks h3 { display: inline; font-size: 1rem; margin: 0 0 0 6px; }
.checks p { margin: 4px 0 0; overflow-wrap: anywhere; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 440px), 1fr)); gap: 16px; }
figure { margin: 0; padding: 12px; border: 1px solid #d1d5db; border-radius: 6px; min-width: 0; align-self: start; break-inside: avoid; }
figcaption { font-weight: 700; margin-bottom: 6px; }
svg { display: block; width: 100%; height: auto; }
details { margin-top: 8px; } summary { cursor: pointer; padding: 6px 0; }
.scroll { overflow-x: auto; } .scroll:focus-visible, summary:focus-visible { outline: 3px solid #0b5cad; }
table { border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 5px 10px; border-bottom: 1px solid #e5e7eb; white-space: nowrap; }
th:first-child { text-align: left; padding-left: 0; } thead th { vertical-align: bottom; color: #374151; }
pre { background: #f3f4f6; border: 1px solid #d1d5db; border-radius: 4px; padding: 10px 12px; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .93rem; margin: 6px 0 14px; }
code { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: 4px 16px; margin: 0 0 10px; }
dt { color: #374151; } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 520px) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 8px; } table { font-size: .8rem; } th, td { padding: 5px 4px; } th { white-space: normal; } }
@media print {
  body { font-size: 11pt; max-width: none; padding: 0; }
  .plots { grid-template-columns: 1fr 1fr; }
  .verdict, .badge { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  table { font-size: 9pt; } th, td { padding: 3px 6px; } th { white-space: normal; } .scroll { overflow: visible; }
  h2 { break-after: avoid; }
}
`;
