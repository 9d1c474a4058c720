/**
 * A packet socket with its receive ring: what needs the capability to capture. Everything is set
 * before the socket is bound, so that nothing comes in that the filter would not let through.
 * Source: packet(7); Documentation/networking/packet_mmap.rst; include/uapi/linux/if_packet.h.
 *
 *   sockaddr_ll    family u16 | protocol u16be | interface i32 | … 20 bytes
 *   tpacket_req3   block size | blocks | frame size | frames | retire ms | private | features   7 × u32
 *   sock_fprog     instructions u16 | 6 bytes | address u64
 *   sock_filter    code u16 | if true u8 | if false u8 | constant u32
 */
import { ByteWriter } from '../core/bytes.ts'
import {
  AF_PACKET,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_PACKET,
  SOL_SOCKET,
} from './constants.ts'
import { type Interface, interfaceNamed, interfaceNames } from './interfaces.ts'
import { checked, koffi, libc } from './libc.ts'

const ETH_P_ALL = 3

const SO_ATTACH_FILTER = 26
const PACKET_ADD_MEMBERSHIP = 1
const PACKET_RX_RING = 5
const PACKET_VERSION = 10
const PACKET_RESERVE = 12
const PACKET_FANOUT = 18
const PACKET_IGNORE_OUTGOING = 23
const PACKET_MR_PROMISC = 1
const TPACKET_V3 = 2
const FANOUT_HASH = 0
/** The kernel gives an id that nobody has. */
const FANOUT_UNIQUE_ID = 0x2000
/** Fragments are put together first, so that all of a datagram follows its flow. */
const FANOUT_DEFRAG = 0x8000

/** Room before each packet for a VLAN tag that is put back. */
const VLAN_TAG_BYTES = 4
/** The kernel wants it, and cuts a block by packets all the same. */
const FRAME_BYTES = 2048

const ETHERNET = 1
const LOOPBACK = 772
const NO_HEADER = 65534

/** Link types, as captures name them. */
const LINK_ETHERNET = 1
const LINK_RAW_IP = 101

export interface RingSize {
  readonly blockBytes: number
  readonly blocks: number
  /** A block that is not full is given out after so long. */
  readonly retireMillis: number
}

/** Classic BPF: the instructions, each in an array of its own. */
export interface Filter {
  readonly code: Uint16Array
  readonly jumpTrue: Uint8Array
  readonly jumpFalse: Uint8Array
  readonly k: Uint32Array
}

/** `return 0`: nothing passes. */
export const NOTHING: Filter = {
  code: new Uint16Array([6]),
  jumpTrue: new Uint8Array(1),
  jumpFalse: new Uint8Array(1),
  k: new Uint32Array(1),
}

export interface PacketSocketOptions {
  readonly size: RingSize
  readonly promiscuous: boolean
  /** Which packets, and how many bytes of each. */
  readonly filter: Filter
  /** Several sockets that share the packets of the interface, each flow's in one of them. */
  readonly group?: FanoutGroup
}

/** An open socket as plain data, so that another thread can take it over. */
export interface PacketSocket {
  readonly fd: number
  readonly size: RingSize
  readonly interfaceIndex: number
  readonly linkType: number
}

/** Sockets join it one after the other. */
export class FanoutGroup {
  #id: number | undefined

  join(fd: number): void {
    const unique = this.#id === undefined ? FANOUT_UNIQUE_ID : 0
    const kind = FANOUT_HASH | FANOUT_DEFRAG | unique
    const value = new ByteWriter().u16le(this.#id ?? 0).u16le(kind)
    set(fd, SOL_PACKET, PACKET_FANOUT, value.finish(), 'PACKET_FANOUT')
    this.#id ??= get(fd, SOL_PACKET, PACKET_FANOUT, 4)[0]! & 0xffff
  }
}

/** There is no such interface. */
export class NoInterface extends Error {
  override readonly name = 'NoInterface'
  readonly asked: string
  readonly there: readonly string[]

