/**
 * The Mojito DHT inside Gnutella messages of type 0x44. TTL and hops hold the version, the GUID is
 * the message id. The only part of Gnutella with big-endian ports.
 *
 *     opcode u8 | contact | instance u8 | flags u8 (1 firewalled, 2 going down) | extended u16be | body
 *     contact: vendor 4 | version u16be | KUID 20 | address size u8 (4, 16) | address | port u16be
 *
 * Source: doc/gnutella/DHT/messages of gtk-gnutella; byte order of the port: real packets, where a
 * servent at 28681 writes 70 09.
 */
import { type Endpoint, ip4, ip6, parseIp4, parseIp6 } from '../../../core/address.ts'
import { type ByteWriter, u16be } from '../../../core/bytes.ts'
import { type Malformed, malformed } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'

export interface DhtContact {
  readonly vendor: string
  readonly version: number
  readonly kuid: Uint8Array
  readonly endpoint: Endpoint
  readonly addressBytes: 4 | 16
}

export interface DhtMessage {
  readonly type: 'dht'
  readonly opcode: number
  readonly contact: DhtContact
  readonly instance: number
  readonly flags: number
  readonly extended: Uint8Array
  /** See `dhtBodyOf`. */
  readonly body: Uint8Array
}

// biome-ignore format: a table
const OPCODES = [
  undefined,
  'ping-request',        // 01
  'ping-response',       // 02
  'store-request',       // 03
  'store-response',      // 04
  'find-node-request',   // 05
  'find-node-response',  // 06
  'find-value-request',  // 07
  'find-value-response', // 08
  'stats-request',       // 09, deprecated
  'stats-response',      // 0a, deprecated
] as const

export function dhtOpcodeName(opcode: number): string {
  return OPCODES[opcode] ?? `opcode-${opcode}`
}

const KUID_BYTES = 20

/** `{ contact, size }`, or undefined where it is cut or its address is of another size. */
function parseContact(
  bytes: Uint8Array,
  at: number,
  end: number,
): { contact: DhtContact; size: number } | undefined {
  if (end - at < 33) return undefined
  const addressBytes = bytes[at + 26]!
  if (addressBytes !== 4 && addressBytes !== 16) return undefined
  const size = 29 + addressBytes
  if (end - at < size) return undefined
  const ip = addressBytes === 4 ? ip4(bytes, at + 27) : ip6(bytes, at + 27)
  const contact: DhtContact = {
    vendor: latin1(bytes, at, 4),
    version: u16be(bytes, at + 4),
    kuid: bytes.subarray(at + 6, at + 6 + KUID_BYTES),
    endpoint: { ip, port: u16be(bytes, at + size - 2) },
    addressBytes,
  }
  return { contact, size }
}

/** @faults 'dht-contact-bad' | 'dht-too-short' */
export function parseDht(bytes: Uint8Array, at: number, end: number): DhtMessage | Malformed {
  if (end - at < 1) return malformed('dht-too-short', at)
  const sender = parseContact(bytes, at + 1, end)
  if (sender === undefined) return malformed('dht-contact-bad', at + 1)
  const from = at + 1 + sender.size
  if (end - from < 4) return malformed('dht-too-short', from)
  const bodyAt = from + 4 + u16be(bytes, from + 2)
  if (bodyAt > end) return malformed('dht-too-short', from + 2)
  return {
    type: 'dht',
    opcode: bytes[at]!,
    contact: sender.contact,
    instance: bytes[from]!,
    flags: bytes[from + 1]!,
    extended: bytes.subarray(from + 4, bodyAt),
    body: bytes.subarray(bodyAt, end),
  }
}

export function writeDht(writer: ByteWriter, message: DhtMessage): void {
  const { contact } = message
  writer.u8(message.opcode).latin1(contact.vendor).u16be(contact.version).bytes(contact.kuid)
  const address =
    contact.addressBytes === 4 ? parseIp4(contact.endpoint.ip) : mapped(contact.endpoint.ip)
  writer.u8(contact.addressBytes).bytes(address ?? new Uint8Array(contact.addressBytes))
  writer.u16be(contact.endpoint.port).u8(message.instance).u8(message.flags)
  writer.u16be(message.extended.length).bytes(message.extended).bytes(message.body)
}

/** Sixteen bytes; an IPv4 text came from a mapped address. */
function mapped(ip: string): Uint8Array | undefined {
  return parseIp6(ip.includes(':') ? ip : `::ffff:${ip}`)
}

/** Who and what the bodies name; a cut body gives what was whole. */
export interface DhtBody {
  /** What is looked for: a KUID. */
  readonly target?: Uint8Array
  readonly contacts: readonly DhtContact[]
  /** Where the responder sees the requester. */
  readonly external?: Endpoint
}

export function dhtBodyOf(message: DhtMessage): DhtBody {
  const { body, opcode } = message
  if ((opcode === 5 || opcode === 7) && body.length >= KUID_BYTES) {
    return { target: body.subarray(0, KUID_BYTES), contacts: [] }
  }
  if (opcode === 6) return { contacts: contactsOf(body) }
  if (opcode === 2 && body.length >= 7 && body[0] === 4) {
    return { contacts: [], external: { ip: ip4(body, 1), port: u16be(body, 5) } }
  }
  return { contacts: [] }
}

/** Security token (size u8, bytes), count u8, contacts. */
function contactsOf(body: Uint8Array): DhtContact[] {
  const list: DhtContact[] = []
  let at = 1 + (body[0] ?? 0)
  const count = body[at] ?? 0
  at++
  while (list.length < count) {
    const next = parseContact(body, at, body.length)
    if (next === undefined) break
    list.push(next.contact)
    at += next.size
  }
  return list
}
