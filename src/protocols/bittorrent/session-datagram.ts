/**
 * One UDP flow: each datagram is read by what its bytes are, because most clients do everything
 * on one socket: DHT, trackers, local discovery, the Azureus DHT, and (by the hook) uTP.
 */
import { bytesOf, concat, hasAt } from '../../core/bytes.ts'
import { CUT_BY_CAPTURE, isCutByCapture } from '../../core/cut.ts'
import type { Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { DhtReader } from './session-dht.ts'
import { UdpTrackerReader } from './session-udp-tracker.ts'
import { VuzeReader } from './session-vuze.ts'
import { LSD_START, lsdWire } from './wire/lsd.ts'
import { vuzeDhtWire } from './wire/vuze-dht.ts'

/** @returns whether the datagram was understood */
export type OtherDatagram = (from: Side, bytes: Uint8Array, at: Moment) => boolean

const LETTER_D = 0x64
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const LINE_FEED = 0x0a

export class DatagramSession implements Session {
  need = 0
  messages = 0
  readonly lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  readonly #other: OtherDatagram | undefined
  #dht: DhtReader | undefined
  #tracker: UdpTrackerReader | undefined
  #vuze: VuzeReader | undefined

  /** @param other  asked about every datagram that is none of this file's */
  constructor(flow: FlowFacts, out: Out, other?: OtherDatagram) {
    this.#flow = flow
    this.#out = out
    this.#other = other
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    if (this.#read(from, bytes, at)) this.messages++
    return bytes.length
  }

  #read(from: Side, bytes: Uint8Array, at: Moment): boolean {
    const cut = isCutByCapture(bytes, at)
    if (cut) this.#out.count(CUT_BY_CAPTURE)
    if (beginsAsKrpc(bytes)) {
      this.#dht ??= new DhtReader(this.#flow, this.#out)
      return this.#dht.read(from, bytes, cut)
    }
    if (hasAt(bytes, 0, LSD_START)) return this.#lsd(from, cut ? wholeLines(bytes) : bytes, cut)
    this.#tracker ??= new UdpTrackerReader(this.#flow, this.#out)
    if (this.#tracker.isTracker(from, bytes, cut)) return this.#tracker.read(from, bytes, cut)
    if (this.#other?.(from, bytes, at) === true) return true
    if (vuzeDhtWire.parse(bytes, 0).kind === 'message') {
      this.#vuze ??= new VuzeReader(this.#flow, this.#out)
      return this.#vuze.read(from, bytes)
    }
    if (!cut) this.#out.count('datagram-not-understood')
    return false
  }

  #lsd(from: Side, bytes: Uint8Array, cut: boolean): boolean {
    const outcome = lsdWire.parse(bytes, 0)
    if (outcome.kind === 'malformed' && !cut) {
      const { fault, at } = outcome
      this.#out.say({ type: 'fault', wire: lsdWire.name, fault, side: from, at, resumes: true })
    }
    if (outcome.kind !== 'message') return false
    const { host, port, cookie } = outcome.message
    const hashes = outcome.message.infoHashes.slice(0, limits.listedMax)
    this.#out.say({
      type: 'message',
      log: 'bittorrent_lsd',
      name: 'announce',
      side: from,
      fields: { host, port, info_hashes: hashes, ...(cookie === undefined ? {} : { cookie }) },
    })
    const by = this.#flow.ends[from]
    for (const hash of hashes) {
      const about = { ip: by.ip, port }
      const content = `urn:btih:${hash}`
      const via = 'lsd'
      this.#out.say({ type: 'claim', by, about, part: 'peer', carriers: 'both', via, content })
    }
    return true
  }

  gap(): void {}

  end(): void {}
}

/** The lines of a cut head that are whole, and the blank one that ends a head. */
function wholeLines(bytes: Uint8Array): Uint8Array {
  return concat(bytes.subarray(0, bytes.lastIndexOf(LINE_FEED) + 1), bytesOf('\r\n'))
}

/** `d1:`, `d2:ip`: a dictionary whose first key has a length of one digit. */
export function beginsAsKrpc(bytes: Uint8Array): boolean {
  const digit = bytes[1]!
  return bytes[0] === LETTER_D && digit >= DIGIT_0 && digit <= DIGIT_9 && bytes[2] === 0x3a
}
