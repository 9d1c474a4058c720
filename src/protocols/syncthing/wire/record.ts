/**
 * TLS records, and the certificates that a beginning connection shows in them up to TLS 1.2: devices
 * are known by their hash.
 *
 *   record     type u8 | version u16be | length u16be | bytes
 *   handshake  type u8 | length u24be | body          in records of type 22, before encryption
 *
 * Source: RFC 8446 4 and 5.1, RFC 5246 7.4.2; syncthing/docs specs/bep-v1.rst.
 */
import { ByteWriter, bytesOf, indexOfBytes, u16be, u24be } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import { text } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

export interface TlsRecord {
  readonly type: number
  readonly version: number
  readonly body: Uint8Array
}

export const HANDSHAKE = 22
export const RECORD_HEAD = 5
/** RFC 5246 6.2.3: 2^14 bytes and 2,048 of what ciphers add. */
const RECORD_BYTES_MAX = RECORD_HEAD + 16_384 + 2_048

function parse(bytes: Uint8Array, at: number): Outcome<TlsRecord> {
  const have = bytes.length - at
  if (have >= 1 && (bytes[at]! < 20 || bytes[at]! > 24)) return malformed('type-wrong', at)
  if (have >= 2 && bytes[at + 1] !== 3) return malformed('version-wrong', at + 1)
  if (have < RECORD_HEAD) return need(RECORD_HEAD)
  const size = RECORD_HEAD + u16be(bytes, at + 3)
  if (size > RECORD_BYTES_MAX) return malformed('record-too-long', at + 3)
  if (have < size) return need(size)
  const body = bytes.subarray(at + RECORD_HEAD, at + size)
  return message({ type: bytes[at]!, version: u16be(bytes, at + 1), body }, size)
}

function emit({ type, version, body }: TlsRecord): Uint8Array {
  return new ByteWriter().u8(type).u16be(version).u16be(body.length).bytes(body).finish()
}

export const recordWire: Wire<TlsRecord> = {
  name: 'syncthing/tls-record',
  source: 'RFC 8446 5.1',
  carrier: 'stream',
  messageBytesMax: RECORD_BYTES_MAX,
  faults: ['type-wrong', 'version-wrong', 'record-too-long'],
  parse,
  emit,
}

export const CERTIFICATE = 11

/** The first certificate of a `certificate` message (TLS 1.2), or undefined where there is none. */
export function certificateIn(body: Uint8Array): Uint8Array | undefined {
  if (body.length < 6) return undefined
  const size = u24be(body, 3)
  return size > 0 && size <= body.length - 6 ? body.subarray(6, 6 + size) : undefined
}

/** Object identifier 2.5.4.3, commonName, as it stands before its text. */
const COMMON_NAME = bytesOf('\x06\x03\x55\x04\x03')

/** The first common name of a certificate: self-signed ones have the same as issuer and subject. */
export function commonNameIn(certificate: Uint8Array): string | undefined {
  const at = indexOfBytes(certificate, COMMON_NAME)
  if (at < 0 || at + 7 > certificate.length) return undefined
  return text(certificate, at + 7, Math.min(64, certificate[at + 6]!))
}
