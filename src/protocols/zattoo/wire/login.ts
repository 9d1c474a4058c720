/**
 * How Zattoo's program asks its servers: the first lines of HTTP requests that it alone makes.
 * Source: OpenDPI and nDPI, zattoo.c.
 *
 *   fd        "GET /frontdoor/fd?brand=Zattoo&v=" | version and more | LF
 *   update    "POST /channelserver/player/channel/update HTTP/1.1" | CR | LF
 */
import { bytesOf, concat, hasAt } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const FRONTDOOR = bytesOf('GET /frontdoor/fd?brand=Zattoo&v=')
export const UPDATE = bytesOf('POST /channelserver/player/channel/update HTTP/1.1')
const LINE_MAX = 4096
const LF = 10

const FAULTS = ['not-known', 'line-too-long'] as const

export interface Login {
  readonly type: 'frontdoor' | 'update'
  /** What follows on the line. */
  readonly rest: Uint8Array
}

function parse(bytes: Uint8Array, at: number): Outcome<Login> {
  const have = bytes.length - at
  for (const [type, words] of STARTS) {
    if (have < words.length && hasAt(words, 0, bytes.subarray(at))) return need(words.length)
    if (!hasAt(bytes, at, words)) continue
    const from = at + words.length
    const end = bytes.subarray(from, from + LINE_MAX).indexOf(LF)
    const rest = bytes.subarray(from, from + end)
    if (end >= 0) return message({ type, rest }, words.length + end + 1)
    if (have >= words.length + LINE_MAX) return malformed('line-too-long', at)
    return need(have + 1)
  }
  return malformed('not-known', at)
}

const STARTS = [
  ['frontdoor', FRONTDOOR],
  ['update', UPDATE],
] as const

function emit({ type, rest }: Login): Uint8Array {
  return concat(type === 'frontdoor' ? FRONTDOOR : UPDATE, rest, bytesOf('\n'))
}

export const loginWire: Wire<Login> = {
  name: 'zattoo/login',
  source: 'OpenDPI and nDPI, zattoo.c',
  carrier: 'stream',
  messageBytesMax: UPDATE.length + LINE_MAX,
  faults: FAULTS,
  parse,
  emit,
}
