/**
 * The protocols that a TLS client offers (ALPN), read out of the clear first message.
 *
 *     16 03 xx  length u16be                          record: handshake
 *     01 length u24be  03 xx  random 32               ClientHello
 *     session id: u8 + n · suites: u16be + n · methods: u8 + n
 *     extensions: u16be in all; each: type u16be, length u16be, body
 *       type 16: u16be length of the list, then names: u8 + n
 *
 * DC programs offer `adc` and `nmdc` to hubs that have TLS.
 * Source: RFC 8446 4.1.2, RFC 7301 3.1; ncdc src/net.c names both; fixtures/adcs.pcap.
 */
import { u16be, u24be } from '../../../core/bytes.ts'
import { latin1 } from '../../../core/text.ts'

const RECORD = 5
const RANDOM_END = RECORD + 4 + 2 + 32
const ALPN = 16
const SERVER_NAME = 0
/** Real ones have up to 2 KB; one record carries at most 16 KB. */
const NAMES_MAX = 16

/**
 * @returns the names in their order; `more` where it is not all there; undefined where it is none, or
 *   one that offers nothing and asks for a server by name, as users among each other never do
 */
export function offeredProtocols(bytes: Uint8Array): readonly string[] | 'more' | undefined {
  if (bytes.length < RECORD + 1) return 'more'
  if (bytes[0] !== 0x16 || bytes[1] !== 3 || bytes[5] !== 1) return undefined
  const end = RECORD + u16be(bytes, 3)
  if (end < RANDOM_END + 4 || end > 16_384) return undefined
  if (bytes.length < end) return 'more'
  if (u24be(bytes, RECORD + 1) !== end - RECORD - 4) return undefined
  let at = RANDOM_END
  at += 1 + bytes[at]!
  if (at + 2 > end) return undefined
  at += 2 + u16be(bytes, at)
  if (at + 1 > end) return undefined
  at += 1 + bytes[at]!
  if (at + 2 > end || at + 2 + u16be(bytes, at) !== end) return undefined
  return alpnOf(bytes, at + 2, end)
}

function alpnOf(bytes: Uint8Array, from: number, end: number): readonly string[] | undefined {
  let asksForName = false
  for (let at = from; at + 4 <= end; ) {
    const size = u16be(bytes, at + 2)
    if (at + 4 + size > end) return undefined
    const type = u16be(bytes, at)
    if (type === ALPN) return namesOf(bytes, at + 4, size)
    if (type === SERVER_NAME) asksForName = true
    at += 4 + size
  }
  return asksForName ? undefined : []
}

function namesOf(bytes: Uint8Array, from: number, size: number): readonly string[] | undefined {
  if (size < 2 || u16be(bytes, from) !== size - 2) return undefined
  const names: string[] = []
  const end = from + size
  for (let at = from + 2; at < end && names.length < NAMES_MAX; ) {
    const length = bytes[at]!
    if (length === 0 || at + 1 + length > end) return undefined
    names.push(latin1(bytes, at + 1, length))
    at += 1 + length
  }
  return names
}
