/**
 * Text on a terminal: aligned columns, cut to the width, coloured where that is wanted.
 *
 * Widths are counted in cells, since names in captures are in all scripts: wide East Asian
 * characters and pictures take two, combining marks none (after Unicode's East Asian Width,
 * by blocks).
 */

/** How a text is to look. */
export type Style = 'plain' | 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan'

// biome-ignore format: a table
const SGR: Readonly<Record<Style, string>> = {
  plain: '', bold: '1', dim: '2', red: '31', yellow: '33', green: '32', cyan: '36',
}

export class Painter {
  readonly #colour: boolean

  constructor(colour: boolean) {
    this.#colour = colour
  }

  paint(text: string, style: Style): string {
    const code = SGR[style]
    return this.#colour && code !== '' && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text
  }
}

/** Blocks of two cells. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u
/** Marks that sit on the character before. */
const NONE = /\p{Mn}|\p{Me}/u
const ASCII = /^[\u0020-\u007e]*$/

export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length
  let width = 0
  for (const character of text) width += cells(character)
  return width
}

function cells(character: string): number {
  if (character < '\u0300') return 1
  if (NONE.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}

/** At most `width` cells; what is cut is shown by an ellipsis. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  if (width < 1) return ''
  let kept = ''
  let used = 1
  for (const character of text) {
    used += cells(character)
    if (used > width) break
    kept += character
  }
  return `${kept}…`
}

export interface ColumnStyle {
  readonly align?: 'left' | 'right'
  readonly style?: Style
  /** Never wider than this many cells. */
  readonly widthMax?: number
}

/**
 * Rows of cells as lines: each column as wide as its widest cell, two spaces between, nothing
 * behind the last, which is cut where the line would pass `width`.
 */
export function table(
  rows: readonly (readonly string[])[],
  columns: readonly ColumnStyle[],
  options: { readonly width: number; readonly indent: number; readonly painter: Painter },
): string[] {
  const widths = columns.map((column, i) =>
    Math.min(column.widthMax ?? 1000, Math.max(0, ...rows.map((row) => widthOf(row[i] ?? '')))),
  )
  const { width, indent, painter } = options
  return rows.map((row) => {
    let line = ' '.repeat(indent)
    let used = indent
    for (const [i, { align, style }] of columns.entries()) {
      const room = Math.min(widths[i]!, Math.max(0, width - used))
      const cell = cutTo(row[i] ?? '', room)
      const pad = ' '.repeat(Math.max(0, room - widthOf(cell)))
      const painted = painter.paint(cell, style ?? 'plain')
      line += align === 'right' ? pad + painted : painted + pad
      used += room
      if (i < columns.length - 1 && widths[i]! > 0) {
        line += '  '
        used += 2
      }
    }
    return line.trimEnd()
  })
}

/** Words over several lines of at most `width` cells, later lines indented by `hang`. */
export function wrapped(text: string, width: number, indent: number, hang = indent): string[] {
  const lines: string[] = []
  let line = ' '.repeat(indent)
  let used = indent
  let empty = true
  for (const word of text.split(' ')) {
    const wide = widthOf(word)
    if (!empty && used + 1 + wide > width) {
      lines.push(line)
      line = ' '.repeat(hang)
      used = hang
      empty = true
    }
    line += empty ? word : ` ${word}`
    used += wide + (empty ? 0 : 1)
    empty = false
  }
  lines.push(line)
  return lines
}
