/**
 * A honeynet as a source of packets: what comes out of its TUN device, each followed by what was answered.
 * So whoever reads a capture reads it too. In a flood answers come first: where more packets come than a
 * few callers send, and reading has had its share of the time, they are answered and recorded, and
 * counted as not read.
 */
import { type LiveCounts, type LiveCursor, PATIENCE_MILLIS } from '../../intake/source/live.ts'
import { PassingCursor } from '../../intake/source/passing-cursor.ts'
import type { Tun } from '../../linux/tun.ts'
import type { Honeynet } from '../../services/honeynet/honeynet.ts'

const RAW_IP = 101
const PACKET_BYTES_MAX = 65_535
const ROOM_BYTES = 4 * 1_048_576
/** Of each span of time, reading may have so much while packets wait, */
const SPAN_MICROS = 100_000
const READING_MICROS = 10_000
/** and so many packets are read anyway: a few callers are no flood, however slow the first words are read. */
const SPAN_PACKETS = 256

/** What a cursor needs of a device. */
export type Device = Pick<Tun, 'name' | 'read' | 'write' | 'wait' | 'close'>

export class TunCursor extends PassingCursor implements LiveCursor {
  readonly #tun: Device
  readonly #honeynet: Honeynet
  readonly #clock: () => number
  readonly #room = new Uint8Array(ROOM_BYTES)
  #roomAt = 0
  /** Answers that were not given out yet, the next one first. */
  #answers: Uint8Array[] = []
  #given = 0
  #isOver = false
  /** Answers that the kernel did not take. */
  #dropped = 0
  /** Packets that were answered and recorded, and not given out. */
  unread = 0
  readonly #record: (packet: TunCursor) => void
  #spanMicros = 0
  #readMicros = 0
  #spanGiven = 0
  /** When a packet was given out. */
  #gaveMicros = Number.POSITIVE_INFINITY

  /**
   * @param honeynet  made for what takes its answers
   * @param clock     microseconds since 1970
   * @param record    is shown every packet
   */
  constructor(
    tun: Device,
    honeynet: (send: (packet: Uint8Array) => void) => Honeynet,
    clock: () => number,
    record: (packet: TunCursor) => void = () => undefined,
  ) {
    super(tun.name, RAW_IP)
    this.#tun = tun
    this.#clock = clock
    this.#record = record
    this.#honeynet = honeynet((packet) => {
      if (!tun.write(packet)) this.#dropped++
      this.#answers.push(packet)
    })
  }

  next(): 'packet' | 'wait' | 'end' {
    this.#readMicros += Math.max(0, this.#clock() - this.#gaveMicros)
    for (;;) {
      const step = this.#take()
      if (step === 'packet') {
        this.#record(this)
        if (this.#isLate()) {
          this.unread++
          continue
        }
      }
      if (step === 'packet') this.#spanGiven++
      this.#gaveMicros = step === 'packet' ? this.#clock() : Number.POSITIVE_INFINITY
      return step
    }
  }

  /** Whether reading has had its share of this span. */
  #isLate(): boolean {
    const now = this.#clock()
    if (now - this.#spanMicros >= SPAN_MICROS) {
      this.#spanMicros = now
      this.#readMicros = 0
      this.#spanGiven = 0
    }
    return this.#readMicros > READING_MICROS && this.#spanGiven >= SPAN_PACKETS
  }

  #take(): 'packet' | 'wait' | 'end' {
    if (this.#given < this.#answers.length) {
      this.#show(this.#answers[this.#given++]!, 0)
      return 'packet'
    }
    this.#answers = []
    this.#given = 0
    if (this.#isOver) return 'end'
    if (this.#roomAt + PACKET_BYTES_MAX > ROOM_BYTES) return 'wait'
    const at = this.#roomAt
    const count = this.#tun.read(this.#room.subarray(at, at + PACKET_BYTES_MAX))
    if (count === 0) return 'wait'
    this.#roomAt += count
    this.micros = Math.max(this.micros, this.#clock())
    this.#honeynet.packet(this.#room.subarray(at, at + count), this.micros)
    this.#show(this.#room, at, count)
    return 'packet'
  }

  #show(bytes: Uint8Array, at: number, size = bytes.length): void {
    this.bytes = bytes
    this.at = at
    this.size = size
    this.wireSize = size
    this.frame++
    this.bytesRead += size
  }

  async fill(): Promise<void> {
    const isFull = this.#roomAt + PACKET_BYTES_MAX > ROOM_BYTES
    this.#roomAt = 0
    if (!isFull && !this.#isOver) await this.#tun.wait(PATIENCE_MILLIS)
    this.micros = Math.max(this.micros, this.#clock())
    this.#honeynet.tick(this.micros)
  }

  stop(): void {
    this.#isOver = true
  }

  counts(): LiveCounts {
    const { received } = this.#honeynet.counts
    return { received, dropped: this.#dropped, ringUse: undefined }
  }

  async close(): Promise<void> {
    this.#tun.close()
  }
}
