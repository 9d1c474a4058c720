/**
 * The DHT of Azureus, Vuze and BiglyBT, which is not the mainline one. Everything big-endian.
 * Source: BiglyBT core/src/com/biglybt/core/dht/transport/udp/impl (DHTUDPPacketRequest, -Reply,
 * -Helper, DHTUDPUtils); protocol versions from DHTTransportUDP.
 *
 *   request   connection u64 (top bit set) | action u32 (even) | transaction u32 | version u8 |
 *             vendor u8 ≥14 | network u32 ≥9 | own version u8 ≥9 | address | instance u32 |
 *             time u64 ms | flags u8 ≥51 | flags2 u8 ≥53 | body
 *   reply     action u32 (odd, or 1032) | transaction u32 | connection u64 | version u8 |
 *             vendor u8 ≥14 | network u32 ≥9 | instance u32 | flags u8 ≥51 | flags2 u8 ≥53 |
 *             took u16 ms ≥54 | body
 *   address   size u8 (4 or 16) | ip | port u16
 *   contact   kind u8 (1 = UDP) | version u8 | address
 *
 *   1024 ping             1025 ping reply
 *   1026 store            spoof id u32 ≥7 | keys u8 × (size u8, key) | u8 × (u16 × value)
 *   1028 find node        id (size u8) | …
 *   1029 its reply        spoof id u32 ≥7 | status u32 ≥12 | nodes u32 ≥13 | positions ≥15 | contacts
 *   1030 find value       id (size u8) | flags u8 | wanted u8
 *   1031 its reply        more u8 | is value u8 | (kind u8 | u16 × value) or (contacts | …)
 *   contacts              u16 × contact
 *   positions             u8 × (kind u8 | size u8 | bytes)
 *   value                 version u32 | created u64 | size u16, bytes | contact | flags u8 |
 *                         hours u8 ≥23 | replication u8 ≥24
 *
 * "≥n": only where the packet's version says so. The body is kept as it stands; `vuzeBody` reads
 * what tells of others: keys, contacts, values.
 */
import type { Endpoint } from '../../../core/address.ts'
import { ByteWriter, u16be, u32be, u64beBig } from '../../../core/bytes.ts'
import { limits } from '../../../core/limits.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { compactEndpoint, ipBytesOf } from '../../formats/compact-peers.ts'

interface VuzeCommon {
  readonly connectionBig: bigint
  readonly action: number
  readonly transaction: number
  readonly version: number
  readonly vendor: number
  readonly network: number
  readonly instance: number
  readonly flags: number
  readonly flags2: number
  readonly body: Uint8Array
}

export interface VuzeRequest extends VuzeCommon {
  readonly kind: 'request'
  /** The version the sender could speak; `version` is trimmed to what the other understands. */
  readonly ownVersion: number
  /** Where the sender thinks it is. */
  readonly address: Endpoint
  readonly timeBig: bigint
}

export interface VuzeReply extends VuzeCommon {
  readonly kind: 'reply'
  readonly tookMs: number
}

export type VuzeMessage = VuzeRequest | VuzeReply

/** What a body tells of others. */
export interface VuzeBody {
  /** Keys asked for or stored, 20 bytes by habit: the SHA-1 of what they stand for. */
  readonly keys: readonly Uint8Array[]
  readonly contacts: readonly Endpoint[]
  readonly values: readonly VuzeValue[]
  /** An error's address: where the replier saw the sender. */
  readonly seenAs?: Endpoint
}

export interface VuzeValue {
  readonly bytes: Uint8Array
  readonly by: Endpoint
}

const MESSAGE_BYTES_MAX = 65_507
const ACTION_FIRST = 1024
const ACTION_LAST = 1039
const ACTION_ERROR = 1032
const ACTION_DATA = 1035

// biome-ignore format: a table
const NAMES = [
  'ping', 'ping-reply', 'store', 'store-reply', 'find-node', 'find-node-reply',
  'find-value', 'find-value-reply', 'error', 'stats-reply', 'stats', 'data',
  'key-block', 'key-block-reply', 'query-store', 'query-store-reply',
] as const

export function vuzeActionName(action: number): string {
  return NAMES[action - ACTION_FIRST] ?? String(action)
}

// biome-ignore format: a table
const FAULTS = [
  'truncated',
  'not-vuze',              // neither a request nor a reply begins so
  'address-size-wrong',    // not 4 or 16
] as const

export function isVuzeAction(action: number): boolean {
  return action >= ACTION_FIRST && action <= ACTION_LAST
}

/** Requests are even and replies odd, but for the four in the middle. */
function isRequestAction(action: number): boolean {
  if (action === ACTION_DATA) return true
  return isVuzeAction(action) && action % 2 === 0 && action !== ACTION_ERROR
}

