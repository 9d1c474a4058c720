/**
 * The last packets of an interface on disk: segments of pcapng, the oldest deleted, so that
 * evidence can be fetched later. Several may keep packets in the same folder, each under its own
 * number and with its own share; whoever reads needs only the folder.
 *
 *   FOLDER/INTERFACE/MICROS-NUMBER.pcapng      MICROS: of its first packet
 *
 * Each packet carries its frame number as `epb_packetid`, so that reasons find it again.
 * Source: draft-ietf-opsawg-pcapng. Written in the machine's own byte order, which the format tells.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { CapturedPacket } from './pcapng-writer.ts'

const SECTION = 0x0a0d0d0a
const BYTE_ORDER = 0x1a2b3c4d
const INTERFACE = 1
const PACKET = 6
const ALL = 0xffff_ffff
/** Code 5, 8 bytes, as one word of the machine's order is made below. */
const PACKET_ID = 5
const PACKET_ID_BYTES = 8
/** Words of a packet's block before its bytes, and after. */
const HEAD_WORDS = 7
const TAIL_WORDS = 5
const SNAPLEN = 262_144
/** Written at once. */
const BUFFER_BYTES = 1024 * 1024
/** A segment is at most this large: it is read whole. */
const SEGMENT_BYTES_MAX = 32_000_000
/** What is kept is at least so many segments, that not half of it goes at once. */
const SEGMENTS_MIN = 16
const FLUSH_MICROS = 1_000_000
/** Files are closed a little after their last packet. */
const SLACK_MICROS = 2_000_000

export interface KeptPacket extends CapturedPacket {
  readonly frame: number
}

interface Segment {
  readonly path: string
  bytes: number
}

export class PacketKeeper {
  readonly #folder: string
  readonly #number: number
  readonly #bytesMax: number
  readonly #segmentBytes: number
  readonly #buffer = new Uint8Array(BUFFER_BYTES)
  readonly #words = new Uint32Array(this.#buffer.buffer)
  #size = 0
  #fd: number | undefined
  #linkType = -1
  readonly #segments: Segment[]
  /** Packets that the disk did not take. */
  lost = 0
  #waiting = 0
  #flushedMicros = 0

  /**
   * @param folder    made if it is not there
   * @param bytesMax  of all segments of this number
   * @param number    tells keepers of the same interface apart
   */
  constructor(folder: string, name: string, bytesMax: number, number = 0) {
    this.#folder = join(folder, folderName(name))
    this.#number = number
    this.#bytesMax = bytesMax
    this.#segmentBytes = Math.min(SEGMENT_BYTES_MAX, Math.floor(bytesMax / SEGMENTS_MIN))
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    this.#segments = segmentsIn(this.#folder)
      .filter((segment) => segment.number === number)
      .map(({ path, bytes }) => ({ path, bytes }))
  }

