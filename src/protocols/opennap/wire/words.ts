/**
 * The text of a frame as words: separated by one space each, or in double quotes. Quotes inside of
 * quotes are not escaped; clients that were given one sent it as it was.
 * Source: opennap, napster.txt section 1.
 *
 *   text    word *( SP word )
 *   word    *( any but SP )  |  DQUOTE *( any but DQUOTE ) DQUOTE
 *
 * Two spaces hold an empty word between them: emitting gives the same bytes back.
 */
import { bytesOf } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

/** One character per byte: `text` of core decodes it when it is shown. */
export interface Word {
  readonly value: string
  readonly quoted: boolean
  /** Where it begins in the text, so that a rest can be taken as it is. */
  readonly at: number
}

/** More than any message has but lists of shared files, which have at most 65,535 / 2 words. */
const WORDS_MAX = 32_768
const TEXT_BYTES_MAX = 0xffff
const FAULTS = ['text-too-long', 'empty', 'quote-open'] as const

function parse(bytes: Uint8Array, at: number): Outcome<readonly Word[]> {
  if (bytes.length - at > TEXT_BYTES_MAX) return malformed('text-too-long', at)
  const text = latin1(bytes, at)
  if (text === '') return malformed('empty', at)
  const words = wordsOf(text)
  const last = words.at(-1)!
  if (last.quoted && last.at + last.value.length + 2 > text.length) {
    return malformed('quote-open', at + last.at)
  }
  return message(words, bytes.length - at)
}

/** The words of a text; a quote that is not closed reaches to the end. */
export function wordsOf(text: string): readonly Word[] {
  const words: Word[] = []
  let at = 0
  while (at <= text.length && words.length < WORDS_MAX) {
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1)
      words.push({ value: text.slice(at + 1, end), quoted: true, at })
      at = end + 2
      continue
    }
    const space = text.indexOf(' ', at)
    const end = space < 0 ? text.length : space
    words.push({ value: text.slice(at, end), quoted: false, at })
    at = end + 1
  }
  return words
}

/** A quote closes a word only where a space or the end follows; else it is part of the word. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    if (at + 1 === text.length || text[at + 1] === ' ') return at
  }
  return text.length
}

function emit(words: readonly Word[]): Uint8Array {
  return bytesOf(words.map(({ value, quoted }) => (quoted ? `"${value}"` : value)).join(' '))
}

export const wordsWire: Wire<readonly Word[]> = {
  name: 'opennap/words',
  source: 'opennap, napster.txt section 1',
  carrier: 'datagram',
  messageBytesMax: TEXT_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
