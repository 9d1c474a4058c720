/**
 * Addresses as text: `/ip4/198.51.100.2/udp/4001/quic-v1/p2p/12D3KooW…`.
 * Source: multiformats/multiaddr README; libp2p/specs addressing.
 */
import { type Endpoint, parseIp } from '../../core/address.ts'

export interface Multiaddr {
  /** Present where it names an Internet address and a port. */
  readonly endpoint?: Endpoint
  readonly carrier: 'tcp' | 'udp'
  /** Of whom it is; of a relayed address, of the relay. */
  readonly id?: string
  /** Reached through the relay that the rest names. */
  readonly relayed: boolean
}

/** Longest text that is looked at. */
const TEXT_MAX = 512

/** @returns undefined where it is no address of libp2p */
export function parseMultiaddr(text: string): Multiaddr | undefined {
  if (text.length > TEXT_MAX || !text.startsWith('/')) return undefined
  const words = text.split('/').slice(1)
  let ip: string | undefined
  let port: number | undefined
  let carrier: 'tcp' | 'udp' = 'tcp'
  let id: string | undefined
  let relayed = false
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const value = words[i + 1] ?? ''
    if (word === 'ip4' || word === 'ip6') ip = parseIp(value)
    else if (word === 'tcp' || word === 'udp') {
      carrier = word
      if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) return undefined
      port = Number(value)
    } else if (word === 'p2p' || word === 'ipfs') id ??= value
    else if (word === 'p2p-circuit') relayed = true
    else continue
    if (word === 'p2p-circuit') break
    i++
  }
  if (ip === undefined && id === undefined) return undefined
  return {
    ...(ip !== undefined && port !== undefined && { endpoint: { ip, port } }),
    ...(id !== undefined && { id }),
    carrier,
    relayed,
  }
}
