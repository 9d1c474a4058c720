/** How a report looks, on a screen and on paper. */
export const STYLE = `
:root { color-scheme: light; --ink: #1a1a1a; --faint: #595959; --line: #ccc; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 70rem; color: var(--ink); background: #fff;
  font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; border-bottom: 2px solid var(--ink); }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .3rem; }
p { margin: .4rem 0; }
.note, caption, figcaption { color: var(--faint); font-size: .85rem; }
.tiles { display: flex; flex-wrap: wrap; gap: .6rem; padding: 0; list-style: none; }
.tiles li { border: 1px solid var(--line); padding: .4rem .8rem; min-width: 8rem; }
.tiles b { display: block; font-size: 1.3rem; }
.warn { border-left: 4px solid #d55e00; padding: .2rem .8rem; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0 1rem; font-size: .88rem; }
caption { text-align: left; padding: .2rem 0; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0;
  border-bottom: 1px solid var(--line); font-weight: normal; }
thead th { font-weight: 600; overflow-wrap: normal; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
time, code.host { white-space: nowrap; }
code { font: .88em ui-monospace, monospace; }
figure { margin: .6rem 0; }
figure > svg { width: 100%; height: auto; display: block; border-bottom: 1px solid var(--line); }
figure text { font: 12px system-ui, sans-serif; }
figcaption { display: flex; justify-content: space-between; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; list-style: none; padding: 0; margin: .3rem 0; }
.legend svg { width: .7rem; height: .7rem; }
@media print {
  body { padding: 0; font-size: 10pt; max-width: none; }
  h2, h3, thead { break-after: avoid; }
  tr, figure { break-inside: avoid; }
  thead { display: table-header-group; }
}
`
