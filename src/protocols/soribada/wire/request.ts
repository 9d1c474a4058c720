/**
 * How a download is asked for over TCP.
 * Source: l7-protocols, protocols/soribada.pat. What follows the word is not described there.
 *
 *   request   "GETMP3" CRLF "Filename" | rest of the line | LF
 */
import { bytesOf, concat, hasAt } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const WORDS = bytesOf('GETMP3\r\nFilename')
/** A file's name with its folders. */
const LINE_MAX = 4096
const LF = 10

const FAULTS = ['words-wrong', 'line-too-long'] as const

export interface Request {
  /** Behind the word, without the line's end: a colon or blank, and the name. */
  readonly name: Uint8Array
}

function parse(bytes: Uint8Array, at: number): Outcome<Request> {
  const have = bytes.length - at
  if (have < WORDS.length) return need(WORDS.length)
  if (!hasAt(bytes, at, WORDS)) return malformed('words-wrong', at)
  const from = at + WORDS.length
  const end = bytes.subarray(from, from + LINE_MAX).indexOf(LF)
  if (end >= 0) return message({ name: bytes.subarray(from, from + end) }, WORDS.length + end + 1)
  if (have >= WORDS.length + LINE_MAX) return malformed('line-too-long', at)
  return need(have + 1)
}

function emit({ name }: Request): Uint8Array {
  return concat(WORDS, name, bytesOf('\n'))
}

export const requestWire: Wire<Request> = {
  name: 'soribada/request',
  source: 'l7-protocols, soribada.pat',
  carrier: 'stream',
  messageBytesMax: WORDS.length + LINE_MAX,
  faults: FAULTS,
  parse,
  emit,
}