  constructor(asked: string, there: readonly string[]) {
    super(`${asked}: no such interface`)
    this.asked = asked
    this.there = there
  }
}

/** @throws NoInterface, KernelError (`EPERM` where the capability is missing) */
export function openPacketSocket(name: string, options: PacketSocketOptions): PacketSocket {
  const found = interfaceNamed(name)
  if (found === undefined) throw new NoInterface(name, interfaceNames())
  // Where packets have a link header that nobody reads here, the kernel leaves it out.
  const kind = linkTypeOf(found) === undefined ? SOCK_DGRAM : SOCK_RAW
  const fd = checked(libc().socket(AF_PACKET, kind | SOCK_CLOEXEC, 0), 'packet socket')
  try {
    setUp(fd, found, options)
  } catch (error) {
    libc().close(fd)
    throw error
  }
  return {
    fd,
    size: options.size,
    interfaceIndex: found.index,
    linkType: linkTypeOf(found) ?? LINK_RAW_IP,
  }
}

/** One that nobody made a ring of. */
export function closePacketSocket({ fd }: PacketSocket): void {
  libc().close(fd)
}

/** How packets of an interface begin; undefined where no capture has a name for it. */
export function linkTypeOf({ hardware }: Interface): number | undefined {
  if (hardware === ETHERNET || hardware === LOOPBACK) return LINK_ETHERNET
  return hardware === NO_HEADER ? LINK_RAW_IP : undefined
}

function setUp(fd: number, { index, hardware }: Interface, options: PacketSocketOptions): void {
  const { blockBytes, blocks, retireMillis } = options.size
  setNumber(fd, PACKET_VERSION, TPACKET_V3, 'PACKET_VERSION')
  setNumber(fd, PACKET_RESERVE, VLAN_TAG_BYTES, 'PACKET_RESERVE')
  const ring = new ByteWriter().u32le(blockBytes).u32le(blocks).u32le(FRAME_BYTES)
  ring.u32le((blockBytes / FRAME_BYTES) * blocks).u32le(retireMillis)
  const request = ring.u32le(0).u32le(0).finish()
  set(fd, SOL_PACKET, PACKET_RX_RING, request, `a ring of ${blocks} × ${blockBytes} bytes`)
  // Until it shares with the others it would hear all that they hear.
  attachFilter(fd, options.group === undefined ? options.filter : NOTHING)
  // There every packet goes out and comes in.
  if (hardware === LOOPBACK) setNumber(fd, PACKET_IGNORE_OUTGOING, 1, 'PACKET_IGNORE_OUTGOING')
  if (options.promiscuous) {
    const wanted = new ByteWriter().u32le(index).u16le(PACKET_MR_PROMISC).u16le(0).u32le(0).u32le(0)
    set(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, wanted.finish(), 'promiscuous mode')
  }
  const address = new ByteWriter().u16le(AF_PACKET).u16be(ETH_P_ALL).u32le(index)
  const whole = address.bytes(new Uint8Array(12)).finish()
  checked(libc().bind(fd, whole, whole.length), 'bind')
  if (options.group === undefined) return
  options.group.join(fd)
  attachFilter(fd, options.filter)
}

/** Only these packets from now on. */
export function attachFilter(fd: number, filter: Filter): void {
  const program = new ByteWriter()
  const count = filter.code.length
  for (let i = 0; i < count; i++) {
    program.u16le(filter.code[i]!).u8(filter.jumpTrue[i]!).u8(filter.jumpFalse[i]!)
    program.u32le(filter.k[i]!)
  }
  const instructions = program.finish()
  const header = new ByteWriter().u16le(count).u16le(0).u32le(0)
  const whole = header.u64leBig(koffi().address(instructions)).finish()
  set(fd, SOL_SOCKET, SO_ATTACH_FILTER, whole, 'SO_ATTACH_FILTER')
}

function setNumber(fd: number, name: number, value: number, what: string): void {
  set(fd, SOL_PACKET, name, new ByteWriter().u32le(value).finish(), what)
}

function set(fd: number, level: number, name: number, value: Uint8Array, what: string): void {
  checked(libc().setsockopt(fd, level, name, value, value.length), what)
}

/** @returns the option as 32-bit numbers */
export function get(fd: number, level: number, name: number, bytes: number): Uint32Array {
  const value = new Uint32Array(bytes / 4)
  const size = new ByteWriter().u32le(bytes).finish()
  checked(libc().getsockopt(fd, level, name, new Uint8Array(value.buffer), size), 'getsockopt')
  return value
}
