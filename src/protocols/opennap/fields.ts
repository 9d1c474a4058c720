/** The words of a message under the names that the table of commands gives them. */
import { latin1 } from '../../core/text.ts'
import { addressOf, decoded } from './content.ts'
import type { Command, Field, Format } from './wire/commands.ts'
import { type Word, wordsOf } from './wire/words.ts'

export type Value = string | number

export interface Fields {
  readonly values: { readonly [name: string]: Value }
  /** Every required word is there, and numbers and addresses are such. */
  readonly complete: boolean
}

const NO_VALUES: Fields = { values: {}, complete: true }

export function fieldsOf(format: Format, bytes: Uint8Array): Fields {
  if (format.fields.length === 0) return { values: {}, complete: bytes.length === 0 }
  if (bytes.length === 0) return format.required === 0 ? NO_VALUES : { values: {}, complete: false }
  const line = latin1(bytes)
  const words = wordsOf(line)
  const values: Record<string, Value> = {}
  let complete = words.length >= format.required
  for (const [index, field] of format.fields.entries()) {
    const word = words[index]
    if (word === undefined) break
    if (field.kind === 'rest') {
      values[field.name] = decoded(line.slice(word.at))
      break
    }
    if (!put(values, field, word)) complete = false
  }
  return { values, complete }
}

/** @returns whether the word is of its field's kind */
function put(values: Record<string, Value>, { name, kind }: Field, word: Word): boolean {
  switch (kind) {
    case 'number':
      return putNumber(values, name, word.value)
    case 'address': {
      const ip = addressOf(word.value)
      values[name] = ip ?? decoded(word.value)
      if (ip !== undefined && ip !== word.value) values.ip_number = word.value
      // Servers hide addresses from who may not see them.
      return ip !== undefined || word.value === 'unavailable'
    }
    case 'secret':
      values[name] = '(redacted)'
      return true
    default:
      values[name] = decoded(word.value)
      return true
  }
}

function putNumber(values: Record<string, Value>, name: string, value: string): boolean {
  if (/^-?\d{1,15}$/.test(value)) {
    values[name] = Number(value)
    return true
  }
  values.unreadable = `${name}: ${decoded(value)}`
  return false
}

/** Which side may have said this: bit 1 a client, bit 2 a server. */
export function speakersOf(command: Command, bytes: Uint8Array): number {
  let speakers = 0
  for (const [index, format] of command.formats.entries()) {
    if (format === undefined) continue
    const isSpecial = format.fields[0]?.kind === 'special'
    if (isSpecial ? isSpecialText(command.number, bytes) : fieldsOf(format, bytes).complete) {
      speakers += index + 1
    }
  }
  return speakers
}

/** Searches and lists of files, by how they begin; binary shares by their size. */
function isSpecialText(number: number, bytes: Uint8Array): boolean {
  switch (number) {
    case 200:
      return /^(?:FILENAME|MAX_RESULTS|TYPE|LINESPEED|BITRATE|FREQ|SIZE|DURATION|LOCAL_ONLY|WMA-FILE) ?/.test(
        latin1(bytes, 0, 16),
      )
    case 870:
      return /^"[^"]*" "/.test(latin1(bytes, 0, 1024))
    default:
      return bytes.length >= 36
  }
}