function isReplyAction(action: number): boolean {
  return isVuzeAction(action) && !isRequestAction(action)
}

/** Reads forward; past the end it notes that it was short and gives zeros. */
class Cursor {
  readonly bytes: Uint8Array
  at: number
  short = false

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes
    this.at = at
  }

  take(size: number): number {
    const at = this.at
    if (at + size > this.bytes.length) this.short = true
    else this.at = at + size
    return at
  }

  u8(): number {
    const at = this.take(1)
    return this.short ? 0 : this.bytes[at]!
  }

  u16(): number {
    const at = this.take(2)
    return this.short ? 0 : u16be(this.bytes, at)
  }

  u32(): number {
    const at = this.take(4)
    return this.short ? 0 : u32be(this.bytes, at)
  }

  u64Big(): bigint {
    const at = this.take(8)
    return this.short ? 0n : u64beBig(this.bytes, at)
  }

  view(size: number): Uint8Array {
    const at = this.take(size)
    return this.short ? EMPTY : this.bytes.subarray(at, at + size)
  }

  /** Undefined where it is short or the size is neither 4 nor 16. */
  address(): Endpoint | undefined {
    const size = this.u8()
    if (size !== 4 && size !== 16) return undefined
    const at = this.take(size + 2)
    return this.short ? undefined : compactEndpoint(this.bytes, at, size)
  }
}

const EMPTY = new Uint8Array(0)

function parse(bytes: Uint8Array, at: number): Outcome<VuzeMessage> {
  if (bytes.length - at < 17) return malformed('truncated', bytes.length)
  const topBit = (offset: number) => bytes[at + offset]! >= 0x80
  if (topBit(0) && isRequestAction(u32be(bytes, at + 8))) return request(bytes, at)
  if (topBit(8) && isReplyAction(u32be(bytes, at))) return reply(bytes, at)
  return malformed('not-vuze', at)
}

function request(bytes: Uint8Array, at: number): Outcome<VuzeMessage> {
  const cursor = new Cursor(bytes, at)
  const connectionBig = cursor.u64Big()
  const action = cursor.u32()
  const transaction = cursor.u32()
  const version = cursor.u8()
  const vendor = version >= 14 ? cursor.u8() : 0xff
  const network = version >= 9 ? cursor.u32() : 0
  const ownVersion = version >= 9 ? cursor.u8() : version
  const addressAt = cursor.at
  const address = cursor.address()
  if (address === undefined) {
    return cursor.short
      ? malformed('truncated', bytes.length)
      : malformed('address-size-wrong', addressAt)
  }
  const instance = cursor.u32()
  const timeBig = cursor.u64Big()
  const flags = version >= 51 ? cursor.u8() : 0
  const flags2 = version >= 53 ? cursor.u8() : 0
  if (cursor.short) return malformed('truncated', bytes.length)
  const body = bytes.subarray(cursor.at)
  return message(
    {
      kind: 'request',
      connectionBig,
      action,
      transaction,
      version,
      vendor,
      network,
      ownVersion,
      address,
      instance,
      timeBig,
      flags,
      flags2,
      body,
    },
    bytes.length - at,
  )
}

function reply(bytes: Uint8Array, at: number): Outcome<VuzeMessage> {
  const cursor = new Cursor(bytes, at)
  const action = cursor.u32()
  const transaction = cursor.u32()
  const connectionBig = cursor.u64Big()
  const version = cursor.u8()
  const vendor = version >= 14 ? cursor.u8() : 0xff
  const network = version >= 9 ? cursor.u32() : 0
  const instance = cursor.u32()
  const flags = version >= 51 ? cursor.u8() : 0
  const flags2 = version >= 53 ? cursor.u8() : 0
  const tookMs = version >= 54 ? cursor.u16() : 0
  if (cursor.short) return malformed('truncated', bytes.length)
  const body = bytes.subarray(cursor.at)
  return message(
    {
      kind: 'reply',
      action,
      transaction,
      connectionBig,
      version,
      vendor,
      network,
      instance,
      flags,
      flags2,
      tookMs,
      body,
    },
    bytes.length - at,
  )
}

