/**
 * The names in the clear part of a TLS handshake: the one that the client asks for, and those of the
 * server's first certificate (before TLS 1.3, which seals it).
 * Source: RFC 5246 sections 6.2.1, 7.4; RFC 5280 section 4.1; X.690 for DER.
 *
 *   record       22 | version u16be | size u16be | handshake bytes
 *   handshake    type u8 | size u24be | body                    1 client hello, 2 server hello, 11 certificate
 *   certificate  SEQUENCE { SEQUENCE { [0] version, serial, algorithm, issuer, validity, subject … } … }
 *   name         SEQUENCE { SET { SEQUENCE { OID 2.5.4.3, string } } }     one common name and no more
 */
import { concat, hasAt, u16be, u24be } from '../../core/bytes.ts'
import { latin1 } from '../../core/text.ts'
import { CLIENT_HELLO, serverNameIn } from '../formats/tls-hello.ts'

const HANDSHAKE = 22
const SERVER_HELLO = 2
const CERTIFICATE = 11
/** Records of one handshake flight that are looked at. */
const RECORDS_MAX = 8

/** `more`: not all of it is there yet; `none`: it has no such name, or is no such handshake. */
export type Read<T> = T | 'more' | 'none'

/** Handshake bytes of the first records, as far as they are there. */
function handshakeBytes(stream: Uint8Array): { bytes: Uint8Array; ended: boolean } {
  const parts: Uint8Array[] = []
  let at = 0
  for (let i = 0; i < RECORDS_MAX; i++) {
    if (at + 5 > stream.length) break
    if (stream[at] !== HANDSHAKE) return { bytes: concat(...parts), ended: true }
    const size = u16be(stream, at + 3)
    parts.push(stream.subarray(at + 5, at + 5 + size))
    at += 5 + size
  }
  // Nearly all client hellos are one record: nothing is copied for them.
  const bytes = parts.length === 1 ? parts[0]! : concat(...parts)
  return { bytes, ended: parts.length === RECORDS_MAX }
}

/** The first handshake message of a type, passing over `passed`. */
function messageOf(stream: Uint8Array, type: number, passed: readonly number[]): Read<Uint8Array> {
  const { bytes, ended } = handshakeBytes(stream)
  const missing = ended ? 'none' : 'more'
  for (let at = 0; at + 4 <= bytes.length; ) {
    const size = u24be(bytes, at + 1)
    if (bytes[at] === type) {
      const whole = at + 4 + size <= bytes.length
      return whole ? bytes.subarray(at, at + 4 + size) : missing
    }
    if (!passed.includes(bytes[at]!)) return 'none'
    at += 4 + size
  }
  return missing
}

/** The server name that a client asks for. */
export function askedName(stream: Uint8Array): Read<string> {
  const hello = messageOf(stream, CLIENT_HELLO, [])
  return typeof hello === 'string' ? hello : (serverNameIn(hello) ?? 'none')
}

export interface CertificateNames {
  readonly issuer: string
  readonly subject: string
}

/** Issuer and subject of the first certificate, where each is one common name and nothing else. */
export function certificateNames(stream: Uint8Array): Read<CertificateNames> {
  const read = messageOf(stream, CERTIFICATE, [SERVER_HELLO])
  if (typeof read === 'string') return read
  const body = read.subarray(4)
  const end = Math.min(body.length, 6 + u24be(body, 3))
  const outer = element(body, 6, end)
  const inner = outer && element(body, outer.at, outer.end)
  if (outer?.tag !== SEQUENCE || inner?.tag !== SEQUENCE) return 'none'
  const fields: Element[] = []
  for (let at = inner.at; fields.length < 6; ) {
    const field = element(body, at, inner.end)
    if (field === undefined) return 'none'
    // A version may be left out; then the serial number comes first.
    if (fields.length > 0 || field.tag !== VERSION) fields.push(field)
    at = field.end
    if (fields.length === 5) break
  }
  // Serial, algorithm, issuer, validity, subject.
  const issuer = commonName(body, fields[2]!)
  const subject = commonName(body, fields[4]!)
  return issuer === undefined || subject === undefined ? 'none' : { issuer, subject }
}

interface Element {
  readonly tag: number
  readonly at: number
  readonly end: number
}

const SEQUENCE = 0x30
const SET = 0x31
const VERSION = 0xa0
/** OID 2.5.4.3 with its tag and size. */
const COMMON_NAME = Uint8Array.of(6, 3, 0x55, 4, 3)

/** The DER element at `at`, wholly before `limit`. */
function element(bytes: Uint8Array, at: number, limit: number): Element | undefined {
  if (at + 2 > limit) return undefined
  const tag = bytes[at]!
  const first = bytes[at + 1]!
  let head = 2
  let size = first
  if (first === 0x81) {
    size = bytes[at + 2]!
    head = 3
  } else if (first === 0x82) {
    size = u16be(bytes, at + 2)
    head = 4
  } else if (first > 0x7f) {
    return undefined
  }
  const end = at + head + size
  return end > limit ? undefined : { tag, at: at + head, end }
}

function commonName(bytes: Uint8Array, name: Element): string | undefined {
  const set = element(bytes, name.at, name.end)
  if (name.tag !== SEQUENCE || set?.tag !== SET || set.end !== name.end) return undefined
  const pair = element(bytes, set.at, set.end)
  if (pair?.tag !== SEQUENCE || pair.end !== set.end) return undefined
  if (!hasAt(bytes, pair.at, COMMON_NAME)) return undefined
  const value = element(bytes, pair.at + COMMON_NAME.length, pair.end)
  return value === undefined ? undefined : latin1(bytes, value.at, value.end - value.at)
}
