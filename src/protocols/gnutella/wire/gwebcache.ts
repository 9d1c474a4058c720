/**
 * GWebCache: scripts on web servers that remember hosts of the network.
 *
 *     asked   ?hostfile=1 | ?urlfile=1 | ?ip=a.b.c.d:port | ?url=http… | ?statfile=1 | ?ping=1     v1
 *             ?get=1&net=gnutella2 | ?update=1&ip=…&url=…&x_leaves=…                              v2
 *             with client=XXXX and version=…, or client=XXXXn.n
 *     answer  ip:port lines | URL lines | OK | ERROR… | PONG …                                    v1
 *             H|ip:port|age|… | U|url|age | I|update|OK | I|pong|… | D|…                          v2
 *
 * Source: GWebCache 1.3.1 (doc/gnutella/gwcache of gtk-gnutella); GWebCache 2 notes of the
 * Gnutella2 wiki; `I|` lines recalled, two seen in fixtures.
 */
import { type Endpoint, endpointText, parseEndpoint } from '../../../core/address.ts'
import { bytesOf } from '../../../core/bytes.ts'
import { limits } from '../../../core/limits.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'
import { queryPairs, targetParts } from '../../formats/http-head.ts'

export interface CacheRequest {
  /** `hostfile`, `get`, `update`, … in their order. */
  readonly asks: readonly string[]
  /** `gnutella` | `gnutella2` | another; absent in v1. */
  readonly net?: string
  /** Four letters of the vendor. */
  readonly client: string
  readonly version: string
  /** The address that the asker gives as its own. */
  readonly ip?: Endpoint
  readonly url?: string
  readonly leaves?: number
}

const ASKS = [
  'hostfile',
  'urlfile',
  'statfile',
  'bfile',
  'gwcs',
  'get',
  'update',
  'ping',
  'ip',
  'url',
]

/** A request's target, or undefined where it asks no cache: it must name the client in 4 letters. */
export function cacheRequest(target: string): CacheRequest | undefined {
  const { query } = targetParts(target)
  if (query === '') return undefined
  const pairs = queryPairs(query)
  const value = (...names: string[]): string | undefined =>
    pairs.find(([name]) => names.includes(name.toLowerCase()))?.[1]
  const client = /^([A-Za-z0-9]{4})(.*)$/.exec(value('client') ?? '')
  const asks = pairs.map(([name]) => name.toLowerCase()).filter((name) => ASKS.includes(name))
  if (client === null || asks.length === 0) return undefined
  // A longer word is no vendor and version: `client=Firefox`.
  if (client[2] !== '' && !/^[\d. _-]/.test(client[2]!)) return undefined
  const ip = parseEndpoint(value('ip', 'ip1') ?? '')
  const url = value('url', 'url1')
  const net = value('net')?.toLowerCase()
  const leaves = value('x_leaves', 'x.leaves')
  return {
    asks,
    client: client[1]!,
    version: value('version') ?? client[2]!,
    ...(net !== undefined && { net }),
    ...(ip !== undefined && { ip }),
    ...(url !== undefined && { url }),
    ...(leaves !== undefined && /^\d{1,6}$/.test(leaves) && { leaves: Number(leaves) }),
  }
}

export type CacheLine =
  | {
      readonly type: 'host'
      readonly endpoint: Endpoint
      readonly rest: readonly string[]
      readonly v2: boolean
    }
  | {
      readonly type: 'url'
      readonly url: string
      readonly rest: readonly string[]
      readonly v2: boolean
    }
  /** `OK`, `ERROR`, `PONG`, `I|…`, `D|…`, and what follows them. */
  | { readonly type: 'info'; readonly text: string }
  | { readonly type: 'other'; readonly text: string }

export interface CacheAnswer {
  readonly lines: readonly CacheLine[]
  readonly lineEnd: '\r\n' | '\n'
}

const ANSWER_BYTES_MAX = 65_536

function parseLine(line: string): CacheLine {
  const fields = line.split('|')
  if (fields.length > 1) {
    const kind = fields[0]!.toUpperCase()
    const endpoint = kind === 'H' ? parseEndpoint(fields[1]!) : undefined
    if (endpoint !== undefined) return { type: 'host', endpoint, rest: fields.slice(2), v2: true }
    if (kind === 'U') return { type: 'url', url: fields[1]!, rest: fields.slice(2), v2: true }
    if (kind === 'I' || kind === 'D') return { type: 'info', text: line }
    return { type: 'other', text: line }
  }
  const endpoint = parseEndpoint(line)
  if (endpoint !== undefined) return { type: 'host', endpoint, rest: [], v2: false }
  if (/^https?:\/\/\S+$/i.test(line)) return { type: 'url', url: line, rest: [], v2: false }
  if (/^(?:OK|ERROR|PONG|WARNING)\b/.test(line)) return { type: 'info', text: line }
  return { type: 'other', text: line }
}

/** @faults 'answer-empty' | 'answer-too-long' */
export function parseCacheAnswer(bytes: Uint8Array, at: number): Outcome<CacheAnswer> {
  const size = bytes.length - at
  if (size === 0) return malformed('answer-empty', at)
  if (size > ANSWER_BYTES_MAX) return malformed('answer-too-long', at + ANSWER_BYTES_MAX)
  const body = latin1(bytes, at, size)
  const lineEnd = body.includes('\r\n') ? '\r\n' : '\n'
  const lines = body
    .split(/\r\n|\n|\r/, limits.listedMax)
    .filter((line) => line !== '')
    .map(parseLine)
  return message({ lines, lineEnd }, size)
}

function emitLine(line: CacheLine): string {
  switch (line.type) {
    case 'host': {
      const address = endpointText(line.endpoint)
      return line.v2 ? ['H', address, ...line.rest].join('|') : address
    }
    case 'url':
      return line.v2 ? ['U', line.url, ...line.rest].join('|') : line.url
    default:
      return line.text
  }
}

export const cacheAnswerWire: Wire<CacheAnswer> = {
  name: 'gnutella/gwebcache',
  source: 'GWebCache 1.3.1, doc/gnutella/gwcache of gtk-gnutella',
  carrier: 'datagram',
  messageBytesMax: ANSWER_BYTES_MAX,
  faults: ['answer-empty', 'answer-too-long'],
  parse: parseCacheAnswer,
  emit: ({ lines, lineEnd }) => bytesOf(lines.map((line) => emitLine(line) + lineEnd).join('')),
}

/** Whether the lines are what a cache answers: nothing else, and at least one of the known kinds. */
export function isCacheAnswer({ lines }: CacheAnswer): boolean {
  const known = lines.filter((line) => line.type !== 'other')
  return known.length > 0 && known.length === lines.length
}

export function hostsOf({ lines }: CacheAnswer): Endpoint[] {
  return lines.flatMap((line) => (line.type === 'host' ? [line.endpoint] : []))
}
