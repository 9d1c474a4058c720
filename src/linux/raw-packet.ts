/**
 * Packets written as they are, whoever they say they come from: by the kernel's routes, or straight
 * to a station of the link, past all rules.
 * Source: raw(7), packet(7), ip(7), ipv6(7).
 *
 *   sockaddr_in    family u16 | port u16be | IPv4 4 | 8 zeros
 *   sockaddr_in6   family u16 | port u16be | flow u32 | IPv6 16 | scope u32
 *   sockaddr_ll    family u16 | protocol u16be | interface i32 | hardware u16 | kind u8 | size u8 | address 8
 */
import { ByteWriter, u32le } from '../core/bytes.ts'
import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_SOCKET,
} from './constants.ts'
import { checked, libc } from './libc.ts'

const IPPROTO_RAW = 255
const SO_MARK = 36
const IPPROTO_IPV6 = 41
const IPV6_HDRINCL = 36

const ETH_P_IP = 0x0800
const ETH_P_IPV6 = 0x86dd

export interface Station {
  /** Index of the interface behind which it is. */
  readonly interface: number
  /** Its hardware address, 6 bytes; empty where the link has none. */
  readonly address: Uint8Array
}

export class RawPackets {
  readonly #four: number
  readonly #six: number | undefined
  readonly #link: number

  /**
   * @param mark  of packets that go by the routes, so that rules can tell them
   * @throws KernelError (`EPERM` where CAP_NET_RAW is missing)
   */
  constructor(mark: number) {
    this.#four = open(AF_INET, SOCK_RAW, IPPROTO_RAW)
    this.#link = open(AF_PACKET, SOCK_DGRAM, 0)
    this.#six = openSix()
    const value = new ByteWriter().u32le(mark).finish()
    for (const fd of [this.#four, this.#six]) {
      if (fd === undefined) continue
      checked(libc().setsockopt(fd, SOL_SOCKET, SO_MARK, value, value.length), 'SO_MARK')
    }
  }

  /** @returns whether the kernel had a way for it */
  sendByRoute(packet: Uint8Array): boolean {
    const isSix = isIp6(packet)
    const address = new ByteWriter().u16le(isSix ? AF_INET6 : AF_INET).u16be(0)
    if (isSix) address.u32le(0).bytes(packet.subarray(24, 40)).u32le(0)
    else address.bytes(packet.subarray(16, 20)).u64le(0)
    const fd = isSix ? this.#six : this.#four
    return fd !== undefined && sendTo(fd, packet, address.finish())
  }

  /** @returns whether the interface took it */
  sendOnLink(packet: Uint8Array, { interface: index, address }: Station): boolean {
    const type = isIp6(packet) ? ETH_P_IPV6 : ETH_P_IP
    const place = new ByteWriter().u16le(AF_PACKET).u16be(type).u32le(index)
    place.u16le(0).u8(0).u8(address.length).bytes(address)
    place.bytes(new Uint8Array(8 - address.length))
    return sendTo(this.#link, packet, place.finish())
  }

  close(): void {
    for (const fd of [this.#four, this.#six, this.#link]) if (fd !== undefined) libc().close(fd)
  }
}

function open(domain: number, type: number, protocol: number): number {
  return checked(libc().socket(domain, type | SOCK_CLOEXEC, protocol), 'raw socket')
}

/** Undefined on machines without IPv6. */
function openSix(): number | undefined {
  const fd = libc().socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW)
  if (fd < 0) return undefined
  const yes = new ByteWriter().u32le(1).finish()
  libc().setsockopt(fd, IPPROTO_IPV6, IPV6_HDRINCL, yes, yes.length)
  return fd
}

function sendTo(fd: number, packet: Uint8Array, address: Uint8Array): boolean {
  return libc().sendto(fd, packet, packet.length, 0, address, address.length) === packet.length
}

function isIp6(packet: Uint8Array): boolean {
  return u32le(packet, 0) % 256 >= 0x60
}