  add(packet: KeptPacket): void {
    const { bytes, at, size, wireSize, micros, linkType, frame } = packet
    const padded = Math.ceil(size / 4) * 4
    const blockBytes = 4 * (HEAD_WORDS + TAIL_WORDS) + padded
    if (blockBytes > BUFFER_BYTES) {
      this.lost++
      return
    }
    if (this.#size + blockBytes > BUFFER_BYTES) this.flush()
    const segment = this.#segments.at(-1)
    const isFull = segment !== undefined && segment.bytes + this.#size >= this.#segmentBytes
    if (this.#fd === undefined || linkType !== this.#linkType || isFull) {
      if (!this.#open(micros, linkType)) return
    }
    const words = this.#words
    const from = this.#size / 4
    const time = Math.max(0, Math.floor(micros))
    words[from] = PACKET
    words[from + 1] = blockBytes
    words[from + 2] = 0
    words[from + 3] = Math.floor(time / 2 ** 32)
    words[from + 4] = time % 2 ** 32
    words[from + 5] = size
    words[from + 6] = wireSize
    this.#buffer.set(bytes.subarray(at, at + size), 4 * (from + HEAD_WORDS))
    this.#buffer.fill(0, 4 * (from + HEAD_WORDS) + size, 4 * (from + HEAD_WORDS) + padded)
    const tail = from + HEAD_WORDS + padded / 4
    words[tail] = optionWord(PACKET_ID, PACKET_ID_BYTES)
    words[tail + 1] = frame % 2 ** 32
    words[tail + 2] = Math.floor(frame / 2 ** 32)
    words[tail + 3] = 0
    words[tail + 4] = blockBytes
    this.#size += blockBytes
    this.#waiting++
  }

  /** What waits goes to the disk once a second, so that it can be read. */
  flushLate(nowMicros: number): void {
    if (nowMicros - this.#flushedMicros < FLUSH_MICROS) return
    this.#flushedMicros = nowMicros
    this.flush()
  }

  flush(): void {
    const bytes = this.#buffer.subarray(0, this.#size)
    this.#size = 0
    const packets = this.#waiting
    this.#waiting = 0
    if (this.#fd === undefined || bytes.length === 0) return
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at)
      this.#segments.at(-1)!.bytes += bytes.length
    } catch {
      // A disk that is full: what is being written is given up, and the oldest makes room.
      this.lost += packets
      this.#close()
      this.#dropOldest()
    }
  }

  close(): void {
    this.flush()
    this.#close()
  }

  #open(micros: number, linkType: number): boolean {
    this.flush()
    this.#close()
    while (this.#bytes() + this.#segmentBytes > this.#bytesMax && this.#segments.length > 0) {
      this.#dropOldest()
    }
    const path = join(this.#folder, segmentName(micros, this.#number))
    try {
      this.#fd = openSync(path, 'w', 0o600)
    } catch {
      this.lost++
      return false
    }
    this.#linkType = linkType
    this.#segments.push({ path, bytes: 0 })
    this.#words.set([SECTION, 28, BYTE_ORDER, versionWord(), ALL, ALL, 28])
    this.#words.set([INTERFACE, 20, linkTypeWord(linkType), SNAPLEN, 20], 7)
    this.#size = 48
    return true
  }

  #close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  #dropOldest(): void {
    const oldest = this.#segments.shift()
    if (oldest === undefined) return
    try {
      unlinkSync(oldest.path)
    } catch {
      // Somebody tidied up.
    }
  }
}

/**
 * Packets of an interface that were kept, of a span of time; each keeper's in order.
 * What is yielded is valid until the next is asked for.
 */
export function* keptPackets(
  folder: string,
  name: string,
  from: number,
  to: number,
): Generator<KeptPacket> {
  for (const segment of segmentsIn(join(folder, folderName(name)))) {
    if (segment.from > to || segment.to < from) continue
    yield* packetsOf(segment.path)
  }
}

function* packetsOf(path: string): Generator<KeptPacket> {
  let file: Uint8Array
  try {
    file = readFileSync(path)
  } catch {
    // It was the oldest a moment ago.
    return
  }
  const bytes = new Uint8Array(file)
  const words = new Uint32Array(bytes.buffer, 0, Math.floor(bytes.length / 4))
  let linkType = 0
  for (let at = 0; at + 3 <= words.length; ) {
    const size = words[at + 1]!
    // The last block may be half written.
    if (size < 12 || size % 4 !== 0 || 4 * at + size > bytes.length) return
    if (words[at] === INTERFACE) linkType = words[at + 2]! % 2 ** 16
    if (words[at] === PACKET) yield packetAt(bytes, words, at, linkType)
    at += size / 4
  }
}

function packetAt(bytes: Uint8Array, words: Uint32Array, at: number, linkType: number): KeptPacket {
  const size = words[at + 5]!
  const tail = at + HEAD_WORDS + Math.ceil(size / 4)
  return {
    bytes,
    at: 4 * (at + HEAD_WORDS),
    size,
    wireSize: words[at + 6]!,
    micros: words[at + 3]! * 2 ** 32 + words[at + 4]!,
    linkType,
    frame: words[tail + 1]! + words[tail + 2]! * 2 ** 32,
  }
}

interface FoundSegment extends Segment {
  readonly number: number
  readonly from: number
  readonly to: number
}

function segmentsIn(folder: string): FoundSegment[] {
  const found: FoundSegment[] = []
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return []
  }
  for (const name of names.sort()) {
    const match = /^(\d{16,17})-(\d+)\.pcapng$/.exec(name)
    if (match === null) continue
    const path = join(folder, name)
    const facts = statSync(path, { throwIfNoEntry: false })
    if (facts === undefined) continue
    found.push({
      path,
      bytes: facts.size,
      number: Number(match[2]),
      from: Number(match[1]),
      to: facts.mtimeMs * 1000 + SLACK_MICROS,
    })
  }
  return found
}

function segmentName(micros: number, number: number): string {
  return `${String(Math.max(0, Math.floor(micros))).padStart(16, '0')}-${number}.pcapng`
}

/** Names of interfaces hold no slash; this one may come from elsewhere. */
function folderName(name: string): string {
  const safe = name.replaceAll(/[^A-Za-z0-9_.:@-]/g, '_')
  return /^\.+$/.test(safe) ? '_' : safe
}

const isBigEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0

/** Two numbers of 16 bits, in the order of the file. */
function pairWord(first: number, second: number): number {
  return isBigEndian ? first * 2 ** 16 + second : first + second * 2 ** 16
}

function optionWord(code: number, size: number): number {
  return pairWord(code, size)
}

function versionWord(): number {
  return pairWord(1, 0)
}

function linkTypeWord(linkType: number): number {
  return pairWord(linkType, 0)
}
