/**
 * The binary request for a file (Ares 1.9 and gift-ares), scrambled with numbers that all know.
 *
 *   random 2 bytes | n u8, 1 to 16 | random n bytes | size u16le | body, so many bytes, scrambled once more:
 *   01 | fields: size u16le | type u8 | value
 *     01 SHA-1 of the file          02 nick          09 program
 *     03 supernode ip4 u16le | own ip4 u16le | own local ip4
 *     07 first, last byte u32le     0b the same, 64 bits     32 cipher of the answer     06 0a queue     08 sources
 *
 * Source: gift-ares lib/as_crypt.c (as_encrypt_transfer_request), as_download_conn.c.
 */
import { ByteWriter, concat, u16le } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { REQUEST_BODY_NUMBERS, REQUEST_NUMBERS, scrambled, unscrambled } from '../cipher.ts'

export interface FileRequest {
  /** What stands before the size: two random bytes, a count, so many random bytes. */
  readonly noise: Uint8Array
  readonly fields: readonly { readonly kind: number; readonly value: Uint8Array }[]
}

const NOISE_MAX = 16
const BODY_BYTES_MAX = 4096
const FIELDS_MAX = 64
const GET = 1
const FAULTS = [
  'noise-size-wrong',
  'body-too-long',
  'not-a-get',
  'fields-wrong',
  'sha1-missing',
] as const

function parse(bytes: Uint8Array, at: number): Outcome<FileRequest> {
  const have = bytes.length - at
  if (have < 3) return need(3)
  const head = unscrambled(bytes.subarray(at, at + Math.min(have, 5 + NOISE_MAX)), REQUEST_NUMBERS)
  const noise = head[2]!
  if (noise < 1 || noise > NOISE_MAX) return malformed('noise-size-wrong', at + 2)
  const bodyAt = 5 + noise
  if (have < bodyAt) return need(bodyAt)
  const size = u16le(head, 3 + noise)
  if (size > BODY_BYTES_MAX) return malformed('body-too-long', at + 3 + noise)
  if (have < bodyAt + size) return need(bodyAt + size)
  const all = unscrambled(bytes.subarray(at, at + bodyAt + size), REQUEST_NUMBERS)
  const body = unscrambled(all.subarray(bodyAt), REQUEST_BODY_NUMBERS)
  if (body[0] !== GET) return malformed('not-a-get', at + bodyAt)
  const fields: { kind: number; value: Uint8Array }[] = []
  for (let i = 1; i < size; ) {
    const length = u16le(body, i)
    if (i + 3 + length > size || fields.length >= FIELDS_MAX)
      return malformed('fields-wrong', at + bodyAt)
    fields.push({ kind: body[i + 2]!, value: body.subarray(i + 3, i + 3 + length) })
    i += 3 + length
  }
  if (!fields.some(({ kind, value }) => kind === 1 && value.length === 20)) {
    return malformed('sha1-missing', at + bodyAt)
  }
  return message({ noise: all.subarray(0, 3 + noise), fields }, bodyAt + size)
}

function emit({ noise, fields }: FileRequest): Uint8Array {
  const body = new ByteWriter().u8(GET)
  for (const { kind, value } of fields) body.u16le(value.length).u8(kind).bytes(value)
  const hidden = scrambled(body.finish(), REQUEST_BODY_NUMBERS)
  const size = new ByteWriter().u16le(hidden.length).finish()
  return scrambled(concat(noise, size, hidden), REQUEST_NUMBERS)
}

export const requestWire: Wire<FileRequest> = {
  name: 'ares/request',
  source: 'gift-ares lib/as_crypt.c, as_download_conn.c',
  carrier: 'stream',
  messageBytesMax: 5 + NOISE_MAX + BODY_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
