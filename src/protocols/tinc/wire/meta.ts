/**
 * tinc's meta connection: lines of text until the sides agree on keys, then the same lines under a
 * cipher.
 * Source: gsliepen/tinc src/protocol.h and protocol_auth.c (1.0 and 1.1), manual chapter 6.3;
 * fixtures/meta.pcap.
 *
 *   0 name 17        identity, 1.0: protocol 17
 *   0 name 17.7      identity, 1.1: major.minor
 *   0 ^hash 17.1     control connection; 0 ?invitation 17.1: somebody who was invited
 *   1 94 64 0 0 HEX  the key of what follows: cipher, digest, MAC length, compression, RSA ciphertext
 */
import { ByteWriter, bytesOf } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

export type MetaLine =
  | { readonly type: 'id'; readonly name: string; readonly version: string }
  | {
      readonly type: 'metakey'
      /** Numbers of OpenSSL: 94 and 429 are Blowfish and AES-256 in CFB, 64 and 672 SHA-1 and SHA-256. */
      readonly cipher: number
      readonly digest: number
      readonly macLength: number
      readonly compression: number
      /** RSA ciphertext in hex, as written. */
      readonly key: string
    }

const LF = 10
/** RSA of 8,192 bits in hex, and the numbers before it. */
const LINE_BYTES_MAX = 2_200
const ID = /^0 ([A-Za-z0-9_]{1,64}|[\^?][\x21-\x7e]{1,128}) (\d{1,3}(?:\.\d{1,3})?)$/
const METAKEY = /^1 (\d{1,5}) (\d{1,5}) (\d{1,3}) (\d{1,3}) ((?:[0-9A-Fa-f]{2})+)$/

function parse(bytes: Uint8Array, at: number): Outcome<MetaLine> {
  const end = bytes.subarray(at, at + LINE_BYTES_MAX).indexOf(LF)
  if (end < 0) {
    if (bytes.length - at >= LINE_BYTES_MAX) return malformed('line-too-long', at)
    return need(bytes.length - at + 1)
  }
  const line = latin1(bytes, at, end)
  const id = ID.exec(line)
  if (id !== null) return message({ type: 'id', name: id[1]!, version: id[2]! }, end + 1)
  const key = METAKEY.exec(line)
  if (key === null) return malformed('line-unknown', at)
  const [cipher, digest, macLength, compression] = key.slice(1, 5).map(Number) as [
    number,
    number,
    number,
    number,
  ]
  const said = { type: 'metakey', cipher, digest, macLength, compression, key: key[5]! } as const
  return message(said, end + 1)
}

function emit(said: MetaLine): Uint8Array {
  const line =
    said.type === 'id'
      ? `0 ${said.name} ${said.version}\n`
      : `1 ${said.cipher} ${said.digest} ${said.macLength} ${said.compression} ${said.key}\n`
  return new ByteWriter().bytes(bytesOf(line)).finish()
}

export const metaWire: Wire<MetaLine> = {
  name: 'tinc/meta',
  source: 'gsliepen/tinc src/protocol.h, src/protocol_auth.c; fixtures/meta.pcap',
  carrier: 'stream',
  messageBytesMax: LINE_BYTES_MAX,
  faults: ['line-too-long', 'line-unknown'],
  parse,
  emit,
}
