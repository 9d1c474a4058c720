/**
 * The body of a hello: a peer, and under which addresses it can be reached.
 *
 *   friend-only u32be | peer 32 | addresses
 *   address   transport text 00 | length u16be | expires u64be (microseconds since 1970) | bytes
 *   bytes     tcp, udp: options u32be | ip 4 or 16 | port u16be
 *             http_client, https_client …: options u32be | length u32be | URL
 *
 * Source: GNUnet src/hello/hello.c, src/transport/plugin_transport_tcp.c; fixtures/peers.pcap.
 */
import { type Endpoint, ip4, ip6 } from '../../../core/address.ts'
import { ByteWriter, u16be, u32be, u64beBig } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

export interface HelloAddress {
  readonly transport: string
  readonly expiresBig: bigint
  readonly bytes: Uint8Array
}

export interface Hello {
  readonly friendOnly: number
  readonly peer: Uint8Array
  readonly addresses: readonly HelloAddress[]
}

export const PEER_BYTES = 32
const BODY_BYTES_MAX = 65_531
const TRANSPORT_BYTES_MAX = 64

function parse(bytes: Uint8Array, at: number): Outcome<Hello> {
  const size = bytes.length - at
  if (size > BODY_BYTES_MAX) return malformed('hello-too-long', at)
  if (size < 4 + PEER_BYTES) return malformed('hello-too-short', at)
  const addresses: HelloAddress[] = []
  for (let here = at + 4 + PEER_BYTES; here < bytes.length; ) {
    const end = bytes.indexOf(0, here)
    if (end < 0 || end - here > TRANSPORT_BYTES_MAX || end + 11 > bytes.length) {
      return malformed('address-broken', here)
    }
    const length = u16be(bytes, end + 1)
    if (end + 11 + length > bytes.length) return malformed('address-broken', here)
    addresses.push({
      transport: latin1(bytes, here, end - here),
      expiresBig: u64beBig(bytes, end + 3),
      bytes: bytes.subarray(end + 11, end + 11 + length),
    })
    here = end + 11 + length
  }
  const peer = bytes.subarray(at + 4, at + 4 + PEER_BYTES)
  return message({ friendOnly: u32be(bytes, at), peer, addresses }, size)
}

function emit({ friendOnly, peer, addresses }: Hello): Uint8Array {
  const writer = new ByteWriter().u32be(friendOnly).bytes(peer)
  for (const { transport, expiresBig, bytes } of addresses) {
    writer.latin1(transport).u8(0).u16be(bytes.length).u64beBig(expiresBig).bytes(bytes)
  }
  return writer.finish()
}

export const helloWire: Wire<Hello> = {
  name: 'gnunet/hello',
  source: 'GNUnet src/hello/hello.c',
  carrier: 'datagram',
  messageBytesMax: BODY_BYTES_MAX,
  faults: ['hello-too-long', 'hello-too-short', 'address-broken'],
  parse,
  emit,
}

/** Where an address of a transport leads; undefined where it is a URL or of an unknown shape. */
export function endpointOf(transport: string, bytes: Uint8Array): Endpoint | undefined {
  if (transport !== 'tcp' && transport !== 'udp') return undefined
  if (bytes.length === 10) return { ip: ip4(bytes, 4), port: u16be(bytes, 8) }
  if (bytes.length === 22) return { ip: ip6(bytes, 4), port: u16be(bytes, 20) }
  return undefined
}
