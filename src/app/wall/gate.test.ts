/** The gate without a kernel: what is said of each packet, and what is sent in answer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from '../../core/address.ts'
import { bytesOf, concat } from '../../core/bytes.ts'
import type { Decision } from '../../core/event.ts'
import { tcpFrame, udpFrame } from '../../core/packet-maker.ts'
import { QueuedPacket } from '../../linux/nfqueue-wire.ts'
import type { Station } from '../../linux/raw-packet.ts'
import { protocols } from '../../protocols/index.ts'
import { MARK_BLOCK, MARK_OWN, MARK_PASS } from '../../services/wall/marks.ts'
import { wallSchema } from '../../services/wall/schema.ts'
import { Wall } from '../../services/wall/wall.ts'
import { cardParts } from './card-parts.ts'
import { Gate } from './gate.ts'
import { ipHead } from './ip-head.ts'

const HOST = { ip: '192.168.7.2', port: 40_000 }
const PEER = { ip: '198.51.100.9', port: 6881 }
const START = 1_795_165_200_000_000
const STATION = Uint8Array.of(2, 0, 0, 0, 0, 7)
/** BEP 3. */
const HANDSHAKE = concat(
  bytesOf('\x13BitTorrent protocol'),
  new Uint8Array(8),
  new Uint8Array(40).fill(7),
)

class Yard {
  readonly said: string[] = []
  readonly marked: (readonly [readonly [Endpoint, Endpoint], number])[] = []
  readonly routed: Uint8Array[] = []
  readonly onLink: (readonly [Uint8Array, Station])[] = []
  readonly decisions: Decision[] = []
  readonly gate: Gate
  readonly #packet = new QueuedPacket()
  #micros = START

  constructor(config: object = {}) {
    this.gate = new Gate(
      {
        queue: {
          accept: (_, mark) => this.said.push(mark === undefined ? 'accept' : `accept ${mark}`),
          drop: () => this.said.push('drop'),
          flush: () => undefined,
        },
        connections: {
          mark: (ends, _, mark) => {
            this.marked.push([ends, mark])
            return true
          },
        },
        packets: {
          sendByRoute: (packet) => this.routed.push(packet) > 0,
          sendOnLink: (packet, station) => this.onLink.push([packet, station]) > 0,
        },
      },
      {
        protocols,
        capture: 'queue 0',
        insideInterfaces: new Set([2]),
        consume: () => undefined,
        wall: ({ cut, send }) =>
          new Wall(
            { config: wallSchema.parse(config), networks: [], ...cardParts() },
            {
              say: (decision) => this.decisions.push(decision),
              ...{ cut, send, refuse: () => undefined, host: () => undefined },
              limit: () => undefined,
            },
          ),
      },
    )
  }

  /** @param frame  Ethernet, as the maker of packets gives it */
  packet(frame: Uint8Array, mark = 0): string {
    const packet = this.#packet
    packet.bytes = concat(STATION, frame.subarray(14))
    packet.hardwareAt = 0
    packet.hardwareSize = STATION.length
    packet.at = STATION.length
    packet.size = frame.length - 14
    packet.wireSize = packet.size
    packet.mark = mark
    packet.inInterface = 2
    this.#micros += 1000
    this.gate.packet(packet, this.#micros)
    return this.said.at(-1)!
  }
}

const opening = [
  tcpFrame(HOST, PEER, { sequence: 999, acknowledged: 0, flags: 0x02 }),
  tcpFrame(PEER, HOST, { sequence: 1999, acknowledged: 1000, flags: 0x12 }),
  tcpFrame(HOST, PEER, { sequence: 1000, acknowledged: 2000, flags: 0x10 }),
]

test('a handshake in the clear: dropped, both are reset, the connection is marked', () => {
  const yard = new Yard()
  assert.deepEqual(
    opening.map((frame) => yard.packet(frame)),
    ['accept', 'accept', 'accept'],
  )
  const data = { sequence: 1000, acknowledged: 2000, flags: 0x18 }
  assert.equal(yard.packet(tcpFrame(HOST, PEER, data, HANDSHAKE)), 'drop')
  const heads = yard.routed.map((packet) => ipHead(packet, 0, packet.length)!)
  assert.deepEqual(
    heads.map(({ from, to, sequence }) => [from, to, sequence]),
    [
      [PEER, HOST, 2000],
      [HOST, PEER, 1000],
    ],
  )
  assert.deepEqual(yard.marked, [[[HOST, PEER], MARK_BLOCK]])
  assert.equal(yard.decisions[0]!.action, 'block')
  // Heads of 20 bytes each; whoever makes packets here gives them 64 hops.
  const bytes = 20 + 20 + HANDSHAKE.length
  assert.deepEqual(yard.decisions[0]!.packet, { side: 0, bytes, hops: 64 })
  assert.equal(yard.decisions[0]!.toOpener, undefined)
  assert.deepEqual(yard.decisions[0]!.ends, [HOST, PEER])
})

test('what is plainly something else passes for good, and bits that are not ours stay', () => {
  const yard = new Yard()
  for (const frame of opening) yard.packet(frame, 0xab00_00ff)
  const data = { sequence: 1000, acknowledged: 2000, flags: 0x18 }
  const page = bytesOf('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n')
  yard.packet(tcpFrame(HOST, PEER, data, page))
  const answer = { sequence: 2000, acknowledged: 1000 + page.length, flags: 0x18 }
  const said = yard.packet(
    tcpFrame(PEER, HOST, answer, bytesOf('HTTP/1.1 200 OK\r\n\r\n')),
    0xab00_0000,
  )
  assert.equal(said, `accept ${0xab00_0000 + MARK_PASS}`)
  assert.equal(yard.decisions.length, 0)
})

test('our own packets pass unseen', () => {
  const yard = new Yard()
  assert.equal(
    yard.packet(tcpFrame(HOST, PEER, { sequence: 1, acknowledged: 1, flags: 4 }), MARK_OWN),
    'accept',
  )
  assert.equal(yard.gate.counts.accepted, 1)
})

test('a ping that is dropped is answered to its station, in the name of its peer', () => {
  const yard = new Yard()
  // 27, encryption 29, 80, a name, 0: as clients of FastTrack ping.
  const ping = concat(Uint8Array.of(0x27, 0, 0, 0, 0x29, 0x80), bytesOf('KaZaA\0'))
  assert.equal(yard.packet(udpFrame(HOST, PEER, ping)), 'drop')
  const [[packet, station]] = yard.onLink as [readonly [Uint8Array, Station]]
  assert.deepEqual(station, { interface: 2, address: STATION })
  const { from, to } = ipHead(packet, 0, packet.length)!
  assert.deepEqual([from, to], [PEER, HOST])
  assert.equal(packet[28], 0x29)
  assert.deepEqual(yard.routed, [])
})

test('the sender that stands inside is known by the interface, whatever its address', () => {
  const yard = new Yard()
  const strange = { ip: '203.0.113.77', port: 40_000 }
  const ping = concat(Uint8Array.of(0x27, 0, 0, 0, 0x29, 0x80), bytesOf('KaZaA\0'))
  yard.packet(udpFrame(strange, PEER, ping))
  assert.equal(yard.decisions[0]!.host, strange.ip)
})

test('a packet that is neither passes, and a cut one harms nobody', () => {
  const yard = new Yard()
  const icmp = Uint8Array.from(opening[0]!)
  icmp[14 + 9] = 1
  assert.equal(yard.packet(icmp), `accept ${MARK_PASS}`)
  for (let size = 14; size < 54; size++) yard.packet(opening[0]!.subarray(0, size))
  assert.ok(!yard.said.includes('drop'))
})
