/**
 * The called side of Message Stream Encryption, for an info hash that is known: the caller proves in
 * hashes which one he wants, so it can be found among those, and nothing is said to who wants another.
 *
 *     caller   Ya, PadA                                              →
 *                                                                    ←   Yb
 *              HASH(req1 S), HASH(req2 info hash) ^ HASH(req3 S),
 *              RC4( VC, provide, PadC, IA )                          →
 *                                                                    ←   RC4( VC, select )
 *
 * Plain text is selected where the caller can have it: then all that follows is read by everybody who
 * has the capture. Where he insists on RC4 he is spoken to in it, and what he wants is told (`wants`).
 *
 * Source: as mse.ts.
 */
import { createDiffieHellman, createHash } from 'node:crypto'
import {
  bytesOf,
  concat,
  fromHex,
  hex,
  indexOfBytes,
  sameBytes,
  u16be,
  u32be,
} from '../../core/bytes.ts'
import type { Answer, Call, Responder } from '../../core/responder.ts'
import { chanceBytes } from './chance-bytes.ts'
import { KEY_BYTES, PAD_BYTES_MAX } from './mse.ts'

const PRIME = fromHex(
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563',
)
const GENERATOR = 2
const PRIVATE_BYTES = 20
const HASH_BYTES = 20
const VC_BYTES = 8
/** VC, provide, length of PadC. */
const PROVIDE_BYTES = VC_BYTES + 4 + 2
const LENGTH_BYTES = 2
const PLAIN = 1
const RC4 = 2
const NONE = new Uint8Array(0)
const URN = 'urn:btih:'
/** IA is a handshake, or nothing. */
const IA_BYTES_MAX = 1024

const QUIET: Answer = { used: 0, send: [], done: false }

export class MseResponder implements Responder {
  readonly #call: Call
  readonly #inner: Responder
  #secret: Uint8Array | undefined
  #hasAnswered = false
  #isPlain = false
  #theirs: Cipher | undefined
  #ours: Cipher | undefined
  /** What he says, in the clear, not yet used by the responder within. */
  #clear: Uint8Array = NONE

  constructor(call: Call, inner: Responder) {
    this.#call = call
    this.#inner = inner
  }

