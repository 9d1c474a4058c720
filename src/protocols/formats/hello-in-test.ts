/** For tests: ClientHellos, and the first datagram of a QUIC client that sends one (RFC 9001 5.2 to 5.4). */
import { createCipheriv } from 'node:crypto'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { clientKeys, headerMask } from './quic-initial.ts'

/** RFC 9001 appendix A. */
export const DCID = fromHex('8394c8f03e515708')
/** What makes the datagram 1,200 bytes long, as clients must. */
const PLAIN_BYTES = 1162

export function helloWith(...extensions: readonly Uint8Array[]): Uint8Array {
  const block = concat(...extensions)
  const body = concat(
    fromHex('0303'),
    new Uint8Array(32),
    fromHex('00 0002 1301 01 00'),
    Uint8Array.of(0, block.length),
    block,
  )
  return concat(Uint8Array.of(1, 0, 0, body.length), body)
}

/** The extension that offers one name. */
export function offerOf(name: string): Uint8Array {
  const size = name.length
  return concat(Uint8Array.of(0, 16, 0, size + 3, 0, size + 1, size), bytesOf(name))
}

/** A client's Initial of version 1 with these frames, padded. */
export function initialOf(frames: Uint8Array): Uint8Array {
  const plain = concat(frames, new Uint8Array(Math.max(0, PLAIN_BYTES - frames.length)))
  const length = plain.length + 20
  const head = concat(
    fromHex('c300000001 08'),
    DCID,
    Uint8Array.of(0, 0, 0x40 + Math.floor(length / 256), length % 256, 0, 0, 0, 2),
  )
  const { key, iv, headerKey } = clientKeys(DCID)!
  iv[11]! ^= 2
  const cipher = createCipheriv('aes-128-gcm', key, iv)
  cipher.setAAD(head)
  const sealed = concat(cipher.update(plain), cipher.final(), cipher.getAuthTag())
  const mask = headerMask(headerKey, sealed.subarray(0, 16))
  head[0]! ^= mask[0]! % 16
  for (let i = 0; i < 4; i++) head[head.length - 4 + i]! ^= mask[1 + i]!
  return concat(head, sealed)
}

/** The first datagram of a client with this hello, of less than 256 bytes. */
export function initialWith(hello: Uint8Array): Uint8Array {
  return initialOf(concat(Uint8Array.of(6, 0, 0x40, hello.length), hello))
}
