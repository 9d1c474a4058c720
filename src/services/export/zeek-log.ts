/**
 * One log in Zeek's tab-separated form: header, rows, footer, escapes.
 *
 *   #separator \x09
 *   #set_separator	,
 *   #empty_field	(empty)
 *   #unset_field	-
 *   #path	conn
 *   #open	2026-11-20-09-00-00
 *   #fields	ts	uid	…
 *   #types	time	string	…
 *   (rows)
 *   #close	2026-11-20-09-05-00
 *
 * Zeek writes the wall clock behind #open and #close; here stand the times of the first and the
 * last row, so that the same capture gives the same bytes.
 */
import type { Json } from '../../core/event.ts'

/** `['id.orig_p', 'port']` */
export type Field = readonly [name: string, type: string]

/** Where the text of a log goes. */
export interface Sink {
  write(text: string): void
  close(): void
}

export const UNSET = '-'
const EMPTY = '(empty)'

export class ZeekLog {
  readonly #sink: Sink
  #lastMicros: number

  constructor(path: string, fields: readonly Field[], sink: Sink, micros: number) {
    this.#sink = sink
    this.#lastMicros = micros
    sink.write(
      `#separator \\x09\n#set_separator\t,\n#empty_field\t${EMPTY}\n#unset_field\t${UNSET}\n` +
        `#path\t${path}\n#open\t${clockText(micros)}\n` +
        `#fields\t${fields.map(([name]) => name).join('\t')}\n` +
        `#types\t${fields.map(([, type]) => type).join('\t')}\n`,
    )
  }

  /** @param values  texts in the order of the fields, escaped already */
  row(micros: number, values: readonly string[]): void {
    if (micros > this.#lastMicros) this.#lastMicros = micros
    this.#sink.write(`${values.join('\t')}\n`)
  }

  close(): void {
    this.#sink.write(`#close\t${clockText(this.#lastMicros)}\n`)
    this.#sink.close()
  }
}

/** `2026-11-20-09-00-00` */
function clockText(micros: number): string {
  const known = Math.min(Math.max(0, micros), 253_402_300_799_000_000)
  return new Date(Math.floor(known / 1000)).toISOString().slice(0, 19).replace(/[T:]/g, '-')
}

/** Seconds since 1970 with six digits, as of `time` and `interval`. */
export function secondsText(micros: number): string {
  const sign = micros < 0 ? '-' : ''
  const whole = Math.floor(Math.abs(micros))
  const seconds = Math.floor(whole / 1_000_000)
  return `${sign}${seconds}.${String(1_000_000 + (whole - seconds * 1_000_000)).slice(1)}`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const SPECIAL = /[\u0000-\u001f\u007f\\]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const SPECIAL_IN_SET = /[\u0000-\u001f\u007f\\,]/g

function escapeCharacter(character: string): string {
  if (character === '\\') return '\\\\'
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}

/** A text as a field: never mistaken for a separator, for unset, or for empty. */
export function stringText(value: string, inSet = false): string {
  if (value === '') return EMPTY
  if (value === UNSET) return '\\x2d'
  if (value.startsWith(EMPTY)) return `\\x28${stringText(value.slice(1), inSet)}`
  return value.replace(inSet ? SPECIAL_IN_SET : SPECIAL, escapeCharacter)
}

/** A set or vector of texts. */
export function listText(values: readonly string[]): string {
  return values.length === 0 ? EMPTY : values.map((value) => stringText(value, true)).join(',')
}

/** Plain data of a message as a field. */
export function jsonText(value: Json | undefined): string {
  if (value === undefined || value === null) return UNSET
  if (Array.isArray(value)) return listText(value.map(itemText))
  return stringText(scalarText(value))
}

function itemText(value: Json | undefined): string {
  return value === undefined || value === null ? UNSET : scalarText(value)
}

function scalarText(value: Json): string {
  if (typeof value === 'boolean') return value ? 'T' : 'F'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