  data(bytes: Uint8Array): Answer {
    if (this.#secret === undefined) return this.#exchange(bytes)
    if (!this.#hasAnswered) return this.#prove(bytes)
    const clear = this.#isPlain ? bytes : this.#theirs!.apply(bytes)
    return { ...this.#within(clear), used: bytes.length }
  }

  #exchange(bytes: Uint8Array): Answer {
    if (bytes.length < KEY_BYTES) return QUIET
    const exchange = createDiffieHellman(PRIME, GENERATOR)
    exchange.setPrivateKey(chanceBytes(this.#call.pair, PRIVATE_BYTES))
    const ours = exchange.generateKeys()
    this.#secret = padded(exchange.computeSecret(bytes.subarray(0, KEY_BYTES)))
    return { used: KEY_BYTES, send: [padded(ours)], done: false }
  }

  #prove(bytes: Uint8Array): Answer {
    const secret = this.#secret!
    const mark = hashOf('req1', secret)
    const window = PAD_BYTES_MAX + HASH_BYTES
    const at = indexOfBytes(bytes, mark, 0, Math.min(bytes.length, window))
    if (at < 0) return bytes.length < window ? QUIET : end(bytes)
    const proofAt = at + HASH_BYTES
    const from = proofAt + HASH_BYTES
    if (bytes.length < from + PROVIDE_BYTES) return QUIET
    const infoHash = this.#wanted(xor(bytes.subarray(proofAt, from), hashOf('req3', secret)))
    if (infoHash === undefined) return end(bytes)
    // Made anew for each try, since a cipher that has run on cannot go back.
    const theirs = new Cipher(hashOf('keyA', secret, infoHash))
    const head = theirs.apply(bytes.subarray(from, from + PROVIDE_BYTES))
    const provided = u32be(head, VC_BYTES)
    const padC = u16be(head, VC_BYTES + 4)
    const isRight = head.subarray(0, VC_BYTES).every((byte) => byte === 0)
    if (!isRight || padC > PAD_BYTES_MAX) return end(bytes)
    const iaAt = from + PROVIDE_BYTES + padC + LENGTH_BYTES
    if (bytes.length < iaAt) return QUIET
    const behind = theirs.apply(bytes.subarray(from + PROVIDE_BYTES, iaAt))
    const size = u16be(behind, padC)
    if (size > IA_BYTES_MAX) return end(bytes)
    if (bytes.length < iaAt + size) return QUIET
    const first = theirs.apply(bytes.subarray(iaAt, iaAt + size))
    this.#theirs = theirs
    return this.#select(provided, infoHash, first, iaAt + size)
  }

  #select(provided: number, infoHash: Uint8Array, first: Uint8Array, used: number): Answer {
    const select = provided % 2 === PLAIN ? PLAIN : RC4
    this.#ours = new Cipher(hashOf('keyB', this.#secret!, infoHash))
    this.#isPlain = select === PLAIN
    this.#hasAnswered = true
    const selection = new Uint8Array(PROVIDE_BYTES)
    selection[VC_BYTES + 3] = select
    const chosen = this.#ours.apply(selection)
    const { send, done } = this.#within(first)
    const wants = `${URN}${hex(infoHash)}`
    return { used, send: [chosen, ...send], done, wants }
  }

  #within(clear: Uint8Array): { readonly send: readonly Uint8Array[]; readonly done: boolean } {
    let left = this.#clear.length === 0 ? clear : concat(this.#clear, clear)
    const send: Uint8Array[] = []
    for (;;) {
      const answer = left.length === 0 ? QUIET : this.#inner.data!(left)
      left = left.subarray(answer.used)
      for (const bytes of answer.send) send.push(this.#isPlain ? bytes : this.#ours!.apply(bytes))
      if (answer.used === 0 || answer.done) {
        this.#clear = left.slice()
        return { send, done: answer.done }
      }
    }
  }

  #wanted(proof: Uint8Array): Uint8Array | undefined {
    for (const content of this.#call.contents ?? []) {
      if (!content.startsWith(URN)) continue
      const infoHash = fromHex(content.slice(URN.length))
      if (infoHash.length === HASH_BYTES && sameBytes(hashOf('req2', infoHash), proof)) {
        return infoHash
      }
    }
    return undefined
  }
}

function end(bytes: Uint8Array): Answer {
  return { used: bytes.length, send: [], done: true }
}

function hashOf(word: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(
    createHash('sha1')
      .update(concat(bytesOf(word), ...parts))
      .digest(),
  )
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, at) => byte ^ b[at]!)
}

/** Numbers of the exchange have all their bytes on the wire. */
function padded(number: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(KEY_BYTES)
  bytes.set(number, KEY_BYTES - number.length)
  return bytes
}

/** RC4 without its first bytes, which tell of the key. */
const DROPPED_BYTES = 1024

export class Cipher {
  readonly #state = Uint8Array.from({ length: 256 }, (_, at) => at)
  #i = 0
  #j = 0

  constructor(key: Uint8Array) {
    const state = this.#state
    for (let i = 0, j = 0; i < 256; i++) {
      j = (j + state[i]! + key[i % key.length]!) % 256
      this.#swap(i, j)
    }
    this.apply(new Uint8Array(DROPPED_BYTES))
  }

  apply(bytes: Uint8Array): Uint8Array {
    const state = this.#state
    return bytes.map((byte) => {
      this.#i = (this.#i + 1) % 256
      this.#j = (this.#j + state[this.#i]!) % 256
      this.#swap(this.#i, this.#j)
      return byte ^ state[(state[this.#i]! + state[this.#j]!) % 256]!
    })
  }

  #swap(a: number, b: number): void {
    const state = this.#state
    const kept = state[a]!
    state[a] = state[b]!
    state[b] = kept
  }
}
