/**
 * Changing a connection that the kernel tracks, as bytes.
 * Source: include/uapi/linux/netfilter/nfnetlink_conntrack.h.
 *
 *   new      0x100   changes what is there   1: first direction | 2: answers | 7: seconds u32be |
 *                                            8: mark u32be | 21: mask u32be
 *   delete   0x102
 *   tuple    1: addresses (1, 2: IPv4 from, to; 3, 4: IPv6) | 2: number u8 (1), ports u16be (2, 3)
 */
import { type Endpoint, parseIp4, parseIp6 } from '../core/address.ts'
import { concat } from '../core/bytes.ts'
import {
  ACK,
  attribute,
  attributeU8,
  attributeU16,
  attributeU32,
  emitMessage,
  nested,
  REQUEST,
} from './netlink.ts'

const NEW = 0x100
const DELETE = 0x102

const AF_INET = 2
const AF_INET6 = 10

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
