/**
 * The TLS ClientHello out of the first datagrams of a QUIC connection. Initial packets are encrypted
 * with keys that follow from the connection id which they show, so that everybody can read them.
 *
 * Source: RFC 9000 17.2.2 (Initial packets), 19.6 (CRYPTO frames); RFC 9001 5.2 (keys), 5.4 (header
 * protection), appendix A (vectors); RFC 9369 (version 2).
 *
 *   Initial   1 1 type 2 .. pp | version u32be | size, DCID | size, SCID | token: varint size, bytes
 *             | length varint | packet number 1…4 | sealed | tag 16        .. and pp and the number are masked
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import { bits, bytesOf, concat, fromHex, hasAt, u32be } from '../../core/bytes.ts'
import { type Alpn, alpnIn } from './tls-hello.ts'

/** A piece of the handshake's stream. */
export interface CryptoPiece {
  readonly offset: number
  readonly bytes: Uint8Array
}

interface Version {
  readonly salt: Uint8Array
  readonly initialType: number
  readonly label: string
}

const VERSIONS: ReadonlyMap<number, Version> = new Map([
  [1, { salt: fromHex('38762cf7f55934b34d179ae6a4c80cadccbb7f0a'), initialType: 0, label: 'quic' }],
  [
    0x6b33_43cf,
    { salt: fromHex('0dede3def700a6db819381be6e269dcbf9bd2ed9'), initialType: 1, label: 'quicv2' },
  ],
])

/** How datagrams begin that hold an Initial packet of a known version. */
export const QUIC_STARTS: readonly Uint8Array[] = [...VERSIONS].flatMap(
  ([version, { initialType }]) =>
    Array.from({ length: 16 }, (_, low) =>
      Uint8Array.of(
        0xc0 + 16 * initialType + low,
        ...[24, 16, 8, 0].map((bit) => bits(version, bit, 8)),
      ),
    ),
)

const TAG_BYTES = 16
const SAMPLE_BYTES = 16

export interface InitialKeys {
  readonly key: Uint8Array
  readonly iv: Uint8Array
  readonly headerKey: Uint8Array
}

/** The keys of the client's Initial packets to this connection id. */
export function clientKeys(dcid: Uint8Array, version = 1): InitialKeys | undefined {
  const known = VERSIONS.get(version)
  if (known === undefined) return undefined
  const initial = createHmac('sha256', known.salt).update(dcid).digest()
  const secret = expand(initial, 'client in', 32)
  return {
    key: expand(secret, `${known.label} key`, 16),
    iv: expand(secret, `${known.label} iv`, 12),
    headerKey: expand(secret, `${known.label} hp`, 16),
  }
}

/** HKDF-Expand-Label of RFC 8446 7.1 with no context, for at most 32 bytes. */
function expand(secret: Uint8Array, label: string, size: number): Uint8Array {
  const name = bytesOf(`tls13 ${label}`)
  const info = concat(Uint8Array.of(0, size, name.length), name, Uint8Array.of(0, 1))
  return Uint8Array.from(createHmac('sha256', secret).update(info).digest().subarray(0, size))
}

/**
 * The CRYPTO frames of all Initial packets of a client's datagram; none where it cannot be read.
 * To open one takes tens of microseconds, and several ask about the same one: the last is kept.
 */
export function cryptoPieces(datagram: Uint8Array): readonly CryptoPiece[] {
  if (datagram.length !== LAST.datagram.length || !hasAt(datagram, 0, LAST.datagram)) {
    LAST.pieces = openedPieces(datagram)
    LAST.datagram = datagram.slice()
  }
  return LAST.pieces
}

const LAST: { datagram: Uint8Array; pieces: readonly CryptoPiece[] } = {
  datagram: new Uint8Array(0),
  pieces: [],
}

function openedPieces(datagram: Uint8Array): readonly CryptoPiece[] {
  const pieces: CryptoPiece[] = []
  for (let at = 0; at < datagram.length; ) {
    const packet = packetAt(datagram, at)
    if (packet === undefined) break
    const plain = opened(datagram, at, packet)
    if (plain !== undefined) collectFrames(plain, pieces)
    at = packet.end
  }
  return pieces
}

interface Packet {
  readonly version: number
  readonly dcid: Uint8Array
  /** Where the packet number stands. */
  readonly numberAt: number
  readonly end: number
}

function packetAt(bytes: Uint8Array, at: number): Packet | undefined {
  const first = bytes[at]!
  const version = u32be(bytes, at + 1)
  const known = VERSIONS.get(version)
  if (known === undefined || bits(first, 6, 2) !== 3) return undefined
  if (bits(first, 4, 2) !== known.initialType) return undefined
  const dcidAt = at + 6
  const dcidSize = bytes[at + 5]!
  const scidSize = bytes[dcidAt + dcidSize]
  if (dcidSize > 20 || scidSize === undefined || scidSize > 20) return undefined
  const token = varintAt(bytes, dcidAt + dcidSize + 1 + scidSize)
  if (token === undefined) return undefined
  const length = varintAt(bytes, token.next + token.value)
  if (length === undefined) return undefined
  const end = length.next + length.value
  if (end > bytes.length || length.value < 4 + SAMPLE_BYTES) return undefined
  const dcid = bytes.subarray(dcidAt, dcidAt + dcidSize)
  return { version, dcid, numberAt: length.next, end }
}

/** RFC 9000 16: the two highest bits say how many bytes. Values above 2^30 are of no use here. */
function varintAt(bytes: Uint8Array, at: number): { value: number; next: number } | undefined {
  const first = bytes[at]
  if (first === undefined) return undefined
  const size = 2 ** bits(first, 6, 2)
  if (size > 4 || at + size > bytes.length) return undefined
  let value = bits(first, 0, 6)
  for (let i = 1; i < size; i++) value = value * 256 + bytes[at + i]!
  return { value, next: at + size }
}

