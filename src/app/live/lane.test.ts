/**
 * What several readers of one interface recognise, each with a part of the flows, is what one reader
 * of all recognises: they tell each other what they heard.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Flow } from '../../core/event.ts'
import { repositoryFile } from '../../core/repository.ts'
import { Decoder, type Packet } from '../../intake/packet/packet.ts'
import { CaptureFile } from '../../intake/source/capture-file.ts'
import type { LiveCounts, LiveCursor } from '../../intake/source/live.ts'
import { readCaptures } from '../pipeline.ts'
import { Lane } from './lane.ts'
import { statusTogether, together } from './totals.ts'

const OFFICE = repositoryFile('samples/office.pcap')
/** Frames of what stands for a block. */
const BLOCK_FRAMES = 32

type Split = (packet: Packet, lanes: number) => number

/** As the kernel does: both directions of a flow give the same. */
const byHash: Split = ({ src3, dst3, srcPort, dstPort }, lanes) =>
  (src3 + dst3 + srcPort + dstPort) % lanes

/** An encrypted flow of the capture, alone; everything that explains it is in the other lane. */
const apart: Split = ({ srcPort, dstPort }) => Number(srcPort === 60_571 || dstPort === 60_571)

/** A capture as if it were one of several rings: of each flow all packets or none. */
class Share implements LiveCursor {
  readonly #file: CaptureFile
  readonly #decoder = new Decoder()
  readonly #lane: number
  readonly #laneOf: (packet: Packet) => number
  #left = BLOCK_FRAMES

  constructor(file: CaptureFile, lane: number, laneOf: (packet: Packet) => number) {
    this.#file = file
    this.#lane = lane
    this.#laneOf = laneOf
  }

  next(): 'packet' | 'wait' | 'end' {
    const file = this.#file
    while (this.#left-- > 0) {
      const step = file.next()
      if (step !== 'packet') return step
      const { bytes, at, size, wireSize, linkType, micros } = file
      this.#decoder.decode(bytes, at, size, wireSize, linkType, micros)
      if (this.#laneOf(this.#decoder.packet) === this.#lane) return 'packet'
    }
    this.#left = BLOCK_FRAMES
    return 'wait'
  }

  // Blocks end often, and the file's window holds more.
  async fill(): Promise<void> {
    await this.#file.fill()
  }
  stop(): void {}
  counts(): LiveCounts {
    return { received: this.frame, dropped: 1, ringUse: 0.5 }
  }
  close(): Promise<void> {
    return this.#file.close()
  }
  get bytes() {
    return this.#file.bytes
  }
  get at() {
    return this.#file.at
  }
  get size() {
    return this.#file.size
  }
  get wireSize() {
    return this.#file.wireSize
  }
  get micros() {
    return this.#file.micros
  }
  get linkType() {
    return this.#file.linkType
  }
  readonly interfaceId = 0
  get frame() {
    return this.#file.frame
  }
  readonly capture = OFFICE
  readonly damage = []
  readonly bytesRead = 0
  readonly bytesTotal = undefined
}

/** Flows as several lanes say them, that teach each other or do not. */
async function read(lanes: number, split: Split, teach = true) {
  const flows: Flow[] = []
  const all: Lane[] = []
  for (let lane = 0; lane < lanes; lane++) {
    const file = await CaptureFile.open(OFFICE)
    const cursor = new Share(file, lane, (packet) => split(packet, lanes))
    const own = new Lane(
      cursor,
      { lane, lanes, flows: true, updateSeconds: 2 },
      (event) => event.type === 'flow' && flows.push(event),
      teach
        ? {
            hear: (heard) => {
              for (const other of all) if (other !== own) other.learn([heard])
            },
          }
        : {},
    )
    all.push(own)
  }
  const totals = together(await Promise.all(all.map((lane) => lane.run(nextTurn))))
  return { flows, totals, status: statusTogether(all.map((lane) => lane.status())) }
}

function names(flows: readonly Flow[]): string[] {
  return flows
    .map(({ proto, ends, frame, p2p }) => {
      const where = ends.map(({ ip, port }) => `${ip} ${port}`).join(' ')
      return `${proto} ${where} ${frame} ${p2p?.family} ${p2p?.part} ${p2p?.sureness}`
    })
    .sort()
}

test('lanes that teach each other recognise what one reader does, and not without', async () => {
  const whole: Flow[] = []
  const totals = await readCaptures({ files: [OFFICE], flows: true }, (event) => {
    if (event.type === 'flow') whole.push(event)
  })
  for (const lanes of [1, 2, 3]) {
    const shared = await read(lanes, byHash)
    assert.deepEqual(names(shared.flows), names(whole), `${lanes} lanes`)
    assert.equal(new Set(shared.flows.map(({ flow }) => flow)).size, whole.length)
    const { packets, bytes, flows, messages, packetCounts, firstMicros } = shared.totals
    assert.deepEqual(
      { packets, bytes, flows, messages, packetCounts, firstMicros },
      {
        packets: totals.packets,
        bytes: totals.bytes,
        flows: totals.flows,
        messages: totals.messages,
        packetCounts: totals.packetCounts,
        firstMicros: totals.firstMicros,
      },
    )
    const { status } = shared
    assert.deepEqual([status.packets, status.dropped, status.ringUse], [totals.packets, lanes, 0.5])
  }
  const { flows } = await read(2, apart)
  assert.deepEqual(names(flows), names(whole))
  const alone = await read(2, apart, false)
  const left = names(alone.flows)
  const lost = names(whole).filter((name) => !left.includes(name))
  assert.match(lost.join(), /^TCP [^,]* 60571 [^,]* likely$/)
})

test('what ended an interface is told once, by however many lanes it was read', () => {
  const gone = { capture: 'eth0', offset: 10, cause: 'it is gone' }
  const lanes = [gone, { ...gone, offset: 20 }, { ...gone, capture: 'eth1' }].map((one) => ({
    ...together([]),
    damage: [one],
  }))
  assert.deepEqual(
    together(lanes).damage.map(({ capture, cause }) => `${capture}: ${cause}`),
    ['eth0: it is gone', 'eth1: it is gone'],
  )
})
