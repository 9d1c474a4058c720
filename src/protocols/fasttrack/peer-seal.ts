/**
 * Where the true ciphers would be. They are known only as generated code that cannot be taken over,
 * so these peers hide what they say inside links, and prove themselves for `/.files`, in a way of
 * their own: keyed by the same seeds, and to anybody without it the same sight. No real client
 * understands it.
 */
import { createHash } from 'node:crypto'
import { ByteWriter, concat } from '../../core/bytes.ts'
import type { Link } from '../../core/peer.ts'
import { randomFrom } from '../../core/random.ts'
import { latin1 } from '../../core/text.ts'
import { type Frame, frameAt, frameBytes } from './peer-frames.ts'

/** A search's largest answer, and more. */
const UNREAD_BYTES_MAX = 262_144
const NAME_BYTES_MAX = 64

function streamOf(seed: number): (bytes: Uint8Array) => Uint8Array {
  const next = randomFrom(seed)
  return (bytes) => bytes.map((byte) => byte ^ (next() % 256))
}

/** What proves that the asker of `/.files` is a client. */
export function proofOf(challenge: number): Uint8Array {
  const digest = createHash('md5').update(String(challenge)).digest()
  return new Uint8Array([...digest.subarray(0, 4), 0, 0])
}

/** What is behind the seeds of a link: the network's name of each side, then frames. */
export class SealedLine {
  readonly #link: Link
  readonly #seal: (bytes: Uint8Array) => Uint8Array
  readonly #open: (bytes: Uint8Array) => Uint8Array
  #unread: Uint8Array = new Uint8Array(0)
  /** The network of the other side, once it said so. */
  network: string | undefined

  /** @param seeds  of the opener and of the other */
  constructor(link: Link, [opener, other]: readonly [number, number]) {
    const both = streamOf(opener ^ other)
    const own = streamOf(other)
    this.#link = link
    this.#seal = link.byUs ? both : own
    this.#open = link.byUs ? own : both
  }

  sendName(network: string): void {
    this.#send(new ByteWriter().latin1(network).u8(0).finish())
  }

  send(...frames: readonly Frame[]): void {
    this.#send(concat(...frames.map(frameBytes)))
  }

  #send(bytes: Uint8Array): void {
    this.#link.send(this.#seal(bytes))
  }

  /**
   * Bytes as they came.
   * @returns false where they make no sense
   */
  read(bytes: Uint8Array, named: () => boolean, take: (frame: Frame) => void): boolean {
    this.#unread = concat(this.#unread, this.#open(bytes))
    if (this.network === undefined) {
      const end = this.#unread.indexOf(0)
      if (end < 0) return this.#unread.length < NAME_BYTES_MAX
      this.network = latin1(this.#unread, 0, end)
      this.#unread = this.#unread.subarray(end + 1)
      if (!named()) return false
    }
    for (let at = 0; ; ) {
      const frame = frameAt(this.#unread, at)
      if (frame === 'broken') return false
      if (frame === 'part') {
        this.#unread = this.#unread.slice(at)
        return this.#unread.length <= UNREAD_BYTES_MAX
      }
      at += frame.size
      take(frame)
    }
  }
}
