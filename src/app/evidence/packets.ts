/**
 * The packets behind stored flows: captures are read again, what an interface showed is fetched
 * from where it was kept.
 */
import { existsSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { limits } from '../../core/limits.ts'
import type { FlowDetail, Page, StoreReader, Which } from '../../core/store.ts'
import { type Cursor, openCaptureAt, openCaptures } from '../../intake/source/open.ts'
import type { PacketRow } from '../../services/page/api.ts'
import { eachFlow } from '../../services/page/exports.ts'
import type { Packets } from '../../services/page/parts.ts'
import type { CaptureIndex } from './capture-index.ts'
import { Evidence } from './evidence.ts'
import { FlowPackets, type Match } from './flow-packets.ts'
import { type KeptPacket, keptPackets } from './packet-keeper.ts'
import { PcapngWriter } from './pcapng-writer.ts'

/** Where nobody knows it: captures are nearly in order, and whoever reads this much further has seen all. */
const DISORDER_MICROS = 60_000_000
/** Looked at between turns. */
const STEP_PACKETS = 4096
/** Handed on at once. */
const PIECE_BYTES = 65_536
/** Of one packet, in hex. */
const HEX_BYTES_MAX = 4096

/** What a run was read from, in this process. */
interface Source {
  readonly files: readonly string[]
  readonly index: CaptureIndex
}

interface FoundPacket extends Match {
  readonly packet: KeptPacket & { readonly capture: string }
}

export class StoredPackets implements Packets {
  readonly #reader: StoreReader
  readonly #application: string
  readonly #keptFolder: string | undefined
  /** run → what it was read from. */
  readonly #sources = new Map<number, Source>()

  /** @param keptFolder  where packets of interfaces are kept */
  constructor(reader: StoreReader, application: string, keptFolder?: string) {
    this.#reader = reader
    this.#application = application
    this.#keptFolder = keptFolder
  }

  /** A flow of several merged captures has packets in all of them. */
  remember(run: number, files: readonly string[], index: CaptureIndex): void {
    this.#sources.set(run, { files, index })
  }

  async *capture(
    which: Which & { readonly flows?: readonly string[] },
  ): AsyncGenerator<Uint8Array> {
    const { flows, isWhole } = await this.#flows(which)
    const note = isWhole ? undefined : `the first ${limits.evidenceFlowsMax} flows of the selection`
    const writer = new PcapngWriter(this.#application, note)
    yield writer.take()
    for (const some of byRun(flows)) {
      const evidence = await Evidence.of(some, this.#reader)
      const { run } = some[0]!
      for await (const { packet } of this.#find(some)) {
        const { capture, frame } = packet
        writer.packet(capture, packet, evidence.notes(run, capture, frame))
        if (writer.size >= PIECE_BYTES) yield writer.take()
      }
    }
    yield writer.take()
  }

  async rows(id: string, { limit, offset = 0 }: Page) {
    const flow = await this.#reader.flow(id)
    if (flow === undefined) return undefined
    const rows: PacketRow[] = []
    let passed = 0
    for await (const found of this.#find([flow])) {
      if (passed++ >= offset) rows.push(rowOf(found))
      if (rows.length >= limit) break
    }
    if (passed === 0) return undefined
    return { rows, total: Math.max(offset + rows.length, flow.packets[0] + flow.packets[1]) }
  }

  async #flows(which: Which & { readonly flows?: readonly string[] }) {
    const flows: FlowDetail[] = []
    if (which.flows !== undefined) {
      for (const id of which.flows) {
        const flow = await this.#reader.flow(id)
        if (flow !== undefined) flows.push(flow)
      }
      return { flows, isWhole: true }
    }
    for await (const piece of eachFlow(this.#reader, which)) {
      flows.push(...piece)
      if (flows.length > limits.evidenceFlowsMax)
        return { flows: flows.slice(0, limits.evidenceFlowsMax), isWhole: false }
    }
    return { flows, isWhole: true }
  }

  /** Packets of flows of one run, in the order of the capture. */
  async *#find(flows: readonly FlowDetail[]): AsyncGenerator<FoundPacket> {
    const matcher = new FlowPackets(flows)
    const { run } = flows[0]!
    const kind = (await this.#reader.runs()).find((each) => each.run === run)?.kind
    // Keepers of one interface follow each other, each from its beginning.
    const disorder = this.#sources.get(run)?.index.disorderMicros ?? DISORDER_MICROS
    const lastMicros =
      kind === 'live' ? Number.POSITIVE_INFINITY : matcher.lastMicros + disorder + 1
    let match: Match | undefined
    const look = (packet: KeptPacket): boolean => {
      match = matcher.match(packet)
      return match !== undefined || packet.micros > lastMicros
    }
    const found =
      kind === 'live' ? this.#kept(flows, look) : filePackets(await this.#open(flows), look)
    for await (const packet of found) {
      if (match === undefined) return
      yield { ...match, packet }
    }
  }

  /** The captures, where the first packet of these flows is near; undefined where none is left. */
  async #open(flows: readonly FlowDetail[]): Promise<Cursor | undefined> {
    const [{ run, capture }] = flows as readonly [FlowDetail]
    const source = this.#sources.get(run)
    const frame = Math.min(...flows.map((flow) => flow.frame))
    const place = source?.index.before(capture, frame)
    if (place !== undefined) return openCaptureAt(capture, place)
    const files = source?.files ?? [...new Set(flows.map((flow) => flow.capture))]
    const there = files.filter(existsSync)
    return there.length === 0 ? undefined : openCaptures(there)
  }

  async *#kept(flows: readonly FlowDetail[], look: Look): AsyncGenerator<FoundPacket['packet']> {
    if (this.#keptFolder === undefined) return
    const from = Math.min(...flows.map(({ startMicros }) => startMicros))
    const to = Math.max(
      ...flows.map(({ open, endMicros }) => (open ? Number.POSITIVE_INFINITY : endMicros)),
    )
    let looked = 0
    for (const capture of new Set(flows.map((flow) => flow.capture))) {
      for (const packet of keptPackets(this.#keptFolder, capture, from, to)) {
        if (++looked % STEP_PACKETS === 0) await nextTurn()
        if (look(packet)) yield { ...packet, capture }
      }
    }
  }
}

/** Whether a packet is asked for, or the last that need be looked at has passed. */
type Look = (packet: KeptPacket) => boolean

/** The cursor itself is yielded: it stands on a packet until the next is asked for. */
async function* filePackets(
  cursor: Cursor | undefined,
  look: Look,
): AsyncGenerator<FoundPacket['packet']> {
  if (cursor === undefined) return
  let looked = 0
  try {
    for (;;) {
      const step = cursor.next()
      if (step === 'end') return
      if (step === 'wait') await cursor.fill()
      else if (look(cursor)) yield cursor
      if (++looked % STEP_PACKETS === 0) await nextTurn()
    }
  } finally {
    await cursor.close()
  }
}

function byRun(flows: readonly FlowDetail[]): FlowDetail[][] {
  const runs = new Map<number, FlowDetail[]>()
  for (const flow of flows) {
    const same = runs.get(flow.run)
    if (same === undefined) runs.set(flow.run, [flow])
    else same.push(flow)
  }
  return [...runs.values()]
}

function rowOf({ side, ipAt, packet }: FoundPacket): PacketRow {
  const end = Math.min(packet.at + packet.size, ipAt + HEX_BYTES_MAX)
  return {
    frame: packet.frame,
    micros: packet.micros,
    side,
    size: packet.wireSize,
    hex: Buffer.from(packet.bytes.subarray(ipAt, end)).toString('hex'),
  }
}
