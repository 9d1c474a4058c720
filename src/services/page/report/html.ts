/**
 * HTML by template: whatever is put in is text and stays text. Names in captures are written by
 * strangers, so nothing is trusted but what this template made itself.
 */
import { shown } from '../../../core/text.ts'

export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | undefined | false | readonly Part[]

/** Literal parts are HTML, values are escaped; lists are joined, what is absent is nothing. */
export function html(literals: TemplateStringsArray, ...values: readonly Part[]): Html {
  let text = literals[0]!
  for (const [i, value] of values.entries()) text += inserted(value) + literals[i + 1]!
  return new Html(text)
}

function inserted(value: Part): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return escaped(shown(value))
  return value.map(inserted).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign]!)
}

/** A table with a caption that screen readers say; nothing where there are no rows. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly Part[])[],
): Html | undefined {
  if (rows.length === 0) return undefined
  const kinds = head.map((_, column) =>
    column > 0 && rows.every((cells) => isNumber(cells[column])) ? new Html(' class="number"') : '',
  )
  return html`<table><caption>${caption}</caption>
<thead><tr>${head.map((name, i) => html`<th scope="col"${kinds[i]}>${name}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell, i) => tableCell(cell, i, kinds[i]))}</tr>\n`)}</tbody></table>\n`
}

/** The first cell names its row. */
function tableCell(cell: Part, column: number, kind: Part): Html {
  return column === 0 ? html`<th scope="row">${cell}</th>` : html`<td${kind}>${cell}</td>`
}

/** Figures stand on the right, below each other. */
function isNumber(cell: Part): boolean {
  return typeof cell === 'string' && /^[<> ]*[\d,.]+(?: (?:[kMGTP]?B|%))?$/.test(cell)
}
