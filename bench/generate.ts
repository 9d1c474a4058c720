/**
 * Generated captures for benches and tests: deterministic, so that two machines measure the same bytes.
 *
 * `node dist/bench/generate.js mix FILE [PACKETS [FLOWS]]`  a line's mix of flows, 8 % of them P2P
 * `node dist/bench/generate.js flood FILE [FLOWS]`           SYNs of as many flows, one packet each
 */
import { pathToFileURL } from 'node:url'
import { ByteWriter, concat } from '../src/core/bytes.ts'
import { randomFrom } from '../src/core/random.ts'
import { CONVERSATIONS, type Conversation, noise } from './conversations.ts'
import { CaptureFile } from './frames.ts'

const FIN_ACK = 0x11
const SYN = 0x02
const SYN_ACK = 0x12
const ACK = 0x10
const PSH_ACK = 0x18
/** 2023-11-14; the capture lasts about ten minutes. */
const START_MICROS = 1_700_000_000_000_000
const LASTS_MICROS = 600_000_000
/** Flows that are open at once. */
const OPEN = 4000
const NOTHING = new Uint8Array(0)

type Step = readonly [side: 0 | 1, flags: number, payload: Uint8Array]

interface OpenFlow {
  readonly conversation: Conversation
  readonly steps: readonly Step[]
  readonly ends: readonly [Ends, Ends]
  readonly next: [number, number]
  at: number
}

interface Ends {
  readonly source: number
  readonly target: number
  readonly sourcePort: number
  readonly targetPort: number
}

class Mix {
  readonly #chance = randomFrom(0xbe2c4)
  /** Payload without meaning, cut from one pool: making it afresh would take longest. */
  readonly #pool = noise(randomFrom(0x9001), 1 << 20)
  readonly #piece: Uint8Array
  readonly #deck: Conversation[]
  readonly #bulkScale: number
  #opened = 0

  constructor(packets: number, flows: number) {
    const body = concat(
      new ByteWriter()
        .u32be(9 + 16_384)
        .u8(7)
        .u32be(1)
        .u32be(0)
        .finish(),
    )
    this.#piece = concat(body, this.#pool.subarray(0, 16_384))
    this.#deck = CONVERSATIONS.flatMap((row) => Array<Conversation>(row.share).fill(row))
    // What is not bulk takes 6.24 packets a flow; the bulk fills up what was asked for.
    const mean = this.#deck.reduce((sum, row) => sum + row.bulk, 0) / this.#deck.length
    this.#bulkScale = Math.max(0, (packets / flows - 6.24) / mean)
  }

  open(): OpenFlow {
    const chance = this.#chance
    const conversation = this.#deck[chance() % this.#deck.length]!
    const number = this.#opened++
    const source = 0x0a000000 + 256 + (chance() % 20_000)
    const target = 0xc6120000 + (chance() % 100_000)
    const port = conversation.port
    const there = { source, target, sourcePort: 1024 + (number % 60_000), targetPort: port }
    const back = {
      source: target,
      target: source,
      sourcePort: port,
      targetPort: there.sourcePort,
    }
    return {
      conversation,
      steps: this.#stepsOf(conversation),
      ends: [there, back],
      next: [chance(), chance()],
      at: 0,
    }
  }

  #stepsOf(conversation: Conversation): Step[] {
    const steps: Step[] = []
    const tcp = conversation.carrier === 'tcp'
    if (tcp) steps.push([0, SYN, NOTHING], [1, SYN_ACK, NOTHING], [0, ACK, NOTHING])
    for (const [side, payload] of conversation.first(this.#chance)) {
      steps.push([side, PSH_ACK, payload])
    }
    this.#bulk(conversation, steps)
    if (tcp) steps.push([0, FIN_ACK, NOTHING], [1, FIN_ACK, NOTHING], [0, ACK, NOTHING])
    return steps
  }

  /** Bytes from the other side; every third packet is answered by a bare acknowledgement. */
  #bulk(conversation: Conversation, steps: Step[]): void {
    const most = Math.round(2 * conversation.bulk * this.#bulkScale)
    const count = most === 0 ? 0 : this.#chance() % (most + 1)
    const pieces = conversation.name === 'bt-peer'
    const size = conversation.bulkBytes
    for (let i = 0; i < count; i++) {
      if (conversation.carrier === 'tcp' && i % 3 === 2) {
        steps.push([0, ACK, NOTHING])
        continue
      }
      if (pieces) {
        const sent = i - Math.floor(i / 3)
        const at = (sent * size) % (this.#piece.length - (this.#piece.length % size) + size)
        steps.push([1, ACK, this.#piece.subarray(at, at + size)])
        continue
      }
      const at = this.#chance() % (this.#pool.length - size)
      steps.push([1, ACK, this.#pool.subarray(at, at + size)])
    }
  }
}

/** @returns packets, flows and bytes written */
export function generateMix(path: string, packets: number, flows: number) {
  const file = new CaptureFile(path)
  const mix = new Mix(packets, flows)
  const chance = randomFrom(0x71e)
  const open: OpenFlow[] = []
  const stepMicros = LASTS_MICROS / packets
  let started = 0
  let micros = START_MICROS
  while (started < flows || open.length > 0) {
    // Once enough flows are open, a new one comes only when another has ended.
    while (started < flows && open.length < Math.min(OPEN, flows)) {
      open.push(mix.open())
      started++
    }
    const index = chance() % open.length
    const flow = open[index]!
    send(file, Math.floor(micros), flow)
    micros += stepMicros
    if (flow.at < flow.steps.length) continue
    open[index] = open.at(-1)!
    open.pop()
  }
  file.close()
  return { packets: file.packets, flows, bytes: file.bytes }
}

function send(file: CaptureFile, micros: number, flow: OpenFlow): void {
  const [side, flags, payload] = flow.steps[flow.at++]!
  const ends = flow.ends[side]
  if (flow.conversation.carrier === 'udp') {
    file.udp(micros, ends, payload)
    return
  }
  const acknowledged = flags === SYN ? 0 : flow.next[side === 0 ? 1 : 0]
  file.tcp(micros, ends, { sequence: flow.next[side], acknowledged, flags }, payload)
  flow.next[side] += payload.length + ((flags & 3) === 0 ? 0 : 1)
}

/** SYNs from ever new addresses to one host. */
export function generateFlood(path: string, flows: number, lastsMicros = LASTS_MICROS) {
  const file = new CaptureFile(path)
  const state = { sequence: 1, acknowledged: 0, flags: SYN }
  for (let i = 0; i < flows; i++) {
    const ends = {
      source: 0x0b000000 + i,
      target: 0xc6120001,
      sourcePort: 1024 + (i % 60_000),
      targetPort: 80,
    }
    file.tcp(START_MICROS + Math.floor((i * lastsMicros) / flows), ends, state, NOTHING)
  }
  file.close()
  return { packets: file.packets, flows, bytes: file.bytes }
}

function main(): void {
  const [what, path, first, second] = process.argv.slice(2)
  if (path !== undefined && what === 'mix') {
    console.log(generateMix(path, Number(first ?? 2_000_000), Number(second ?? 200_000)))
  } else if (path !== undefined && what === 'flood') {
    console.log(generateFlood(path, Number(first ?? 1_000_000)))
  } else {
    console.error('usage: generate mix FILE [PACKETS [FLOWS]] | generate flood FILE [FLOWS]')
    process.exitCode = 2
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main()
