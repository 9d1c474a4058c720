/** `peerscope query "SQL"`: one question to a store, in SQL; nothing can be written. */
import { csvCell } from '../../core/csv.ts'
import type { Json } from '../../core/event.ts'
import { shown } from '../../core/text.ts'
import { StoreError } from '../../services/store/duckdb.ts'
import { openStore } from '../../services/store/store.ts'
import type { QUERY_FORMATS } from '../choices.ts'
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts'
import { warn } from '../notes.ts'
import { Output } from '../output.ts'

export interface QueryFlags {
  /** The store's file. */
  readonly store: string
  readonly format?: (typeof QUERY_FORMATS)[number]
}

interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Json[])[]
}

export async function queryCommand(sql: string, flags: QueryFlags): Promise<ExitCode> {
  if (sql.trim() === '') throw new UsageError('what is asked? peerscope query "select …"')
  const output = Output.open('-')
  let isOpen = false
  try {
    const store = await openStore(flags.store, { readOnly: true })
    isOpen = true
    try {
      const table = await store.sql(sql)
      for (const line of linesOf(table, flags.format ?? 'text')) output.line(line)
      if (table.cut) warn('there are more rows; ask for fewer')
    } finally {
      await store.close()
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    warn(shownLines(error.message))
    return isOpen && isMistaken(error) ? EXIT.usage : EXIT.failed
  } finally {
    output.close()
  }
  return EXIT.ok
}

/** Whether the question is wrong, and not the disk, the memory or the time it would take. */
function isMistaken({ cause }: StoreError): boolean {
  const ofWorld = /^(?:INTERRUPT|IO|Out of Memory|INTERNAL|FATAL)\b/i
  return !(cause instanceof Error && ofWorld.test(cause.message))
}

/** DuckDB shows the place of a mistake below the line: line ends stay. */
function shownLines(text: string): string {
  return text.split('\n').map(shown).join('\n')
}

export function* linesOf(table: Table, format: (typeof QUERY_FORMATS)[number]): Generator<string> {
  const { columns, rows } = table
  switch (format) {
    case 'json':
      for (const row of rows) {
        yield JSON.stringify(Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])))
      }
      return
    case 'csv':
      yield columns.map(csvCell).join(',')
      for (const row of rows) yield row.map(csvOf).join(',')
      return
    case 'text':
      yield* tableLines(columns, rows)
  }
}

function csvOf(cell: Json): string {
  return typeof cell === 'number' ? String(cell) : csvCell(textOf(cell))
}

function textOf(cell: Json): string {
  if (cell === null) return ''
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
}

/** A cell longer than this is cut in a table. */
const CELL_MAX = 80

/** Numbers to the right, all else to the left, below the names of the columns. */
function* tableLines(
  columns: readonly string[],
  rows: readonly (readonly Json[])[],
): Generator<string> {
  const texts = rows.map((row) => row.map((cell) => cut(shown(textOf(cell)))))
  const widths = columns.map((name, i) =>
    texts.reduce((width, row) => Math.max(width, row[i]!.length), name.length),
  )
  const isNumber = columns.map((_, i) => rows.some((row) => typeof row[i] === 'number'))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  yield line(columns)
  yield widths.map((width) => '-'.repeat(width)).join('  ')
  for (const row of texts) yield line(row)
}

function cut(text: string): string {
  return text.length > CELL_MAX ? `${text.slice(0, CELL_MAX - 1)}…` : text
}
