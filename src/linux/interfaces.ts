/**
 * Network interfaces of the namespace that this process is in. Names come from /proc, which shows
 * every interface, also those that are down.
 * Source: netdevice(7); include/uapi/linux/if_arp.h.
 *
 *   ifreq    name 16 | index i32, flags u16 or hardware address (family u16 …) | up to 40 bytes
 */
import { readFileSync } from 'node:fs'
import { bytesOf, u16le, u32le } from '../core/bytes.ts'
import { AF_INET, SOCK_CLOEXEC, SOCK_DGRAM } from './constants.ts'
import { checked, KernelError, libc } from './libc.ts'

const IFREQ_BYTES = 40
const NAME_BYTES = 16
const SIOCGIFNAME = 0x8910
const SIOCGIFFLAGS = 0x8913
const SIOCGIFHWADDR = 0x8927
const SIOCGIFINDEX = 0x8933

const IFF_UP = 1

export interface Interface {
  readonly name: string
  readonly index: number
  readonly isUp: boolean
  /** ARPHRD type: 1 Ethernet, 772 loopback, 65534 none … */
  readonly hardware: number
}

/** Names of all interfaces. */
export function interfaceNames(): string[] {
  const lines = readFileSync('/proc/self/net/dev', 'utf8').split('\n').slice(2)
  return lines.flatMap((line) => /^\s*([^\s:]+):/.exec(line)?.[1] ?? [])
}

/** An interface by its name; undefined where there is none. */
export function interfaceNamed(name: string): Interface | undefined {
  if (name.length === 0 || name.length >= NAME_BYTES || !/^[\x21-\x7e]+$/.test(name)) {
    return undefined
  }
  try {
    const asked = { name: bytesOf(name) }
    return {
      name,
      index: u32le(ask(SIOCGIFINDEX, asked), NAME_BYTES),
      isUp: (u16le(ask(SIOCGIFFLAGS, asked), NAME_BYTES) & IFF_UP) !== 0,
      hardware: u16le(ask(SIOCGIFHWADDR, asked), NAME_BYTES),
    }
  } catch (error) {
    if (error instanceof KernelError && error.code === 'ENODEV') return undefined
    throw error
  }
}

/** How an interface is, by whatever name. */
export function stateOf(index: number): 'up' | 'down' | 'gone' {
  try {
    const name = ask(SIOCGIFNAME, { index }).subarray(0, NAME_BYTES)
    return (u16le(ask(SIOCGIFFLAGS, { name }), NAME_BYTES) & IFF_UP) === 0 ? 'down' : 'up'
  } catch (error) {
    if (error instanceof KernelError && error.code === 'ENODEV') return 'gone'
    throw error
  }
}

function ask(
  request: number,
  about: { readonly name?: Uint8Array; readonly index?: number },
): Uint8Array {
  const ifreq = new Uint8Array(IFREQ_BYTES)
  if (about.name !== undefined) ifreq.set(about.name)
  if (about.index !== undefined) new Int32Array(ifreq.buffer, NAME_BYTES, 1)[0] = about.index
  const fd = checked(libc().socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), 'socket')
  try {
    checked(libc().ioctl(fd, request, ifreq), 'ioctl')
    return ifreq
  } finally {
    libc().close(fd)
  }
}
