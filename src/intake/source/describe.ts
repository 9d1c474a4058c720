/** What a capture is, without reading what its packets say: what `peerscope info` prints. */
import { createHash } from 'node:crypto'
import { CaptureFile } from './capture-file.ts'
import { linkTypeOf } from './link-types.ts'
import { eachCapture } from './open.ts'
import type { Compression } from './open-bytes.ts'
import type { Pcap } from './pcap.ts'
import { Pcapng } from './pcapng.ts'
import type { InterfaceNotes, PcapngNotes } from './pcapng-notes.ts'

/** As the file has it, but that its sections are counted from 1. */
export interface InterfaceDescription extends Readonly<InterfaceNotes> {
  readonly linkTypeName: string
  /** Whether packets of this link type are read. */
  readonly read: boolean
}

export interface CaptureDescription {
  readonly file: string
  /** Of the file as it is stored, or of what standard input gave. */
  readonly fileBytes: number | undefined
  readonly sha256: string | undefined
  readonly format: 'pcap' | 'pcapng'
  /** As the format counts: `2.4` for pcap, `1.0` for pcapng; absent where the header is cut. */
  readonly version: string | undefined
  readonly byteOrder: 'big-endian' | 'little-endian' | 'mixed'
  readonly compression: Compression
  readonly sections: number
  readonly interfaces: readonly InterfaceDescription[]
  /** What wrote the file, on which system and hardware, as its sections say. */
  readonly applications: readonly string[]
  readonly systems: readonly string[]
  readonly hardware: readonly string[]
  readonly comments: readonly string[]
  readonly packetComments: number
  /** Blocks that hold no packet: kind → count. */
  readonly otherBlocks: Readonly<Record<string, number>>
  readonly packets: number
  readonly capturedBytes: number
  readonly wireBytes: number
  readonly firstMicros: number | undefined
  readonly lastMicros: number | undefined
  /** Over the time between first and last packet; absent where there is none. */
  readonly packetsPerSecond: number | undefined
  readonly wireBytesPerSecond: number | undefined
  /** Packets earlier than the one before them. */
  readonly outOfOrder: number
  /** Packets of which the capture holds only the beginning. */
  readonly snaplenCut: number
  readonly damage: { readonly offset: number; readonly cause: string } | undefined
}

/** Tallies over the packets. */
interface Tally {
  packets: number
  capturedBytes: number
  wireBytes: number
  firstMicros: number
  lastMicros: number
  beforeMicros: number
  outOfOrder: number
  snaplenCut: number
}

/**
 * Read a capture from end to end.
 * @param path  a file, or `-` for standard input
 */
export async function describe(path: string): Promise<CaptureDescription> {
  const hash = createHash('sha256')
  let fileBytes = 0
  const file = await CaptureFile.open(path, (bytes) => {
    hash.update(bytes)
    fileBytes += bytes.length
  })
  const tally = await count(file)
  // Behind damage, or behind what the compression calls its end, the file may go on.
  await file.drain()
  await file.close()
  const damage = file.damage[0]
  const { format } = file
  const said = format instanceof Pcapng ? fromNotes(format.notes) : fromHeader(format, tally)
  return {
    file: path,
    fileBytes,
    sha256: hash.digest('hex'),
    format: format.name,
    compression: file.compression,
    ...said,
    packets: tally.packets,
    capturedBytes: tally.capturedBytes,
    wireBytes: tally.wireBytes,
    firstMicros: tally.packets > 0 ? tally.firstMicros : undefined,
    lastMicros: tally.packets > 0 ? tally.lastMicros : undefined,
    packetsPerSecond: rate(tally.packets, tally),
    wireBytesPerSecond: rate(tally.wireBytes, tally),
    outOfOrder: tally.outOfOrder,
    snaplenCut: tally.snaplenCut,
    damage: damage && { offset: damage.offset, cause: damage.cause },
  }
}

