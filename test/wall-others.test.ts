/**
 * A held host's other traffic goes on: every capture of software that is no P2P, replayed through engine
 * and wall while all its hosts are held, loses no packet, but for the few that look like an encrypted
 * protocol from their first byte on.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type CapturedFlow, flowsOf } from '../src/core/captured-flows.ts'
import { tcpFrame, udpFrame } from '../src/core/packet-maker.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { Engine } from '../src/intake/engine.ts'
import { protocols } from '../src/protocols/index.ts'
import { wallSchema } from '../src/services/wall/schema.ts'
import { Wall } from '../src/services/wall/wall.ts'

const SYN = 0x02
const ACK = 0x10

interface Sent {
  readonly frame: Uint8Array
  readonly micros: number
  readonly payload: Uint8Array
  readonly isSyn: boolean
}

/** A flow's packets as a wall sees them: a connection is asked for before it speaks. */
function packetsOf({ carrier, ends, pieces, fromStart }: CapturedFlow): Sent[] {
  const next: [number, number] = [1, 1]
  const packets: Sent[] = []
  if (carrier === 'tcp' && fromStart) {
    const micros = pieces[0]?.micros ?? 0
    for (const [side, flags] of [
      [0, SYN],
      [1, SYN | ACK],
    ] as const) {
      const fields = { sequence: 0, acknowledged: side, flags }
      const frame = tcpFrame(ends[side], ends[1 - side]!, fields)
      packets.push({ frame, micros, payload: frame.subarray(frame.length), isSyn: side === 0 })
    }
  }
  for (const { from, bytes, micros } of pieces) {
    const [own, other] = [ends[from], ends[1 - from]!]
    const fields = { sequence: next[from], acknowledged: next[1 - from]!, flags: ACK }
    const frame =
      carrier === 'tcp' ? tcpFrame(own, other, fields, bytes) : udpFrame(own, other, bytes)
    next[from] += bytes.length
    packets.push({ frame, micros, payload: bytes, isSyn: false })
  }
  return packets
}

const NEIGHBOURS = new Set(protocols.filter((card) => card.neighbour).map(({ name }) => name))

/** What is dropped of a capture in which everybody is held, as `carrier/port of the called: action`. */
function droppedOf(file: string): string[] {
  const ignore = () => undefined
  const wall = new Wall(
    {
      config: wallSchema.parse({}),
      neighbours: NEIGHBOURS,
      networks: [{ name: 'all', cidrs: ['0.0.0.0/0', '::/0'] }],
    },
    { say: ignore, cut: ignore, refuse: ignore, send: ignore, host: ignore, limit: ignore },
  )
  const engine = new Engine(protocols, (event) => wall.consume(event), { flows: true })
  const dropped = new Set<string>()
  let frame = 0
  const all = flowsOf(readFileSync(repositoryFile(`test/negatives/fixtures/${file}`))).flatMap(
    (flow) => packetsOf(flow).map((sent) => ({ ...sent, flow })),
  )
  for (const { flow, micros, payload, isSyn, ...sent } of all.sort((a, b) => a.micros - b.micros)) {
    const { ends, carrier } = flow
    const size = sent.frame.length
    engine.packet({
      ...{ bytes: sent.frame, at: 0, size, wireSize: size, micros, linkType: 1, frame: ++frame },
      capture: file,
    })
    const standing = engine.standing
    if (standing === undefined) continue
    const answer = { action: 'block', rule: 'held by the test', seconds: 3600 } as const
    for (const { ip } of ends) wall.holding.offence(ip, answer, micros)
    const facts = { ends, carrier, micros, isSyn, payload, frame, capture: file }
    const { verdict } = wall.judge(standing, { ...facts, payloadBytes: payload.length })
    if (verdict === 'drop')
      dropped.add(`${carrier}/${ends[1].port} ${standing.fit ?? standing.state}`)
  }
  return [...dropped]
}

const FILES = readdirSync(repositoryFile('test/negatives/fixtures')).filter((name) =>
  /\.pcap(?:ng)?$/.test(name),
)

/** Nobody can tell these from what they look like; a held host loses them for as long as it is held. */
const LOST: Readonly<Record<string, readonly string[]>> = {
  'openvpn-tcp.pcap': ['tcp/1194 chance-like bytes from the first one on, as MSE sends them'],
}

for (const file of FILES) {
  const lost = LOST[file] ?? []
  const name = lost.length === 0 ? 'loses nothing' : 'is lost, and why is told'
  test(`${file} ${name}`, () => assert.deepEqual(droppedOf(file), lost))
}
