/**
 * Azureus messaging: what two peers speak after their handshakes where both set the Azureus bit and
 * neither insists on the extension protocol. Ordinary messages travel in it as `BT_HAVE` and so on.
 *
 *   0  u32be total        bytes that follow
 *   4  u32be name size
 *   8  name               AZ_HANDSHAKE, AZ_PEER_EXCHANGE, BT_PIECE …
 *      u8    version
 *      payload            to the end; of AZ_ messages one bencoded dictionary
 *
 * Source: the Azureus messaging protocol text (transmission misc/azureus.txt) and Vuze's sources.
 */
import type { Endpoint } from '../../../core/address.ts'
import { ByteWriter, hex, u32be } from '../../../core/bytes.ts'
import { limits } from '../../../core/limits.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import { latin1, text } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'
import type { BDict } from '../../formats/bencode.ts'
import { endpointOfBytes } from '../../formats/compact-peers.ts'
import { MESSAGE_BYTES_MAX } from './peer.ts'

export interface AzureusMessage {
  readonly name: string
  readonly version: number
  readonly payload: Uint8Array
}

/** The longest name in use is `AZ_GENERIC_SESSION_SYN`… of about 30 characters. */
const NAME_BYTES_MAX = 64

const AZUREUS_FAULTS = ['message-too-long', 'name-length-wrong', 'name-unknown'] as const

/**
 * Whether a message of this kind stands here rather than a plain one: its name size looks like the
 * id `choke` with a body, which no plain message has.
 * @returns undefined where too few bytes are there to tell
 */
export function looksAzureus(bytes: Uint8Array, at: number): boolean | undefined {
  const have = bytes.length - at
  for (let i = 4; i < 7; i++) {
    if (i >= have) return undefined
    if (bytes[at + i] !== 0) return false
  }
  if (u32be(bytes, at) < 8) return false
  if (have < 11) return undefined
  return bytes[at + 7]! <= NAME_BYTES_MAX && nameFits(latin1(bytes, at + 8, 3))
}

function nameFits(start: string): boolean {
  return start === 'AZ_' || start === 'BT_'
}

/** @faults AZUREUS_FAULTS */
function parse(bytes: Uint8Array, at: number): Outcome<AzureusMessage> {
  const have = bytes.length - at
  if (have < 8) return need(8)
  const total = u32be(bytes, at)
  if (total > MESSAGE_BYTES_MAX - 4) return malformed('message-too-long', at)
  const nameSize = u32be(bytes, at + 4)
  if (nameSize < 3 || nameSize > NAME_BYTES_MAX || nameSize + 5 > total) {
    return malformed('name-length-wrong', at + 4)
  }
  if (have >= 11 && !nameFits(latin1(bytes, at + 8, 3))) return malformed('name-unknown', at + 8)
  if (have < 4 + total) return need(4 + total)
  const nameEnd = at + 8 + nameSize
  const azureus = {
    name: latin1(bytes, at + 8, nameSize),
    version: bytes[nameEnd]!,
    payload: bytes.subarray(nameEnd + 1, at + 4 + total),
  }
  return message(azureus, 4 + total)
}

function emit(azureus: AzureusMessage): Uint8Array {
  const writer = new ByteWriter().u32be(0).u32be(azureus.name.length).latin1(azureus.name)
  writer.u8(azureus.version).bytes(azureus.payload)
  return writer.patchU32be(0, writer.size - 4).finish()
}

/** What AZ_HANDSHAKE says; the identity is hex. */
export interface AzureusHandshake {
  readonly client?: string
  readonly version?: string
  readonly identity?: string
  readonly tcpPort?: number
  readonly udpPort?: number
  /** 0 plain, 1 encrypted. */
  readonly handshakeType?: number
}

export function azureusHandshake(dict: BDict): AzureusHandshake {
  const client = dict.bytes('client')
  const version = dict.bytes('version')
  const identity = dict.bytes('identity')
  const tcpPort = dict.number('tcp_port')
  const udpPort = dict.number('udp_port')
  const handshakeType = dict.number('handshake_type')
  return {
    ...(client === undefined ? {} : { client: text(client) }),
    ...(version === undefined ? {} : { version: text(version) }),
    ...(identity === undefined ? {} : { identity: hex(identity) }),
    ...(tcpPort === undefined ? {} : { tcpPort }),
    ...(udpPort === undefined ? {} : { udpPort }),
    ...(handshakeType === undefined ? {} : { handshakeType }),
  }
}

/** Peers of one list of AZ_PEER_EXCHANGE (`added`, `dropped`): strings of 6 or 18 bytes. */
export function azureusPeers(dict: BDict, list: string): Endpoint[] {
  const peers: Endpoint[] = []
  for (const item of dict.list(list)?.slice(0, limits.listedMax) ?? []) {
    const endpoint = item instanceof Uint8Array ? endpointOfBytes(item) : undefined
    if (endpoint !== undefined) peers.push(endpoint)
  }
  return peers
}

export const azureusWire: Wire<AzureusMessage> = {
  name: 'bittorrent/azureus',
  source: 'Azureus messaging protocol',
  carrier: 'stream',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: AZUREUS_FAULTS,
  parse,
  emit,
}
