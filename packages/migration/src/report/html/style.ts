const DARK = `
  --paper: #11161d; --card: #1a212b; --ink: #e8edf3; --faint: #a3b0be; --line: #334050;
  --good: #4cc38a; --good-paper: #12301f; --busy: #6cb2f5; --busy-paper: #14283c;
  --bad: #ff8f84; --bad-paper: #3b1a18; --idle: #b8c2cc; --idle-paper: #262f3a;
  --copied: #3fae78; --present: #2f8f9d; --pending: #5a6878; --conflict: #e0a13c; --failed: #f0685c;
  --gone: #7f8b98; --superseded: #6a8fd8; --deleted: #9a7fd1; --lost: #e05aa5;
`;

/** Text against its paper has a contrast of 4.5 at the least, and what charts draw one of 3 (WCAG 2.2, 1.4.3 and 1.4.11). */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f4f6f8; --card: #ffffff; --ink: #17212b; --faint: #55626f; --line: #d5dce3;
  --good: #12693f; --good-paper: #dff3e8; --busy: #10518c; --busy-paper: #deecf9;
  --bad: #a3201a; --bad-paper: #fbe4e2; --idle: #47525d; --idle-paper: #e7ebef;
  --copied: #1f8a55; --present: #23808f; --pending: #8792a0; --conflict: #b87400; --failed: #cf352b;
  --gone: #727e8b; --superseded: #3f68b8; --deleted: #7550b3; --lost: #b8267a;
}
@media screen and (prefers-color-scheme: dark) { :root { ${DARK} } }
@page { size: A4; margin: 14mm; }
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
header p, footer { color: var(--faint); }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .75rem; }
h2 { font-size: 1.15rem; margin: 0 0 .75rem; }
h3 { font-size: .95rem; margin: 1rem 0 .35rem; font-weight: 600; }
.route { display: grid; grid-template-columns: auto 1fr; gap: .1rem .75rem; margin: 0 0 1.25rem; }
.route dt { color: var(--faint); }
.route dd { margin: 0; overflow-wrap: anywhere; }
.headline { border-radius: .6rem; padding: .9rem 1.1rem; margin: 0 0 1rem; border-left: .4rem solid; }
.headline strong { display: block; font-size: 1.25rem; }
.headline p { margin: .15rem 0 0; color: var(--ink); }
.good { color: var(--good); background: var(--good-paper); border-color: var(--good); }
.busy { color: var(--busy); background: var(--busy-paper); border-color: var(--busy); }
.bad { color: var(--bad); background: var(--bad-paper); border-color: var(--bad); }
.idle { color: var(--idle); background: var(--idle-paper); border-color: var(--idle); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: .75rem; margin: 0 0 1rem; padding: 0; }
.figures div, section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
.figures div { padding: .7rem .9rem; display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.figures dt { color: var(--faint); font-size: .85rem; }
.figures dd { margin: 0; white-space: nowrap; font-size: 1.4rem; font-weight: 650; line-height: 1.25; }
section { padding: 1.1rem 1.2rem; margin: 0 0 1rem; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .32rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--faint); font-weight: 600; }
tbody tr:last-child > * { border-bottom: 0; }
tbody th { color: inherit; font-weight: 400; }
.number { text-align: right; white-space: nowrap; }
.given { overflow-wrap: anywhere; }
td.given { min-width: 11rem; }
.given bdi { font: .85em/1.5 ui-monospace, 'Cascadia Mono', Menlo, 'DejaVu Sans Mono', monospace; }
.part { width: 8rem; vertical-align: middle; }
thead .number { white-space: normal; vertical-align: bottom; }
thead th { vertical-align: bottom; }
figure { margin: 0 0 .9rem; }
figcaption { font-size: .9rem; margin: 0 0 .3rem; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { fill: var(--faint); font-size: 11px; font-family: inherit; }
.grid { stroke: var(--line); stroke-width: 1; }
.area { fill: var(--busy); fill-opacity: .22; }
.mean { fill: none; stroke: var(--busy); stroke-width: 2; stroke-linejoin: round; }
.peak { fill: none; stroke: var(--faint); stroke-width: 1; stroke-dasharray: 3 2; }
.failures { fill: var(--failed); }
.retries { fill: var(--conflict); }
.bar { fill: var(--busy); }
.bar-rest { fill: var(--line); }
.swatch { display: inline-block; width: .75em; height: .75em; margin-right: .5em; vertical-align: baseline; }
${states((state) => `.state-${state} { fill: var(--${state}); }`)}
details { margin-top: .75rem; }
summary { cursor: pointer; color: var(--faint); font-size: .9rem; }
footer { font-size: .85rem; overflow-wrap: anywhere; }
@media print {
  :root { color-scheme: light; --paper: #fff; }
  body { font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  section { border: 0; border-top: 1px solid var(--line); border-radius: 0; padding: .8rem 0; margin: 0; }
  .figures div { border-radius: 0; }
  h2, h3, figcaption { break-after: avoid; }
  figure, tr, .headline, .figures { break-inside: avoid; }
  .table { overflow: visible; }
  details { display: none; }
}
`;

function states(rule: (state: string) => string): string {
  return [
    ...['copied', 'present', 'pending', 'conflict', 'failed'],
    ...['gone', 'superseded', 'deleted', 'lost'],
  ]
    .map(rule)
    .join('\n');
}
