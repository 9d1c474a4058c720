/**
 * Connections that the kernel tracks: changing one, and being told all, as bytes.
 * Source: include/uapi/linux/netfilter/nfnetlink_conntrack.h; net/netfilter/nf_conntrack_netlink.c.
 *
 *   new      0x100   changes what is there   1: first direction | 2: answers | 7: seconds u32be |
 *                                            8: mark u32be | 21: mask u32be
 *   get      0x101   with DUMP all of them, each as `new`; where 8 and 21 are given, those with such
 *                    a mark (kernels that do not know that give all)
 *   delete   0x102
 *   tuple    1: addresses (1, 2: IPv4 from, to; 3, 4: IPv6) | 2: number u8 (1), ports u16be (2, 3)
 */
import { type Endpoint, ip4, ip6, parseIp4, parseIp6 } from '../core/address.ts'
import { concat, u16be, u32be } from '../core/bytes.ts'
import { AF_INET, AF_INET6 } from './constants.ts'
import {
  ACK,
  attribute,
  attributeU8,
  attributeU16,
  attributeU32,
  DUMP,
  eachAttribute,
  emitMessage,
  HEADERS_BYTES,
  nested,
  REQUEST,
} from './netlink.ts'

export const NEW = 0x100
const GET = 0x101
const DELETE = 0x102

const TUPLE_FIRST = 1
const TUPLE_ANSWERS = 2
const MARK = 8
const MARK_MASK = 21

/** A tracked connection, by one of its directions as it is seen here. */
export interface Tracked {
  readonly from: Endpoint
  readonly to: Endpoint
  /** 6 or 17. */
  readonly protocol: number
  /** Whether `from` opened it, or `to`. */
  readonly direction: 'first' | 'answers'
}

function tuple({ from, to, protocol, direction }: Tracked): Uint8Array {
  const isSix = from.ip.includes(':')
  const [source, target] = [from, to].map(({ ip }) => (isSix ? parseIp6(ip) : parseIp4(ip))!)
  const first = isSix ? 3 : 1
  const addresses = nested(1, attribute(first, source!), attribute(first + 1, target!))
  const ports = [attributeU16(2, from.port), attributeU16(3, to.port)]
  const transport = nested(2, attributeU8(1, protocol), ...ports)
  return nested(direction === 'first' ? TUPLE_FIRST : TUPLE_ANSWERS, addresses, transport)
}

function request(type: number, tracked: Tracked, sequence: number, more: readonly Uint8Array[]) {
  return emitMessage({
    type,
    flags: REQUEST + ACK,
    sequence,
    family: tracked.from.ip.includes(':') ? AF_INET6 : AF_INET,
    resource: 0,
    attributes: concat(tuple(tracked), ...more),
  })
}

/** @param mask  which bits of the mark change */
export function markMessage(tracked: Tracked, sequence: number, mark: number, mask: number) {
  return request(NEW, tracked, sequence, [attributeU32(MARK, mark), attributeU32(MARK_MASK, mask)])
}

export function deleteMessage(tracked: Tracked, sequence: number): Uint8Array {
  return request(DELETE, tracked, sequence, [])
}

/** Which connections are wanted: those whose mark is `value` in the bits of `mask`. */
export interface MarkFilter {
  readonly value: number
  readonly mask: number
}

/** All connections, of both versions. */
export function dumpMessage(sequence: number, filter?: MarkFilter): Uint8Array {
  const wanted = filter && [attributeU32(MARK, filter.value), attributeU32(MARK_MASK, filter.mask)]
  const attributes = concat(...(wanted ?? []))
  const flags = REQUEST + DUMP
  return emitMessage({ type: GET, flags, sequence, family: 0, resource: 0, attributes })
}

/** A connection as the kernel tells it. */
export interface Connection {
  /** As its first packet had them. Where addresses are translated, the other is told apart. */
  readonly first: readonly [from: Endpoint, to: Endpoint]
  /** Who answers, by its own address. */
  readonly answering: Endpoint
  readonly protocol: number
  readonly mark: number
}

const TCP = 6
const UDP = 17

/** @returns undefined where it is neither TCP nor UDP, or not whole */
export function connectionOf(bytes: Uint8Array, at: number, end: number): Connection | undefined {
  let mark = 0
  let first: ReturnType<typeof tupleOf>
  let answers: ReturnType<typeof tupleOf>
  eachAttribute(bytes, at + HEADERS_BYTES, end, (type, valueAt, valueEnd) => {
    if (type === TUPLE_FIRST) first = tupleOf(bytes, valueAt, valueEnd)
    else if (type === TUPLE_ANSWERS) answers = tupleOf(bytes, valueAt, valueEnd)
    else if (type === MARK && valueEnd - valueAt === 4) mark = u32be(bytes, valueAt)
  })
  if (first === undefined || answers === undefined) return undefined
  const { protocol } = first
  if (protocol !== TCP && protocol !== UDP) return undefined
  return { first: [first.from, first.to], answering: answers.from, protocol, mark }
}

function tupleOf(bytes: Uint8Array, at: number, end: number) {
  const ips: string[] = []
  const ports: number[] = []
  let protocol = 0
  eachAttribute(bytes, at, end, (part, partAt, partEnd) => {
    eachAttribute(bytes, partAt, partEnd, (type, valueAt, valueEnd) => {
      const size = valueEnd - valueAt
      if (part === 1 && size === 4) ips.push(ip4(bytes, valueAt))
      else if (part === 1 && size === 16) ips.push(ip6(bytes, valueAt))
      else if (part === 2 && type === 1 && size === 1) protocol = bytes[valueAt]!
      else if (part === 2 && (type === 2 || type === 3) && size === 2)
        ports.push(u16be(bytes, valueAt))
    })
  })
  const [from, to] = ips
  const [fromPort, toPort] = ports
  if (from === undefined || to === undefined || fromPort === undefined || toPort === undefined) {
    return undefined
  }
  return { from: { ip: from, port: fromPort }, to: { ip: to, port: toPort }, protocol }
}