function opened(bytes: Uint8Array, at: number, packet: Packet): Uint8Array | undefined {
  const { version, dcid, numberAt, end } = packet
  const keys = clientKeys(dcid, version)
  if (keys === undefined) return undefined
  const sample = bytes.subarray(numberAt + 4, numberAt + 4 + SAMPLE_BYTES)
  const mask = headerMask(keys.headerKey, sample)
  const head = bytes.slice(at, numberAt + 4)
  head[0]! ^= bits(mask[0]!, 0, 4)
  const numberBytes = 1 + bits(head[0]!, 0, 2)
  const nonce = keys.iv.slice()
  for (let i = 0; i < numberBytes; i++) {
    const place = head.length - 4 + i
    head[place]! ^= mask[1 + i]!
    nonce[nonce.length - numberBytes + i]! ^= head[place]!
  }
  const sealedAt = numberAt + numberBytes
  const decipher = createDecipheriv('aes-128-gcm', keys.key, nonce)
  decipher.setAAD(head.subarray(0, head.length - 4 + numberBytes))
  decipher.setAuthTag(bytes.subarray(end - TAG_BYTES, end))
  const plain = Uint8Array.from(decipher.update(bytes.subarray(sealedAt, end - TAG_BYTES)))
  return isGenuine(decipher) ? plain : undefined
}

/** RFC 9001 5.4.3: one block of AES over the sample. */
export function headerMask(headerKey: Uint8Array, sample: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-128-ecb', headerKey, null)
  return Uint8Array.from(cipher.update(sample))
}

/** Node tells a wrong tag by throwing. */
function isGenuine(decipher: { final(): Uint8Array }): boolean {
  try {
    decipher.final()
    return true
  } catch {
    return false
  }
}

/** Frames of Initial packets: padding, ping, ack, crypto; anything else ends the reading. */
function collectFrames(plain: Uint8Array, pieces: CryptoPiece[]): void {
  let at: number | undefined = 0
  while (at !== undefined && at < plain.length) {
    const type: number = plain[at]!
    if (type <= 1) at++
    else if (type === 2 || type === 3) at = behindAck(plain, at + 1, type === 3)
    else if (type === 6) at = cryptoFrame(plain, at + 1, pieces)
    else return
  }
}

function cryptoFrame(plain: Uint8Array, at: number, pieces: CryptoPiece[]): number | undefined {
  const offset = varintAt(plain, at)
  const size = offset && varintAt(plain, offset.next)
  if (offset === undefined || size === undefined) return undefined
  const end = size.next + size.value
  if (end > plain.length) return undefined
  pieces.push({ offset: offset.value, bytes: plain.subarray(size.next, end) })
  return end
}

/** RFC 9000 19.3: largest, delay, count of ranges, first range, ranges of two; three counts with ECN. */
function behindAck(plain: Uint8Array, at: number, hasCounts: boolean): number | undefined {
  const largest = varintAt(plain, at)
  const delay = largest && varintAt(plain, largest.next)
  const count = delay && varintAt(plain, delay.next)
  if (count === undefined) return undefined
  const numbers = 1 + 2 * count.value + (hasCounts ? 3 : 0)
  if (numbers > plain.length) return undefined
  let next = count.next
  for (let i = 0; i < numbers; i++) {
    const found = varintAt(plain, next)
    if (found === undefined) return undefined
    next = found.next
  }
  return next
}

/** A ClientHello with the key shares of today takes two datagrams, rarely more. */
const HELLO_BYTES_MAX = 8192
const HELLO_BYTES_USUAL = 2048
/** Most asks are about datagrams that hold nothing. */
const NO_BYTES: Uint8Array = new Uint8Array(0)

/** Puts a ClientHello together, datagram by datagram. */
export class QuicHello {
  #bytes = NO_BYTES
  /** Which bytes are there. */
  #filled = NO_BYTES

  /** @returns false where the datagram held nothing that could be read */
  add(datagram: Uint8Array): boolean {
    const pieces = cryptoPieces(datagram)
    for (const { offset, bytes } of pieces) {
      const end = offset + bytes.length
      if (end > HELLO_BYTES_MAX) continue
      this.#grow(end)
      this.#bytes.set(bytes, offset)
      this.#filled.fill(1, offset, end)
    }
    return pieces.length > 0
  }

  /** What the hello says so far; `more` where it is not all there. */
  get alpn(): Alpn {
    const end = this.#filled.indexOf(0)
    return alpnIn(this.#bytes.subarray(0, end < 0 ? this.#bytes.length : end))
  }

  #grow(size: number): void {
    if (size <= this.#bytes.length) return
    const room = size <= HELLO_BYTES_USUAL ? HELLO_BYTES_USUAL : HELLO_BYTES_MAX
    const bytes = new Uint8Array(room)
    const filled = new Uint8Array(room)
    bytes.set(this.#bytes)
    filled.set(this.#filled)
    this.#bytes = bytes
    this.#filled = filled
  }
}

/** Whether a datagram may begin a QUIC connection: an Initial packet, as large as clients must make it. */
export function isQuicClientInitial(bytes: Uint8Array, size: number): boolean {
  if (size < 1200 || bytes.length < 7 || bytes[0]! < 0xc0 || bytes[0]! > 0xdf) return false
  // RFC 9000 7.2: the id that a client makes up has at least 8 bytes.
  return VERSIONS.has(u32be(bytes, 1)) && bytes[5]! >= 8
}
