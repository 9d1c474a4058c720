/**
 * Protocol obfuscation: pure functions that undo it for somebody who knows the key's ingredients.
 *
 *     TCP, client to client
 *       opener → other   mark u8 | key part 4 | RC4( c4 6f 5e 83 | methods u8 | preferred u8
 *                        | padding size u8 | padding ) | RC4( frames … )
 *       other → opener   RC4( c4 6f 5e 83 | method u8 | padding size u8 | padding ) | RC4( frames … )
 *       key = MD5(user hash of the one called | 22 or cb | key part); 1024 bytes of RC4 are dropped
 *
 *     UDP   mark u8 | random 2 | RC4( c1 2e 5f 39 | padding size u8 | padding
 *           | Kad: receiver's verify key u32le, sender's verify key u32le | datagram without … )
 *       eD2k  mark bit 0 set      MD5(user hash of the receiver | sender ip4 | 5b | random)
 *       Kad   mark bits 1,0 = 00  MD5(Kad id of the receiver, as on the wire | random)
 *             mark bits 1,0 = 10  MD5(receiver's verify key u32le | random)
 *
 *     UDP, client and server      key = MD5(UDP key u32le | 6b or a5 | random); magic d5 24 ef 13
 *
 * Source: eMule EncryptedStreamSocket.cpp, EncryptedDatagramSocket.cpp; the Kad form is checked
 * against a capture of aMule 2.3.3 whose Kad ids are known.
 */
import { createHash } from 'node:crypto'
import { parseIp4 } from '../../core/address.ts'
import { ByteWriter, bits, concat, fromHex, u32le } from '../../core/bytes.ts'
import { isFrameByte } from './wire/frame.ts'

const TCP_MAGIC = 0x835e6fc4
const UDP_MAGIC = 0x395f2ec1
const UDP_SERVER_MAGIC = 0x13ef24d5
const TCP_DROPPED_BYTES = 1024
const FROM_OPENER = 0x22
const FROM_OTHER = 0xcb
const UDP_CLIENT = 0x5b
const UDP_TO_SERVER = 0x6b
const UDP_FROM_SERVER = 0xa5

/** RC4 as a stream: each call goes on where the last one ended. */
export class Rc4 {
  readonly #state = new Uint8Array(256)
  #i = 0
  #j = 0

  constructor(key: Uint8Array, droppedBytes = 0) {
    const state = this.#state
    for (let i = 0; i < 256; i++) state[i] = i
    let j = 0
    for (let i = 0; i < 256; i++) {
      j = (j + state[i]! + key[i % key.length]!) % 256
      const held = state[i]!
      state[i] = state[j]!
      state[j] = held
    }
    this.apply(new Uint8Array(droppedBytes))
  }

