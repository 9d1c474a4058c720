/**
 * The extension handshake: body of an `extended` message with extended id 0.
 *
 *   one bencoded dictionary; nothing is obligatory
 *     m              {name → id}: ids chosen by the sender; who writes to it must use them
 *     p              TCP port the sender listens on
 *     v              client name and version
 *     yourip         4 or 16 bytes: how the sender sees the receiver
 *     ipv4, ipv6     4, 16 bytes: the sender's other addresses
 *     reqq           requests it will queue
 *     metadata_size  size of the info dictionary (BEP 9)
 *     upload_only    1: wants nothing (BEP 21)
 *     share_mode     1: shares without wanting the content
 *     complete_ago   seconds since it became a seed
 *     e              1: prefers encryption
 *
 * Source: BEP 10, 9, 21; libtorrent bt_peer_connection.cpp for share_mode, complete_ago and e.
 * `dict` is the message; `emit` writes it. Values of a wrong type are left there and read as absent.
 */
import { concat } from '../../../core/bytes.ts'
import { limits } from '../../../core/limits.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { text } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'
import { BDict, BENCODE_FAULTS, bdecode, bencode } from '../../formats/bencode.ts'
import { ipOfBytes } from '../../formats/compact-peers.ts'

export interface ExtendedHandshake {
  readonly dict: BDict
  /** Bytes after the dictionary; real clients send none. */
  readonly rest: Uint8Array
}

/** What an extension handshake says, where it says it. */
export interface ExtendedFields {
  /** [name, id], id 0 = the extension is switched off. */
  readonly extensions: readonly (readonly [string, number])[]
  readonly port?: number
  readonly client?: string
  readonly yourIp?: string
  readonly ipv4?: string
  readonly ipv6?: string
  readonly requestQueue?: number
  readonly metadataSize?: number
  readonly uploadOnly?: boolean
  readonly shareMode?: boolean
  readonly completeAgoSeconds?: number
  readonly prefersEncryption?: boolean
}

/** No extension message is believed to be longer, in bytes. */
export const EXTENDED_BYTES_MAX = 1_048_576

export const EXTENDED_FAULTS = [
  ...BENCODE_FAULTS,
  'bencode-cut-short',
  'not-a-dictionary',
  'message-too-long',
] as const

/**
 * A bencoded dictionary at the start of `bytes[at…]`, and what follows it.
 * @faults EXTENDED_FAULTS
 */
export function dictAndRest(
  bytes: Uint8Array,
  at: number,
): Outcome<{ dict: BDict; rest: Uint8Array }> {
  if (bytes.length - at > EXTENDED_BYTES_MAX) return malformed('message-too-long', at)
  const outcome = bdecode(bytes, at)
  if (outcome.kind === 'malformed') return outcome
  if (outcome.kind === 'need') return malformed('bencode-cut-short', bytes.length)
  if (!(outcome.message instanceof BDict)) return malformed('not-a-dictionary', at)
  const rest = bytes.subarray(at + outcome.size)
  return message({ dict: outcome.message, rest }, bytes.length - at)
}

export function emitDictAndRest(value: { dict: BDict; rest: Uint8Array }): Uint8Array {
  return concat(bencode(value.dict), value.rest)
}

/** @returns at most `listedMax` extensions; names are kept as they are written */
export function extendedFields(dict: BDict): ExtendedFields {
  const extensions: [string, number][] = []
  const m = dict.dict('m')
  for (let i = 0; m !== undefined && i < m.size && i < limits.listedMax; i++) {
    const id = m.values[i]
    if (typeof id === 'number' && id >= 0 && id <= 255) extensions.push([m.keys[i]!, id])
  }
  const client = dict.bytes('v')
  return {
    extensions,
    ...given('port', port(dict.number('p'))),
    ...given('client', client === undefined ? undefined : text(client)),
    ...given('yourIp', ipOfBytes(dict.bytes('yourip'))),
    ...given('ipv4', ipOfBytes(dict.bytes('ipv4'))),
    ...given('ipv6', ipOfBytes(dict.bytes('ipv6'))),
    ...given('requestQueue', dict.number('reqq')),
    ...given('metadataSize', dict.number('metadata_size')),
    ...given('uploadOnly', flag(dict.number('upload_only'))),
    ...given('shareMode', flag(dict.number('share_mode'))),
    ...given('completeAgoSeconds', dict.number('complete_ago')),
    ...given('prefersEncryption', flag(dict.number('e'))),
  }
}

function given<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]?: V })
}

function port(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 && value <= 65_535 ? value : undefined
}

function flag(value: number | undefined): boolean | undefined {
  return value === undefined ? undefined : value !== 0
}

/** Name and version out of a client text: `qBittorrent/4.5.2`, `Transmission 3.00`, `µTorrent 3.5.5`. */
export function clientOfText(client: string): { software: string; version?: string } {
  const match = /^(.{1,64}?)[ /]v?(\d[\w.+\- ]{0,31})$/.exec(client)
  return match === null
    ? { software: client.slice(0, 96) }
    : { software: OTHERWISE.get(match[1]!) ?? match[1]!, version: match[2]! }
}

/** Libraries that call themselves otherwise than peer ids and the DHT know them; rTorrent's is `libTorrent`. */
const OTHERWISE = new Map([['libtorrent', 'libtorrent (Rasterbar)']])

export const extendedHandshakeWire: Wire<ExtendedHandshake> = {
  name: 'bittorrent/extended-handshake',
  source: 'BEP 10, 9, 21',
  carrier: 'datagram',
  messageBytesMax: EXTENDED_BYTES_MAX,
  faults: EXTENDED_FAULTS,
  parse: dictAndRest,
  emit: emitDictAndRest,
}
