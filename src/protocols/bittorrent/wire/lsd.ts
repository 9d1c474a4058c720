/**
 * Local service discovery: a peer tells its network which contents it has, by multicast to
 * 239.192.152.143 or ff15::efc0:988f, port 6771.
 * Source: BEP 14; fixtures/bt-lsd.pcap.
 *
 *   BT-SEARCH * HTTP/1.1  CRLF
 *   Host: <group>:6771  CRLF
 *   Port: <TCP port>  CRLF
 *   Infohash: <hex 40>  CRLF        one or more
 *   cookie: <opaque>  CRLF          optional: to know one's own message
 *   CRLF CRLF
 */
import { bytesOf, concat, hasAt } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import {
  emitHttpHead,
  type HttpHead,
  header,
  headersOf,
  parseHttpHead,
} from '../../formats/http-head.ts'

export interface LsdMessage {
  readonly head: HttpHead
  /** `239.192.152.143:6771`, as written. */
  readonly host: string
  readonly port: number
  /** Lower-case hex, 40 digits each. */
  readonly infoHashes: readonly string[]
  readonly cookie?: string
  /** What follows the blank line: by BEP 14 another one. */
  readonly rest: Uint8Array
}

/** BEP 14 wants at most 1,400 bytes; what is longer is read as far as a datagram goes. */
const MESSAGE_BYTES_MAX = 65_507

export const LSD_START = bytesOf('BT-SEARCH * HTTP/1.')

// biome-ignore format: a table
const FAULTS = [
  'start-line-wrong',
  'head-broken',          // no blank line, too many or too long headers
  'port-wrong',           // missing, not a number, above 65,535
  'infohash-missing',
  'infohash-wrong',       // not 40 hex digits
] as const

function parse(bytes: Uint8Array, at: number): Outcome<LsdMessage> {
  if (!hasAt(bytes, at, LSD_START)) return malformed('start-line-wrong', at)
  const outcome = parseHttpHead(bytes, at)
  if (outcome.kind === 'need') return malformed('head-broken', bytes.length)
  if (outcome.kind === 'malformed') return malformed('head-broken', outcome.at)
  const head = outcome.message
  const port = header(head, 'port') ?? ''
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return malformed('port-wrong', at)
  const infoHashes = headersOf(head, 'infohash').map((hash) => hash.toLowerCase())
  if (infoHashes.length === 0) return malformed('infohash-missing', at)
  if (!infoHashes.every((hash) => /^[0-9a-f]{40}$/.test(hash))) {
    return malformed('infohash-wrong', at)
  }
  const host = header(head, 'host') ?? ''
  const cookie = header(head, 'cookie')
  const rest = bytes.subarray(at + outcome.size)
  const said = { head, host, port: Number(port), infoHashes, rest }
  return message(cookie === undefined ? said : { ...said, cookie }, bytes.length - at)
}

export const lsdWire: Wire<LsdMessage> = {
  name: 'bittorrent/lsd',
  source: 'BEP 14',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit: (said) => concat(emitHttpHead(said.head), said.rest),
}

/** The bytes of a message as BEP 14 writes it. */
export function makeLsd(
  host: string,
  port: number,
  infoHashes: readonly string[],
  cookie?: string,
): Uint8Array {
  const hashes = infoHashes.map((hash) => ['Infohash', hash] as const)
  const last = cookie === undefined ? [] : [['cookie', cookie] as const]
  const headers = [['Host', host] as const, ['Port', String(port)] as const, ...hashes, ...last]
  return concat(emitHttpHead({ startLine: 'BT-SEARCH * HTTP/1.1', headers }), bytesOf('\r\n'))
}