  /** The same bytes, en- or decrypted. */
  apply(bytes: Uint8Array): Uint8Array {
    const state = this.#state
    const result = new Uint8Array(bytes.length)
    for (let at = 0; at < bytes.length; at++) {
      this.#i = (this.#i + 1) % 256
      const a = state[this.#i]!
      this.#j = (this.#j + a) % 256
      const b = state[this.#j]!
      state[this.#i] = b
      state[this.#j] = a
      result[at] = bytes[at]! ^ state[(a + b) % 256]!
    }
    return result
  }
}

function md5(...parts: readonly Uint8Array[]): Uint8Array {
  return createHash('md5')
    .update(concat(...parts))
    .digest()
}

function little(value: number): Uint8Array {
  return new ByteWriter().u32le(value).finish()
}

/** What an obfuscated TCP connection opened with, and the ciphers to go on reading. */
export interface PeerOpening {
  /** Bytes of the opener's first flight that are negotiation; frames follow them. */
  readonly size: number
  readonly fromOpener: Rc4
  readonly fromOther: Rc4
}

/**
 * Undo the opener's negotiation.
 * @param head      the opener's first bytes
 * @param userHash  hex of the user hash of the one who was called
 * @returns undefined where the hash is another's, or fewer bytes than the negotiation are there
 */
export function openPeerTcp(head: Uint8Array, userHash: string): PeerOpening | undefined {
  if (head.length < 12) return undefined
  const hash = fromHex(userHash)
  const part = head.subarray(1, 5)
  const key = (mark: number) => md5(hash, Uint8Array.of(mark), part)
  const fromOpener = new Rc4(key(FROM_OPENER), TCP_DROPPED_BYTES)
  const plain = fromOpener.apply(head.subarray(5, 12))
  if (u32le(plain, 0) !== TCP_MAGIC) return undefined
  const padding = plain[6]!
  if (head.length < 12 + padding) return undefined
  fromOpener.apply(head.subarray(12, 12 + padding))
  return {
    size: 12 + padding,
    fromOpener,
    fromOther: new Rc4(key(FROM_OTHER), TCP_DROPPED_BYTES),
  }
}

/**
 * Size of the answer's negotiation, after which frames follow, once it is decrypted.
 * @returns undefined where it is not one, or not all there
 */
export function answerSize(plain: Uint8Array): number | undefined {
  if (plain.length < 6 || u32le(plain, 0) !== TCP_MAGIC) return undefined
  const size = 6 + plain[5]!
  return plain.length < size ? undefined : size
}

/** What an obfuscated datagram held. */
export interface OpenedDatagram {
  /** The datagram as it would have been sent in the clear. */
  readonly bytes: Uint8Array
  /** Kad: the keys by which the receiver and the sender know each other; the next key to try. */
  readonly receiverKey?: number
  readonly senderKey?: number
}

function openDatagram(
  bytes: Uint8Array,
  key: Uint8Array,
  magic: number,
  kad: boolean,
): OpenedDatagram | undefined {
  const head = kad ? 13 : 5
  if (bytes.length < 3 + head + 1) return undefined
  const plain = new Rc4(key).apply(bytes.subarray(3))
  if (u32le(plain, 0) !== magic) return undefined
  const at = 5 + plain[4]!
  if (!kad) return at < plain.length ? { bytes: plain.subarray(at) } : undefined
  if (at + 8 >= plain.length) return undefined
  return {
    bytes: plain.subarray(at + 8),
    receiverKey: u32le(plain, at),
    senderKey: u32le(plain, at + 4),
  }
}

/** @param kadId  hex of the receiver's id, as the number is spelled */
export function openKadById(bytes: Uint8Array, kadId: string): OpenedDatagram | undefined {
  const number = fromHex(kadId)
  const wire = new Uint8Array(16)
  for (let at = 0; at < 16; at++) wire[at] = number[at - (at % 4) + 3 - (at % 4)]!
  return openDatagram(bytes, md5(wire, bytes.subarray(1, 3)), UDP_MAGIC, true)
}

/** @param key  the receiver's verify key for the sender */
export function openKadByKey(bytes: Uint8Array, key: number): OpenedDatagram | undefined {
  return openDatagram(bytes, md5(little(key), bytes.subarray(1, 3)), UDP_MAGIC, true)
}

/** @param userHash  hex of the receiver's user hash   @param senderIp  dotted */
export function openPeerUdp(
  bytes: Uint8Array,
  userHash: string,
  senderIp: string,
): OpenedDatagram | undefined {
  const ip = parseIp4(senderIp)
  if (ip === undefined) return undefined
  const mark = Uint8Array.of(UDP_CLIENT)
  return openDatagram(
    bytes,
    md5(fromHex(userHash), ip, mark, bytes.subarray(1, 3)),
    UDP_MAGIC,
    false,
  )
}

/** @param key  the key that the server gave this client in its status answer */
export function openServerUdp(
  bytes: Uint8Array,
  key: number,
  toServer: boolean,
): OpenedDatagram | undefined {
  const mark = Uint8Array.of(toServer ? UDP_TO_SERVER : UDP_FROM_SERVER)
  const secret = md5(little(key), mark, bytes.subarray(1, 3))
  return openDatagram(bytes, secret, UDP_SERVER_MAGIC, false)
}

/** Whether a first byte can begin an obfuscated datagram: those that begin clear ones are avoided. */
export function canMarkDatagram(byte: number): boolean {
  return !isFrameByte(byte) && byte !== 0xe4 && byte !== 0xe5 && byte !== 0xa3 && byte !== 0xb2
}

/** How the mark says the key is made. */
export function markKind(byte: number): 'ed2k' | 'kad-id' | 'kad-key' {
  if (bits(byte, 0, 1) === 1) return 'ed2k'
  return bits(byte, 1, 1) === 1 ? 'kad-key' : 'kad-id'
}
