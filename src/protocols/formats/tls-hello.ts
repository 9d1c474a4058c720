/**
 * What a TLS client says in the clear: which application protocols it offers, and which server it
 * asks for by name. Records and datagrams around the handshake are their readers' matter.
 * Source: RFC 8446 4.1.2 (ClientHello), RFC 7301 3.1 (ALPN), RFC 6066 3 (server name).
 *
 *   handshake   01 | length u24be | version 2 | random 32 | size u8, session | size u16be, ciphers
 *               | size u8, compressions | size u16be, extensions, which end the message
 *   extension   type u16be | size u16be | body               type 16: size u16be | (size u8 | name) …
 *                                                            type 0:  size u16be | 0 | size u16be | name
 */
import { u16be, u24be } from '../../core/bytes.ts'
import { latin1 } from '../../core/text.ts'

/**
 * Names offered, in their order, one character per byte; `more`: not all there; `no`: no ClientHello
 * with extensions.
 */
export type Alpn = readonly string[] | 'more' | 'no'

export const CLIENT_HELLO = 1
const ALPN = 16
const SERVER_NAME = 0
const HEAD = 4
const SESSION_AT = HEAD + 2 + 32
/** Programs offer up to three. */
const NAMES_MAX = 16

/**
 * @param hello  a handshake message from its type on, as far as it is there
 * @returns      the extension's body; `more`: it may yet come; `none`: the hello goes without it;
 *               `no`: no ClientHello with extensions
 */
function extensionIn(hello: Uint8Array, type: number): Uint8Array | 'more' | 'none' | 'no' {
  if (hello.length > 0 && hello[0] !== CLIENT_HELLO) return 'no'
  if (hello.length < HEAD) return 'more'
  const end = HEAD + u24be(hello, 1)
  const ciphersAt = SESSION_AT + 1 + (hello[SESSION_AT] ?? 0)
  const compressionsAt = ciphersAt + 2 + u16be(hello, ciphersAt)
  const extensionsAt = compressionsAt + 1 + (hello[compressionsAt] ?? 0)
  if (extensionsAt + 2 > hello.length) return hello.length < end ? 'more' : 'no'
  if (extensionsAt + 2 + u16be(hello, extensionsAt) !== end) return 'no'
  for (let at = extensionsAt + 2; at + 4 <= end; ) {
    if (at + 4 > hello.length) return 'more'
    const next = at + 4 + u16be(hello, at + 2)
    if (next > end) return 'no'
    if (u16be(hello, at) === type)
      return next > hello.length ? 'more' : hello.subarray(at + 4, next)
    at = next
  }
  return 'none'
}

/** The protocols that a client offers, as soon as they are there. */
export function alpnIn(hello: Uint8Array): Alpn {
  const list = extensionIn(hello, ALPN)
  if (list === 'none') return NONE
  if (typeof list === 'string') return list
  if (list.length < 2 || u16be(list, 0) !== list.length - 2) return 'no'
  const names: string[] = []
  for (let at = 2; at < list.length && names.length < NAMES_MAX; ) {
    const size = list[at]!
    if (size === 0 || at + 1 + size > list.length) return 'no'
    names.push(latin1(list, at + 1, size))
    at += 1 + size
  }
  return names
}

const NONE: readonly string[] = []

/** Whether a ClientHello asks for a server by name, readable or not. */
export function asksForServer(hello: Uint8Array): boolean {
  return extensionIn(hello, SERVER_NAME) !== 'none'
}

/** The server that a ClientHello asks for, where it is there and says so. */
export function serverNameIn(hello: Uint8Array): string | undefined {
  const list = extensionIn(hello, SERVER_NAME)
  // One name and no more, of kind 0: that of a host.
  if (typeof list === 'string' || list.length < 5 || list[2] !== 0) return undefined
  const size = u16be(list, 3)
  return 5 + size > list.length ? undefined : latin1(list, 5, size)
}
