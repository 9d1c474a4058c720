/** Tables: real ones, with headers that sort where the server can, and rows that `j` and `k` walk. */
import type { ComponentChildren } from 'preact'
import { pageText } from '../words.ts'

export interface Column<Row> {
  readonly title: ComponentChildren
  /** Names the row for a screen reader; the first column, as a rule. */
  readonly isHeader?: boolean
  readonly isEnd?: boolean
  readonly class?: string
  readonly sort?: Sort
  readonly cell: (row: Row) => ComponentChildren
}

export interface Sort {
  readonly isOn: boolean
  readonly isDescending: boolean
  readonly choose: () => void
}

interface TableProps<Row> {
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row, index: number) => string
  readonly isChosen?: (row: Row) => boolean
  /** A click beside the links of a row. */
  readonly onRow?: (row: Row) => void
}

export function Table<Row>({ caption, columns, rows, keyOf, isChosen, onRow }: TableProps<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="scroll" tabIndex={0} aria-label={caption}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column, index) => (
              <HeaderCell column={column} key={index} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr
              key={keyOf(row, index)}
              data-row
              class={isChosen?.(row) ? 'chosen' : undefined}
              onClick={onRow && ((event) => isBeside(event) && onRow(row))}
            >
              {columns.map((column, place) => (
                <Cell column={column} row={row} key={place} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** Links, buttons and boxes of a row do what they do; selecting text is no click. */
function isBeside(event: MouseEvent): boolean {
  const target = event.target as Element
  return (
    target.closest('a, button, input, label, summary') === null && String(getSelection()) === ''
  )
}

function HeaderCell<Row>({ column }: { readonly column: Column<Row> }) {
  const { title, sort, isEnd, class: name = '' } = column
  const kind = `${isEnd ? 'end' : ''} ${name}`
  if (sort === undefined) {
    return (
      <th scope="col" class={kind}>
        {title}
      </th>
    )
  }
  const { isOn, isDescending, choose } = sort
  const order = isOn ? (isDescending ? 'descending' : 'ascending') : 'none'
  return (
    <th scope="col" class={kind} aria-sort={order}>
      <button type="button" class="sort" onClick={choose}>
        {title}
        <span class="sort-sign" aria-hidden="true">
          {isOn ? (isDescending ? '▼' : '▲') : ''}
        </span>
      </button>
    </th>
  )
}

function Cell<Row>({ column, row }: { readonly column: Column<Row>; readonly row: Row }) {
  const kind = `${column.isEnd ? 'end' : ''} ${column.class ?? ''}`
  const content = column.cell(row)
  return column.isHeader ? (
    <th scope="row" class={kind}>
      {content}
    </th>
  ) : (
    <td class={kind}>{content}</td>
  )
}

interface PagerProps {
  readonly page: number
  readonly size: number
  readonly total: number
  readonly onPage: (page: number) => void
  /** What is listed: `flows`. */
  readonly what: string
}

export function Pager({ page, size, total, onPage, what }: PagerProps) {
  const pages = Math.max(1, Math.ceil(total / size))
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      <span>{pageText(page, size, total, what)}</span>
      {pages > 1 && (
        <>
          <button
            type="button"
            disabled={page === 0}
            onClick={() => onPage(page - 1)}
            data-page="-1"
          >
            ‹ Back
          </button>
          <button
            type="button"
            disabled={page >= pages - 1}
            onClick={() => onPage(page + 1)}
            data-page="1"
          >
            Next ›
          </button>
        </>
      )}
    </nav>
  )
}
