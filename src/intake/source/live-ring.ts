/** The kernel's ring as a cursor: packets are read where the kernel put them, block by block. */
import { PacketRing } from '../../linux/packet-ring.ts'
import type { PacketSocket } from '../../linux/packet-socket.ts'
import { quarters } from './clock.ts'
import { type LiveCounts, type LiveCursor, PATIENCE_MILLIS } from './live.ts'
import { PassingCursor } from './passing-cursor.ts'

/** Words of a packet's header; the layout stands in linux/packet-ring.ts. */
const NEXT = 0
const SECONDS = 1
const NANOSECONDS = 2
const CAPTURED = 3
const ON_THE_WIRE = 4
const STATUS = 5
const MAC_AT = 6
const TAG = 8
const TAG_TYPE = 9

const HAS_TAG = 1 << 4
const HAS_TAG_TYPE = 1 << 6

const ETHERNET = 1
const ADDRESSES_BYTES = 12
const TAG_BYTES = 4
const DOT1Q = 0x8100

/** After the door was shut, the block that was being filled comes within its time. */
const LAST_WAITS = 3

const NONE = new Uint8Array(0)

export class RingCursor extends PassingCursor implements LiveCursor {
  readonly #ring: PacketRing
  readonly #words: Uint32Array
  /** Of all who read the interface: each takes the numbers of a block at once. */
  readonly #frames: BigUint64Array
  readonly #notice: (text: string) => void
  /** Packets of the block that were not given out yet, and where the next stands. */
  #left = 0
  #nextAt = 0
  #isHolding = false
  #waitsLeft = Number.POSITIVE_INFINITY
  #isOver = false
  #isDown = false
  #useMost = 0

  /**
   * @param frames  one number: how many frames of the interface have been numbered
   * @param notice  is told, in words, what happens to the interface
   */
  constructor(
    capture: string,
    socket: PacketSocket,
    frames: BigUint64Array,
    notice: (text: string) => void,
  ) {
    super(capture, socket.linkType)
    this.#ring = new PacketRing(socket)
    this.#words = this.#ring.words
    this.bytes = this.#ring.bytes
    this.#frames = frames
    this.#notice = notice
  }

  next(): 'packet' | 'wait' | 'end' {
    if (this.#left === 0) return this.#isOver ? 'end' : 'wait'
    this.#left--
    this.frame++
    const at = this.#nextAt
    this.#nextAt = at + this.#words[at / 4 + NEXT]!
    this.#read(at)
    return 'packet'
  }

  #read(at: number): void {
    const words = this.#words
    const word = at / 4
    this.micros = words[word + SECONDS]! * 1_000_000 + quarters(words[word + NANOSECONDS]! / 1000)
    this.at = at + (words[word + MAC_AT]! & 0xffff)
    this.size = words[word + CAPTURED]!
    this.wireSize = words[word + ON_THE_WIRE]!
    this.bytesRead += this.size
    const status = words[word + STATUS]!
    if ((status & HAS_TAG) !== 0 && this.linkType === ETHERNET && this.size >= ADDRESSES_BYTES) {
      this.#putTagBack(words[word + TAG]!, status & HAS_TAG_TYPE ? words[word + TAG_TYPE]! : DOT1Q)
    }
  }

  /** The addresses move into the room that was asked for, and the tag comes behind them. */
  #putTagBack(tag: number, type: number): void {
    const { bytes } = this
    const at = this.at - TAG_BYTES
    bytes.copyWithin(at, this.at, this.at + ADDRESSES_BYTES)
    const tagAt = at + ADDRESSES_BYTES
    bytes[tagAt] = type >>> 8
    bytes[tagAt + 1] = type
    bytes[tagAt + 2] = tag >>> 8
    bytes[tagAt + 3] = tag
    this.at = at
    this.size += TAG_BYTES
    this.wireSize += TAG_BYTES
  }

  async fill(): Promise<void> {
    const ring = this.#ring
    if (this.#isOver) return
    if (this.#isHolding) ring.giveBack()
    this.#isHolding = ring.take()
    if (!this.#isHolding) {
      await ring.wait(this.#isStopping ? ring.socket.size.retireMillis : PATIENCE_MILLIS)
      this.#isHolding = ring.take()
    }
    if (this.#isHolding) this.#begin()
    else this.#idle()
  }

  #begin(): void {
    const ring = this.#ring
    this.#left = ring.packets
    this.#nextAt = ring.firstAt
    this.frame = Number(Atomics.add(this.#frames, 0, BigInt(this.#left)))
    this.#useMost = Math.max(this.#useMost, ring.use)
  }

  #idle(): void {
    if (this.#isStopping) {
      this.#waitsLeft--
      if (this.#waitsLeft <= 0) this.#isOver = true
      return
    }
    const state = this.#ring.state()
    if (state === 'gone') {
      this.damage.push({ capture: this.capture, offset: this.bytesRead, cause: 'it is gone' })
      this.stop()
    } else if ((state === 'down') !== this.#isDown) {
      this.#isDown = state === 'down'
      this.#notice(this.#isDown ? 'is down; packets come once it is up' : 'is up')
    }
  }

  get #isStopping(): boolean {
    return this.#waitsLeft <= LAST_WAITS
  }

  stop(): void {
    if (this.#isStopping) return
    this.#ring.shut()
    this.#waitsLeft = LAST_WAITS
  }

  counts(): LiveCounts {
    const { packets, drops } = this.#ring.statistics()
    const ringUse = this.#useMost
    this.#useMost = 0
    return { received: packets, dropped: drops, ringUse }
  }

  async close(): Promise<void> {
    this.#isOver = true
    this.#left = 0
    // The memory behind it goes.
    this.bytes = NONE
    this.#ring.close()
  }
}
