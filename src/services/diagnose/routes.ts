/**
 * Networks that are announced in BGP, of a table that an operator gives: what is in none of them is on no
 * way through the Internet, whoever it belongs to by the registries.
 */
import { parseIp4, parseIp6 } from '../../core/address.ts'
import { bits, hex, u32be } from '../../core/bytes.ts'
import { readNetwork } from '../../core/expression-values.ts'
import { limits } from '../../core/limits.ts'

/** A default route announces nothing in particular. */
const BITS_MIN = 1

export class Routes {
  /** By prefix length: networks of IPv4 as numbers, of IPv6 as hex of their whole bytes and bits. */
  readonly #four: (Set<number> | undefined)[] = []
  readonly #six: (Set<string> | undefined)[] = []
  #size = 0
  /** Networks beyond those that are kept. */
  notKept = 0

  /** Different networks. */
  get size(): number {
    return this.#size
  }

  /** @param bytes  4 or 16, or as many as the prefix fills; what is beyond the prefix is not looked at */
  add(bytes: Uint8Array, bitsOfPrefix: number, isSix: boolean): void {
    if (bitsOfPrefix < BITS_MIN || bitsOfPrefix > (isSix ? 128 : 32)) return
    if (this.#size >= limits.causeRoutesMax) {
      this.notKept++
      return
    }
    const whole = new Uint8Array(isSix ? 16 : 4)
    whole.set(bytes.subarray(0, Math.ceil(bitsOfPrefix / 8)))
    if (isSix) this.#put(this.#six, bitsOfPrefix, sixKey(whole, bitsOfPrefix))
    else this.#put(this.#four, bitsOfPrefix, fourKey(u32be(whole, 0), bitsOfPrefix))
  }

  /** @returns whether it is a network such as `192.0.2.0/24` */
  addText(cidr: string): boolean {
    const network = readNetwork(cidr)
    if (network === undefined) return false
    const four = parseIp4(network.ip)
    this.add(four ?? parseIp6(network.ip)!, network.bits, four === undefined)
    return true
  }

  /** Of a kind of address of which the table has nothing at all, it says nothing. */
  has(ip: string): boolean {
    const four = parseIp4(ip)
    if (four !== undefined) {
      const value = u32be(four, 0)
      const isIn = (set: Set<number> | undefined, length: number) =>
        set?.has(fourKey(value, length))
      return this.#four.length === 0 || this.#four.some(isIn)
    }
    const six = parseIp6(ip)
    if (six === undefined || this.#six.length === 0) return true
    return this.#six.some((set, length) => set?.has(sixKey(six, length)))
  }

  #put<Key>(all: (Set<Key> | undefined)[], length: number, key: Key): void {
    let set = all[length]
    if (set === undefined) {
      set = new Set()
      all[length] = set
    }
    const before = set.size
    set.add(key)
    this.#size += set.size - before
  }
}

function fourKey(value: number, length: number): number {
  return Math.floor(value / 2 ** (32 - length))
}

function sixKey(bytes: Uint8Array, length: number): string {
  const whole = Math.floor(length / 8)
  const rest = length % 8
  const start = hex(bytes, 0, whole)
  return rest === 0 ? start : `${start} ${bits(bytes[whole]!, 8 - rest, rest)}`
}