function emit(said: VuzeMessage): Uint8Array {
  const writer = new ByteWriter()
  if (said.kind === 'request') {
    writer.u64beBig(said.connectionBig).u32be(said.action).u32be(said.transaction)
  } else {
    writer.u32be(said.action).u32be(said.transaction).u64beBig(said.connectionBig)
  }
  const { version } = said
  writer.u8(version)
  if (version >= 14) writer.u8(said.vendor)
  if (version >= 9) writer.u32be(said.network)
  if (said.kind === 'request') {
    if (version >= 9) writer.u8(said.ownVersion)
    writeAddress(writer, said.address)
  }
  writer.u32be(said.instance)
  if (said.kind === 'request') writer.u64beBig(said.timeBig)
  if (version >= 51) writer.u8(said.flags)
  if (version >= 53) writer.u8(said.flags2)
  if (said.kind === 'reply' && version >= 54) writer.u16be(said.tookMs)
  return writer.bytes(said.body).finish()
}

function writeAddress(writer: ByteWriter, address: Endpoint): void {
  const ip = ipBytesOf(address.ip) ?? new Uint8Array(4)
  writer.u8(ip.length).bytes(ip).u16be(address.port)
}

export const vuzeDhtWire: Wire<VuzeMessage> = {
  name: 'bittorrent/vuze-dht',
  source: 'BiglyBT DHTUDPPacketRequest, DHTUDPPacketReply',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}

const NOTHING: VuzeBody = { keys: [], contacts: [], values: [] }

/** What a body tells of others, as far as it reads; undefined where it breaks off. */
export function vuzeBody(said: VuzeMessage): VuzeBody | undefined {
  const cursor = new Cursor(said.body, 0)
  let read: VuzeBody = NOTHING
  switch (vuzeActionName(said.action)) {
    case 'find-node':
    case 'find-value':
      read = { ...NOTHING, keys: [cursor.view(cursor.u8())] }
      break
    case 'store':
      read = stored(cursor, said.version)
      break
    case 'find-node-reply':
      read = foundNodes(cursor, said.version)
      break
    case 'find-value-reply':
      read = foundValue(cursor, said.version)
      break
    case 'error': {
      const seenAs = cursor.u32() === 1 ? cursor.address() : undefined
      if (seenAs !== undefined) read = { ...NOTHING, seenAs }
    }
  }
  return cursor.short ? undefined : read
}

function foundNodes(cursor: Cursor, version: number): VuzeBody {
  if (version >= 7) cursor.u32()
  if (version >= 12) cursor.u32()
  if (version >= 13) cursor.u32()
  if (version >= 15) passPositions(cursor)
  // Versions 10 to 14 have a position of fixed size here; gone from the network since 2011.
  else if (version >= 10) return NOTHING
  return { ...NOTHING, contacts: contacts(cursor) }
}

function foundValue(cursor: Cursor, version: number): VuzeBody {
  if (version >= 6) cursor.u8()
  if (cursor.u8() === 0) return { ...NOTHING, contacts: contacts(cursor) }
  if (version >= 6) cursor.u8()
  return { ...NOTHING, values: values(cursor, version) }
}

function stored(cursor: Cursor, version: number): VuzeBody {
  if (version >= 7) cursor.u32()
  const keys: Uint8Array[] = []
  const keyCount = cursor.u8()
  for (let i = 0; i < keyCount && !cursor.short; i++) keys.push(cursor.view(cursor.u8()))
  const all: VuzeValue[] = []
  const setCount = cursor.u8()
  for (let i = 0; i < setCount && !cursor.short; i++) {
    for (const value of values(cursor, version)) {
      if (all.length < limits.listedMax) all.push(value)
    }
  }
  return { keys, contacts: [], values: all }
}

function passPositions(cursor: Cursor): void {
  const count = cursor.u8()
  for (let i = 0; i < count && !cursor.short; i++) {
    cursor.u8()
    cursor.take(cursor.u8())
  }
}

/** Kind, version, address: at least nine bytes each. */
function contacts(cursor: Cursor): Endpoint[] {
  const count = Math.min(cursor.u16(), limits.listedMax)
  const list: Endpoint[] = []
  for (let i = 0; i < count; i++) {
    const contact = contactOf(cursor)
    if (contact === undefined) break
    list.push(contact)
  }
  return list
}

function contactOf(cursor: Cursor): Endpoint | undefined {
  cursor.u8()
  cursor.u8()
  const address = cursor.address()
  if (address === undefined) cursor.short = true
  return address
}

function values(cursor: Cursor, version: number): VuzeValue[] {
  const count = Math.min(cursor.u16(), limits.listedMax)
  const list: VuzeValue[] = []
  for (let i = 0; i < count && !cursor.short; i++) {
    cursor.u32()
    cursor.u64Big()
    const bytes = cursor.view(cursor.u16())
    const by = contactOf(cursor)
    cursor.u8()
    if (version >= 23) cursor.u8()
    if (version >= 24) cursor.u8()
    if (by !== undefined && !cursor.short) list.push({ bytes, by })
  }
  return list
}
