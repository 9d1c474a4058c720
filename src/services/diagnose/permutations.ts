/** Ways in which the four octets of an address, or the two of a port, can have come out of order. */
import type { Endpoint } from '../../core/address.ts'

export type Mistake = (at: Endpoint) => Endpoint | undefined

function octets(ip: string): readonly string[] | undefined {
  const parts = ip.split('.')
  return parts.length === 4 ? parts : undefined
}

/** By the places from which its octets come; undefined where that changes nothing. */
function permuted(order: readonly number[]): Mistake {
  return ({ ip, port }) => {
    const parts = octets(ip)
    if (parts === undefined) return undefined
    const other = order.map((i) => parts[i]).join('.')
    return other === ip ? undefined : { ip: other, port }
  }
}

export const reversed = permuted([3, 2, 1, 0])
/** b.a.d.c */
export const swap16 = permuted([1, 0, 3, 2])
/** c.d.a.b */
export const rot16 = permuted([2, 3, 0, 1])

const OCTET = 256

/** The port's octets the other way round. */
export function portSwapped({ ip, port }: Endpoint): Endpoint | undefined {
  const other = OCTET * (port % OCTET) + Math.floor(port / OCTET)
  return other === port ? undefined : { ip, port: other }
}

/** Port and address the other way round. */
export function bothReversed(at: Endpoint): Endpoint | undefined {
  const other = reversed(at)
  return other && portSwapped(other)
}

/**
 * Two entries of six bytes each that stand one behind the other, read from `late` bytes too far:
 * what the second one was meant to be.
 */
export function realigned(first: Endpoint, second: Endpoint, late: number): Endpoint | undefined {
  const bytes = [...(bytesOf(first) ?? []), ...(bytesOf(second) ?? [])]
  if (bytes.length < 12) return undefined
  const entry = bytes.slice(6 - late, 12 - late)
  return { ip: entry.slice(0, 4).join('.'), port: OCTET * entry[4]! + entry[5]! }
}

function bytesOf({ ip, port }: Endpoint): readonly number[] | undefined {
  const parts = octets(ip)
  return parts && [...parts.map(Number), Math.floor(port / OCTET), port % OCTET]
}
