/** What a capture is, without reading what its packets say: what `peerscope info` prints. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { CaptureFile } from './capture-file.ts'
import { linkTypeOf } from './link-types.ts'
import { Pcap } from './pcap.ts'
import { Pcapng } from './pcapng.ts'

export interface InterfaceDescription {
  readonly section: number
  readonly id: number
  readonly linkType: number
  readonly linkTypeName: string
  /** Whether packets of this link type are read. */
  readonly read: boolean
  /** 0: no limit. */
  readonly snaplen: number
  readonly ticksPerSecond: number
  readonly name?: string
  readonly description?: string
  readonly filter?: string
  readonly os?: string
  readonly hardware?: string
  readonly packets: number
}

export interface CaptureDescription {
  readonly file: string
  /** Of the file as it is stored; undefined for standard input. */
  readonly fileBytes: number | undefined
  readonly sha256: string | undefined
  readonly format: 'pcap' | 'pcapng'
  readonly byteOrder: 'big-endian' | 'little-endian'
  readonly compression: 'none' | 'gzip' | 'zstd'
  readonly sections: number
  readonly interfaces: readonly InterfaceDescription[]
  readonly applications: readonly string[]
  readonly comments: readonly string[]
  readonly packetComments: number
  readonly packets: number
  readonly capturedBytes: number
  readonly wireBytes: number
  readonly firstMicros: number | undefined
  readonly lastMicros: number | undefined
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
  /** `section id` or, in a pcap, `1 0` → packets. */
  readonly perInterface: Map<string, number>
}

export async function describe(path: string): Promise<CaptureDescription> {
  const file = await CaptureFile.open(path)
  const { format } = file
  if (format instanceof Pcapng) format.packetOptions = true
  const tally = await count(file)
  await file.close()
  const damage = file.damage[0]
  const stored = path === '-' ? undefined : hashOf(path)
  return {
    file: path,
    fileBytes: stored?.size,
    sha256: stored?.sha256,
    format: format.name,
    byteOrder: bigEndian(format) ? 'big-endian' : 'little-endian',
    compression: file.compression,
    sections: format instanceof Pcapng ? format.sections : 1,
    interfaces: interfacesOf(format, tally),
    applications: format instanceof Pcapng ? format.applications : [],
    comments: format instanceof Pcapng ? format.comments : [],
    packetComments: format instanceof Pcapng ? format.packetComments : 0,
    packets: tally.packets,
    capturedBytes: tally.capturedBytes,
    wireBytes: tally.wireBytes,
    firstMicros: tally.packets > 0 ? tally.firstMicros : undefined,
    lastMicros: tally.packets > 0 ? tally.lastMicros : undefined,
    outOfOrder: tally.outOfOrder,
    snaplenCut: tally.snaplenCut,
    damage: damage && { offset: damage.offset, cause: damage.cause },
  }
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
    perInterface: new Map(),
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
  const section = file.format instanceof Pcapng ? file.format.sections : 1
  const key = `${section} ${file.interfaceId}`
  tally.perInterface.set(key, (tally.perInterface.get(key) ?? 0) + 1)
}

function bigEndian(format: CaptureFile['format']): boolean {
  if (format instanceof Pcapng) return format.bigEndian
  return format instanceof Pcap && format.header?.bigEndian === true
}

function interfacesOf(format: CaptureFile['format'], tally: Tally): InterfaceDescription[] {
  if (format instanceof Pcapng) {
    const seen = new Map<number, number>()
    return format.interfaces.map(({ tickMicros: _, offsetMicros: __, ...one }) => {
      const id = seen.get(one.section) ?? 0
      seen.set(one.section, id + 1)
      const packets = tally.perInterface.get(`${one.section} ${id}`) ?? 0
      const { name: linkTypeName, read } = linkTypeOf(one.linkType)
      return { ...one, id, linkTypeName, read, packets }
    })
  }
  if (!(format instanceof Pcap) || format.header === undefined) return []
  const { linkType, snaplen, nanoseconds } = format.header
  const { name: linkTypeName, read } = linkTypeOf(linkType)
  return [
    {
      section: 1,
      id: 0,
      linkType,
      linkTypeName,
      read,
      snaplen,
      ticksPerSecond: nanoseconds ? 1_000_000_000 : 1_000_000,
      packets: tally.packets,
    },
  ]
}

function hashOf(path: string): { size: number; sha256: string } {
  const hash = createHash('sha256')
  const fd = openSync(path, 'r')
  const chunk = new Uint8Array(1024 * 1024)
  for (;;) {
    const size = readSync(fd, chunk, 0, chunk.length, null)
    if (size === 0) break
    hash.update(chunk.subarray(0, size))
  }
  closeSync(fd)
  return { size: statSync(path).size, sha256: hash.digest('hex') }
}
