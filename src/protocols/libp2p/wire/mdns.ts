/**
 * Multicast DNS, as far as it serves to find peers on a local network.
 * Source: RFC 1035 4.1, RFC 6762; libp2p/specs discovery/mdns.md.
 *
 *   message   id u16 | flags u16 | counts u16 × 4 | questions | records
 *   question  name | type u16 | class u16
 *   record    name | type u16 | class u16 | TTL u32 | size u16 | data
 *   name      (size u8 | label) … | 0, or a pointer c0.. to where the rest stands
 */
import { ByteWriter, u16be, u32be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

export interface Question {
  readonly name: readonly string[]
  readonly kind: number
  readonly group: number
}

export interface DnsRecord extends Question {
  readonly ttl: number
  /** A view. Names inside may point to other places of the datagram. */
  readonly data: Uint8Array
}

export interface Mdns {
  readonly id: number
  readonly flags: number
  readonly questions: readonly Question[]
  /** Answers, authorities, additionals: how many of each, then all of them. */
  readonly counts: readonly [number, number, number]
  readonly records: readonly DnsRecord[]
}

const HEADER_BYTES = 12
/** RFC 6762 17: with all headers, no longer than this. */
const BYTES_MAX = 9000
const LABELS_MAX = 128
/** Pointers must go backwards; so many in a row are enough for any real name. */
const POINTERS_MAX = 16

interface Named {
  readonly name: readonly string[]
  readonly next: number
}

function nameAt(bytes: Uint8Array, start: number, at: number): Named | undefined {
  const name: string[] = []
  let next = -1
  let pointers = 0
  for (let here = at; here < bytes.length && name.length < LABELS_MAX; ) {
    const size = bytes[here]!
    if (size >= 0xc0) {
      if (here + 2 > bytes.length || ++pointers > POINTERS_MAX) return undefined
      if (next < 0) next = here + 2
      const target = start + (u16be(bytes, here) % 0x4000)
      if (target >= here) return undefined
      here = target
    } else if (size >= 0x40) {
      return undefined
    } else if (size === 0) {
      return { name, next: next < 0 ? here + 1 : next }
    } else {
      if (here + 1 + size > bytes.length) return undefined
      name.push(latin1(bytes, here + 1, size))
      here += 1 + size
    }
  }
  return undefined
}

function parse(bytes: Uint8Array, at: number): Outcome<Mdns> {
  const have = bytes.length - at
  if (have < HEADER_BYTES) return malformed('too-short', at)
  if (have > BYTES_MAX) return malformed('too-long', at)
  const questions: Question[] = []
  let next = at + HEADER_BYTES
  for (let left = u16be(bytes, at + 4); left > 0; left--) {
    const found = nameAt(bytes, at, next)
    if (found === undefined || found.next + 4 > bytes.length) return malformed('name-broken', next)
    const { name } = found
    questions.push({
      name,
      kind: u16be(bytes, found.next),
      group: u16be(bytes, found.next + 2),
    })
    next = found.next + 4
  }
  const counts = [u16be(bytes, at + 6), u16be(bytes, at + 8), u16be(bytes, at + 10)] as const
  const records: DnsRecord[] = []
  for (let left = counts[0] + counts[1] + counts[2]; left > 0; left--) {
    const found = nameAt(bytes, at, next)
    if (found === undefined || found.next + 10 > bytes.length) return malformed('name-broken', next)
    const dataAt = found.next + 10
    const end = dataAt + u16be(bytes, found.next + 8)
    if (end > bytes.length) return malformed('record-cut', found.next)
    records.push({
      name: found.name,
      kind: u16be(bytes, found.next),
      group: u16be(bytes, found.next + 2),
      ttl: u32be(bytes, found.next + 4),
      data: bytes.subarray(dataAt, end),
    })
    next = end
  }
  if (next !== bytes.length) return malformed('bytes-left', next)
  const head = { id: u16be(bytes, at), flags: u16be(bytes, at + 2) }
  return message({ ...head, questions, counts, records }, have)
}

function writeName(writer: ByteWriter, name: readonly string[]): ByteWriter {
  for (const label of name) writer.u8(label.length).latin1(label)
  return writer.u8(0)
}

/** Names are written out: what was shortened by pointers becomes longer. */
function emit({ id, flags, questions, counts, records }: Mdns): Uint8Array {
  const writer = new ByteWriter().u16be(id).u16be(flags).u16be(questions.length)
  for (const count of counts) writer.u16be(count)
  for (const { name, kind, group } of questions) writeName(writer, name).u16be(kind).u16be(group)
  for (const { name, kind, group, ttl, data } of records) {
    writeName(writer, name).u16be(kind).u16be(group).u32be(ttl).u16be(data.length).bytes(data)
  }
  return writer.finish()
}

export const mdnsWire: Wire<Mdns> = {
  name: 'libp2p/mdns',
  source: 'RFC 6762; libp2p/specs discovery/mdns.md',
  carrier: 'datagram',
  messageBytesMax: BYTES_MAX,
  faults: ['too-short', 'too-long', 'name-broken', 'record-cut', 'bytes-left'],
  parse,
  emit,
}

export const TXT = 16

/** The texts of a TXT record: each with its length in front. */
export function textsIn(data: Uint8Array): readonly string[] {
  const texts: string[] = []
  for (let at = 0; at < data.length; at += 1 + data[at]!) {
    if (at + 1 + data[at]! > data.length) break
    texts.push(latin1(data, at + 1, data[at]!))
  }
  return texts
}