/** As `describe`; where `path` is a folder, one description after the other of every capture in it. */
export async function describeEach(
  path: string,
  use: (description: CaptureDescription) => void,
): Promise<void> {
  await eachCapture(path, async (file) => use(await describe(file)))
}

async function count(file: CaptureFile): Promise<Tally> {
  const tally: Tally = {
    packets: 0,
    capturedBytes: 0,
    wireBytes: 0,
    firstMicros: Number.POSITIVE_INFINITY,
    lastMicros: Number.NEGATIVE_INFINITY,
    beforeMicros: Number.NEGATIVE_INFINITY,
    outOfOrder: 0,
    snaplenCut: 0,
  }
  for (;;) {
    const step = file.next()
    if (step === 'end') return tally
    if (step === 'wait') await file.fill()
    else countPacket(file, tally)
  }
}

function countPacket(file: CaptureFile, tally: Tally): void {
  tally.packets++
  tally.capturedBytes += file.size
  tally.wireBytes += file.wireSize
  tally.firstMicros = Math.min(tally.firstMicros, file.micros)
  tally.lastMicros = Math.max(tally.lastMicros, file.micros)
  if (file.micros < tally.beforeMicros) tally.outOfOrder++
  tally.beforeMicros = file.micros
  if (file.size < file.wireSize) tally.snaplenCut++
}

function rate(amount: number, { firstMicros, lastMicros }: Tally): number | undefined {
  return lastMicros > firstMicros ? (amount * 1_000_000) / (lastMicros - firstMicros) : undefined
}

/** What the two formats say about themselves. */
type Said = Pick<
  CaptureDescription,
  | 'version'
  | 'byteOrder'
  | 'sections'
  | 'interfaces'
  | 'applications'
  | 'systems'
  | 'hardware'
  | 'comments'
  | 'packetComments'
  | 'otherBlocks'
>

function fromHeader(format: Pcap, tally: Tally): Said {
  const { header } = format
  const plain = { applications: [], systems: [], hardware: [], comments: [], packetComments: 0 }
  const rest = { ...plain, otherBlocks: {}, sections: 1 }
  // The first four bytes were there, else this were no capture; they tell the order.
  const byteOrder = format.bigEndian ? 'big-endian' : 'little-endian'
  if (header === undefined) return { ...rest, version: undefined, byteOrder, interfaces: [] }
  const { linkType, snaplen, nanoseconds, version } = header
  const one = interfaceOf({
    section: 0,
    id: 0,
    linkType,
    snaplen,
    ticksPerSecond: nanoseconds ? 1_000_000_000 : 1_000_000,
    offsetSeconds: 0,
    packets: tally.packets,
  })
  return { ...rest, version: version.join('.'), byteOrder, interfaces: [one] }
}

function fromNotes(notes: PcapngNotes): Said {
  const orders = new Set(notes.sections.map(({ bigEndian }) => bigEndian))
  const [first] = notes.sections
  return {
    version: first?.version,
    byteOrder: orders.size > 1 ? 'mixed' : first?.bigEndian ? 'big-endian' : 'little-endian',
    sections: notes.sectionCount,
    interfaces: notes.interfaces.map(interfaceOf),
    applications: distinct(notes.sections.map(({ application }) => application)),
    systems: distinct(notes.sections.map(({ os }) => os)),
    hardware: distinct(notes.sections.map(({ hardware }) => hardware)),
    comments: notes.comments.map(({ text }) => text),
    packetComments: notes.packetComments,
    otherBlocks: Object.fromEntries(notes.blocks),
  }
}

function interfaceOf(notes: InterfaceNotes): InterfaceDescription {
  const { name: linkTypeName, read } = linkTypeOf(notes.linkType)
  return { ...notes, section: notes.section + 1, linkTypeName, read }
}

function distinct(texts: readonly (string | undefined)[]): string[] {
  return [...new Set(texts)].filter((text) => text !== undefined)
}
