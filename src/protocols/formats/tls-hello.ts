/**
 * The application protocols that a TLS client offers.
 * Source: RFC 8446 4.1.2 (ClientHello), RFC 7301 (ALPN).
 *
 *   handshake   01 | length u24be | version 2 | random 32 | size u8, session | size u16be, ciphers
 *               | size u8, compressions | size u16be, extensions
 *   extension   type u16be | size u16be | body               type 16: size u16be | (size u8 | name) …
 */
import { u16be } from '../../core/bytes.ts'
import { latin1 } from '../../core/text.ts'

/** Names offered, in their order; `more`: not all there; `no`: no ClientHello. */
export type Alpn = readonly string[] | 'more' | 'no'

const CLIENT_HELLO = 1
const ALPN = 16
const SESSION_AT = 4 + 2 + 32

/** @param bytes  a handshake message from its type on, as far as it is there */
export function alpnIn(bytes: Uint8Array): Alpn {
  if (bytes.length === 0) return 'more'
  if (bytes[0] !== CLIENT_HELLO) return 'no'
  const session = bytes[SESSION_AT]
  if (session === undefined) return 'more'
  const ciphersAt = SESSION_AT + 1 + session
  const compressionsAt = ciphersAt + 2 + u16be(bytes, ciphersAt)
  const extensionsAt = compressionsAt + 1 + (bytes[compressionsAt] ?? 0)
  if (extensionsAt + 2 > bytes.length) return 'more'
  const end = extensionsAt + 2 + u16be(bytes, extensionsAt)
  for (let at = extensionsAt + 2; at < end; ) {
    if (at + 4 > bytes.length) return 'more'
    const next = at + 4 + u16be(bytes, at + 2)
    if (u16be(bytes, at) === ALPN)
      return next > bytes.length ? 'more' : namesIn(bytes, at + 6, next)
    at = next
  }
  return NONE
}

const NONE: readonly string[] = []

function namesIn(bytes: Uint8Array, from: number, end: number): readonly string[] {
  const names: string[] = []
  for (let at = from; at < end; at += 1 + bytes[at]!) {
    if (at + 1 + bytes[at]! > end) break
    names.push(latin1(bytes, at + 1, bytes[at]!))
  }
  return names
}
