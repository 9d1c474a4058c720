/**
 * SAM, over which programs use a router on their own machine: lines of two words and `KEY=value`
 * pairs; values with blanks stand in quotes.
 *
 *   HELLO VERSION MIN=3.0 MAX=3.3 LF            HELLO REPLY RESULT=OK VERSION=3.1 LF
 *   SESSION CREATE STYLE=STREAM ID=a DESTINATION=TRANSIENT LF
 *   STREAM CONNECT ID=a DESTINATION=… LF        NAMING LOOKUP NAME=example.i2p LF
 *
 * Source: geti2p.net, "SAM V3" (i2p/i2p.www i2p2www/pages/site/docs/api/samv3.html).
 */
import { concat } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import { text } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

/** A line without its end. */
export interface SamLine {
  readonly line: Uint8Array
}

/** A destination with its private keys has about 900 letters; nothing longer is sent in a line. */
const LINE_BYTES_MAX = 8192
const LF = 10

function parse(bytes: Uint8Array, at: number): Outcome<SamLine> {
  const end = bytes.indexOf(LF, at)
  if (end < 0) {
    const have = bytes.length - at
    return have >= LINE_BYTES_MAX ? malformed('line-too-long', at) : need(have + 1)
  }
  const size = end + 1 - at
  if (size > LINE_BYTES_MAX) return malformed('line-too-long', at)
  return message({ line: bytes.subarray(at, end) }, size)
}

export const samWire: Wire<SamLine> = {
  name: 'i2p/sam',
  source: 'geti2p.net, SAM V3',
  carrier: 'stream',
  messageBytesMax: LINE_BYTES_MAX,
  faults: ['line-too-long'],
  parse,
  emit: ({ line }) => concat(line, Uint8Array.of(LF)),
}

export interface SamCommand {
  /** `HELLO VERSION`; the second word may be missing. */
  readonly command: string
  readonly pairs: ReadonlyMap<string, string>
}

const PAIRS_MAX = 64

export function readCommand(line: Uint8Array): SamCommand {
  const words = text(line).match(/[^\s"=]+="(?:[^"\\]|\\.)*"|\S+/g) ?? []
  const pairs = new Map<string, string>()
  const plain: string[] = []
  for (const word of words) {
    const equals = word.indexOf('=')
    if (equals <= 0) {
      if (plain.length < 2) plain.push(word.toUpperCase())
      continue
    }
    const value = word.slice(equals + 1).replace(/^"(.*)"$/s, '$1')
    if (pairs.size < PAIRS_MAX) pairs.set(word.slice(0, equals).toUpperCase(), value)
  }
  return { command: plain.join(' '), pairs }
}
