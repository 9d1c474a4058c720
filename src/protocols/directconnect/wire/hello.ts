/**
 * The protocols that a TLS client offers (ALPN), read out of the clear first message.
 *
 *     16 03 xx  length u16be       record: handshake
 *     01 length u24be …            ClientHello, all of the record: formats/tls-hello.ts
 *
 * DC programs offer `adc` and `nmdc` to hubs that have TLS.
 * Source: RFC 8446 5.1; ncdc src/net.c names both; fixtures/adcs.pcap.
 */
import { u16be, u24be } from '../../../core/bytes.ts'
import { alpnIn, asksForServer } from '../../formats/tls-hello.ts'

const RECORD = 5
const RANDOM_END = RECORD + 4 + 2 + 32
/** Real ones have up to 2 KB; one record carries at most this. */
const RECORD_BYTES_MAX = 16_384

/**
 * @returns the names in their order; `more` where it is not all there; undefined where it is none, or
 *   one that offers nothing and asks for a server by name, as users among each other never do
 */
export function offeredProtocols(bytes: Uint8Array): readonly string[] | 'more' | undefined {
  if (bytes.length < RECORD + 1) return 'more'
  if (bytes[0] !== 0x16 || bytes[1] !== 3 || bytes[5] !== 1) return undefined
  const end = RECORD + u16be(bytes, 3)
  if (end < RANDOM_END + 4 || end > RECORD_BYTES_MAX) return undefined
  if (bytes.length < end) return 'more'
  const hello = bytes.subarray(RECORD, end)
  if (u24be(hello, 1) !== hello.length - 4) return undefined
  const names = alpnIn(hello)
  if (typeof names === 'string') return undefined
  return names.length === 0 && asksForServer(hello) ? undefined : names
}
