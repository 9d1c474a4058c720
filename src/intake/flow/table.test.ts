/**
 * The flow table finds a packet's flow either way round, knows who opened it and when it is over,
 * and stays within its bound.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { limits } from '../../core/limits.ts'
import { randomFrom } from '../../core/random.ts'
import { Packet } from '../packet/packet.ts'
import { FLOW_END_NAMES, FLOW_ENDS, FlowTable } from './table.ts'
import { TCP_STATE } from './tcp-state.ts'

const SYN = 2
const ACK = 16
const FIN = 1
const RST = 4
const SECOND = 1_000_000

interface Made {
  readonly protocol?: number
  readonly flags?: number
  readonly sequence?: number
  readonly acknowledgement?: number
  readonly size?: number
  readonly vlan?: number
  readonly tunnel?: number
}

const packet = new Packet()

/** The packet `a:port` > `b:port` of documentation addresses; a and b are last octets. */
function made(a: number, aPort: number, b: number, bPort: number, m: Made = {}): Packet {
  packet.version = 4
  packet.src2 = packet.dst2 = 0xffff
  packet.src0 = packet.src1 = packet.dst0 = packet.dst1 = 0
  packet.src3 = 0xc0000200 + a
  packet.dst3 = 0xc0000200 + b
  packet.srcPort = aPort
  packet.dstPort = bPort
  packet.protocol = m.protocol ?? 6
  packet.tcpFlags = packet.protocol === 6 ? (m.flags ?? ACK) : 0
  packet.sequence = m.sequence ?? 0
  packet.acknowledgement = m.acknowledgement ?? 0
  packet.payloadSize = packet.payloadWireSize = m.size ?? 0
  packet.ipBytes = 40 + (m.size ?? 0)
  packet.vlan0 = m.vlan ?? -1
  packet.vlan1 = -1
  packet.tunnel = m.tunnel ?? 0
  packet.fragments = 0
  return packet
}

function watched(flowsMax?: number): { table: FlowTable; ended: string[] } {
  const ended: string[] = []
  const table: FlowTable = new FlowTable((slot, reason) => {
    ended.push(`${table.number[slot]} ${FLOW_END_NAMES[reason]}`)
  }, flowsMax)
  return { table, ended }
}

describe('whose packet it is', () => {
  test('both directions are one flow; the opener is side 0', () => {
    const { table } = watched()
    const slot = table.touch(made(1, 4000, 2, 80, { flags: SYN, sequence: 7 }), 5, 9, 3)
    assert.deepEqual([table.side, table.isNew], [0, true])
    const answer = made(2, 80, 1, 4000, { flags: SYN | ACK, sequence: 90, acknowledgement: 8 })
    assert.equal(table.touch(answer, 6, 10, 3), slot)
    assert.deepEqual([table.side, table.isNew], [1, false])
    table.touch(made(1, 4000, 2, 80, { flags: ACK, sequence: 8, size: 100 }), 8, 11, 3)
    assert.deepEqual(table.endpoint(slot, 0), { ip: '192.0.2.1', port: 4000 })
    assert.deepEqual(table.endpoint(slot, 1), { ip: '192.0.2.2', port: 80 })
    assert.deepEqual([table.packets(slot, 0), table.packets(slot, 1)], [2, 1])
    assert.deepEqual([table.bytes(slot, 0), table.bytes(slot, 1)], [180, 40])
    assert.deepEqual([table.payload(slot, 0), table.payload(slot, 1)], [100, 0])
    assert.deepEqual([table.flags(slot, 0), table.flags(slot, 1)], [SYN | ACK, SYN | ACK])
    assert.deepEqual([table.firstMicros[slot], table.lastMicros(slot)], [5, 8])
    assert.deepEqual([table.firstFrame[slot], table.firstCapture[slot]], [9, 3])
    assert.equal(table.fromStart[slot], 1)
    assert.equal(table.state(slot), TCP_STATE.established)
    assert.deepEqual([table.firstSequence(slot, 0), table.firstSequence(slot, 1)], [7, 90])
    assert.deepEqual([table.number[slot], table.count, table.created], [1, 1, 1])
  })

  test('a SYN+ACK seen first was sent to the opener', () => {
    const { table } = watched()
    const answer = made(2, 80, 1, 4000, { flags: SYN | ACK, sequence: 9, acknowledgement: 8 })
    const slot = table.touch(answer, 0, 1, 0)
    assert.equal(table.side, 1)
    assert.deepEqual(table.endpoint(slot, 0), { ip: '192.0.2.1', port: 4000 })
    assert.equal(table.packets(slot, 1), 1)
    assert.equal(table.fromStart[slot], 1)
    assert.deepEqual([table.firstSequence(slot, 0), table.firstSequence(slot, 1)], [7, 9])
    // The SYN itself, captured late, belongs to it.
    assert.equal(table.touch(made(1, 4000, 2, 80, { flags: SYN, sequence: 7 }), 1, 2, 0), slot)
    assert.equal(table.side, 0)
  })

  test('from the middle: who is seen first counts as opener, and the start is not claimed', () => {
    const { table } = watched()
    const slot = table.touch(made(2, 80, 1, 4000, { sequence: 1000, size: 5 }), 0, 1, 0)
    assert.deepEqual(table.endpoint(slot, 0), { ip: '192.0.2.2', port: 80 })
    assert.deepEqual([table.fromStart[slot], table.state(slot)], [0, TCP_STATE.middle])
  })

  test('a direction that is tagged otherwise joins the flow that it answers', () => {
    const { table } = watched()
    const opening = { flags: SYN, sequence: 99, vlan: 7 }
    const slot = table.touch(made(1, 5, 2, 6, opening), 0, 1, 0)
    // A SYN+ACK that acknowledges something else is of another connection.
    const stray = { flags: SYN | ACK, acknowledgement: 5 }
    assert.notEqual(table.touch(made(2, 6, 1, 5, stray), 1, 2, 0), slot)
    const { table: clean } = watched()
    const first = clean.touch(made(1, 5, 2, 6, opening), 0, 1, 0)
    const answer = { flags: SYN | ACK, acknowledgement: 100 }
    assert.equal(clean.touch(made(2, 6, 1, 5, answer), 1, 2, 0), first)
    assert.equal(clean.side, 1)
    assert.equal(clean.touch(made(1, 5, 2, 6, { vlan: 7, sequence: 100 }), 2, 3, 0), first)
    assert.equal(clean.touch(made(2, 6, 1, 5), 3, 4, 0), first)
    assert.deepEqual([clean.created, clean.vlans(first)], [1, [7]])
    const udp = clean.touch(made(3, 5, 4, 6, { protocol: 17 }), 4, 5, 0)
    assert.equal(clean.touch(made(4, 6, 3, 5, { protocol: 17, vlan: 9 }), 5, 6, 0), udp)
    assert.equal(clean.vlans(udp), undefined)
  })

  test('a packet seen in two VLANs, as before and after a router, is in two flows', () => {
    const { table } = watched()
    const udp = (vlan: number) => ({ protocol: 17, vlan })
    const one = table.touch(made(1, 5, 2, 6, udp(10)), 0, 1, 0)
    const two = table.touch(made(1, 5, 2, 6, udp(20)), 1, 2, 0)
    assert.notEqual(one, two)
    assert.equal(table.touch(made(2, 6, 1, 5, udp(20)), 2, 3, 0), two)
    assert.equal(table.touch(made(2, 6, 1, 5, udp(10)), 3, 4, 0), one)
    assert.equal(table.created, 2)
  })

  test('protocol, ports, addresses, VLAN and tunnel depth tell flows apart', () => {
    const { table } = watched()
    const different = [
      made(1, 5, 2, 6, { protocol: 17 }),
      () => made(1, 5, 2, 6, { protocol: 132 }),
      () => made(1, 6, 2, 5, { protocol: 17 }),
      () => made(1, 5, 3, 6, { protocol: 17 }),
      () => made(1, 5, 2, 6, { protocol: 17, vlan: 7 }),
      () => made(1, 5, 2, 6, { protocol: 17, tunnel: 1 }),
    ]
    const slots = different.map((each) =>
      table.touch(typeof each === 'function' ? each() : each, 0, 1, 0),
    )
    assert.equal(new Set(slots).size, different.length)
    assert.deepEqual(table.vlans(slots[4]!), [7])
    assert.equal(table.vlans(slots[0]!), undefined)
    const loose: FlowTable = new FlowTable(() => {}, 100, { vlanInKey: false })
    const tagged = loose.touch(made(1, 5, 2, 6, { vlan: 7 }), 0, 1, 0)
    assert.equal(loose.touch(made(2, 6, 1, 5), 0, 2, 0), tagged)
  })

  test('IPv6, and equal addresses on both ends', () => {
    const { table } = watched()
    made(0, 1000, 0, 2000, { protocol: 17 })
    packet.version = 6
    packet.src0 = packet.dst0 = 0x20010db8
    packet.src1 = packet.src2 = packet.dst1 = packet.dst2 = 0
    packet.src3 = 1
    packet.dst3 = 0xffff_ffff
    const slot = table.touch(packet, 0, 1, 0)
    assert.deepEqual(table.endpoint(slot, 0), { ip: '2001:db8::1', port: 1000 })
    assert.deepEqual(table.endpoint(slot, 1), { ip: '2001:db8::ffff:ffff', port: 2000 })
    packet.src3 = 0xffff_ffff
    packet.dst3 = 1
    packet.srcPort = 2000
    packet.dstPort = 1000
    assert.equal(table.touch(packet, 0, 2, 0), slot)
    assert.equal(table.side, 1)
    packet.dst1 = 5
    assert.notEqual(table.touch(packet, 0, 3, 0), slot)
    const self = table.touch(made(1, 53, 1, 53, { protocol: 17 }), 0, 4, 0)
    assert.equal(table.touch(made(1, 53, 1, 53, { protocol: 17 }), 0, 5, 0), self)
    assert.deepEqual([table.packets(self, 0), table.packets(self, 1)], [2, 0])
  })

  test('every fragment counts as a packet', () => {
    const { table } = watched()
    made(1, 5, 2, 6, { protocol: 17 }).fragments = 3
    assert.equal(table.packets(table.touch(packet, 0, 1, 0), 0), 3)
  })
})

/** Open, answer, acknowledge: an established connection of the two hosts; its slot. */
function connect(table: FlowTable, micros: number, first = 7, answered = 90): number {
  table.touch(made(1, 4000, 2, 80, { flags: SYN, sequence: first }), micros, 1, 0)
  const acknowledgement = first + 1
  table.touch(
    made(2, 80, 1, 4000, { flags: SYN | ACK, sequence: answered, acknowledgement }),
    micros,
    2,
    0,
  )
  return table.touch(made(1, 4000, 2, 80, { sequence: first + 1 }), micros, 3, 0)
}

describe('one connection after another between the same ports', () => {
  const syn = (sequence: number): Packet => made(1, 4000, 2, 80, { flags: SYN, sequence })

  test('after RST, and after FIN from both sides', () => {
    const { table, ended } = watched()
    connect(table, 0)
    table.touch(made(2, 80, 1, 4000, { flags: RST }), 1, 4, 0)
    table.touch(syn(500), 2, 5, 0)
    assert.ok(table.isNew)
    table.touch(made(1, 4000, 2, 80, { flags: FIN | ACK, sequence: 501 }), 3, 6, 0)
    const slot = table.touch(made(2, 80, 1, 4000, { flags: FIN | ACK }), 4, 7, 0)
    assert.equal(table.state(slot), TCP_STATE.closed)
    table.touch(syn(900), 5, 8, 0)
    assert.ok(table.isNew)
    assert.deepEqual(ended, ['1 closed', '2 closed'])
    assert.deepEqual([table.count, table.created], [1, 3])
  })

  test('the same SYN again is the same flow, also after RST', () => {
    const { table } = watched()
    const slot = table.touch(syn(7), 0, 1, 0)
    assert.equal(table.touch(syn(7), 1, 2, 0), slot)
    table.touch(made(2, 80, 1, 4000, { flags: RST | ACK }), 2, 3, 0)
    assert.equal(table.touch(syn(7), 3, 4, 0), slot)
    assert.equal(table.created, 1)
  })

  test('an unanswered try with another sequence is the same flow', () => {
    const { table } = watched()
    const slot = table.touch(syn(7), 0, 1, 0)
    assert.equal(table.touch(syn(99), SECOND, 2, 0), slot)
    assert.equal(table.firstSequence(slot, 0), 99)
  })

  test('a stray SYN does not end a standing connection, but one that is answered does', () => {
    const { table, ended } = watched()
    connect(table, 0)
    table.touch(syn(3000), 1, 4, 0)
    assert.equal(table.isNew, false)
    table.touch(made(2, 80, 1, 4000, { sequence: 91, acknowledgement: 8, size: 10 }), 2, 5, 0)
    assert.equal(table.isNew, false)
    const answer = { flags: SYN | ACK, sequence: 4000, acknowledgement: 3001 }
    table.touch(made(2, 80, 1, 4000, answer), 3, 6, 0)
    assert.equal(table.isNew, true)
    assert.equal(table.side, 1)
    assert.deepEqual(ended, ['1 closed'])
  })

  test('after a long silence, and where the old one was seen from the middle', () => {
    const { table } = watched()
    connect(table, 0)
    table.touch(syn(3000), (limits.tcpOpeningSeconds + 2) * SECOND, 4, 0)
    assert.ok(table.isNew)
    table.touch(made(5, 1, 6, 2, { sequence: 10, size: 3 }), 40 * SECOND, 5, 0)
    table.touch(made(5, 1, 6, 2, { flags: SYN, sequence: 700 }), 40 * SECOND, 6, 0)
    assert.ok(table.isNew)
  })
})

describe('time-outs', () => {
  /** When the flow of `begin` ends, in seconds, if only strangers are seen afterwards. */
  function endsAfter(begin: (table: FlowTable) => void): number {
    const { table, ended } = watched()
    begin(table)
    for (let second = 0; second < 2000; second++) {
      table.expire(second * SECOND)
      if (ended.length > 0) return second
    }
    return Number.POSITIVE_INFINITY
  }

  test('each kind of flow has its own', () => {
    const about = (limit: number, seconds: number): void => {
      assert.ok(seconds >= limit && seconds <= limit + 1, `${seconds} for ${limit}`)
    }
    about(
      limits.udpIdleSeconds,
      endsAfter((table) => table.touch(made(1, 5, 2, 6, { protocol: 17 }), 0, 1, 0)),
    )
    about(
      limits.tcpOpeningSeconds,
      endsAfter((table) => table.touch(made(1, 5, 2, 6, { flags: SYN }), 0, 1, 0)),
    )
    about(
      limits.tcpIdleSeconds,
      endsAfter((table) => connect(table, 0)),
    )
    about(
      limits.tcpClosingSeconds,
      endsAfter((table) => {
        connect(table, 0)
        table.touch(made(1, 4000, 2, 80, { flags: RST }), 0, 9, 0)
      }),
    )
  })

  test('a flow lives while it is used, and ends counted from its last packet', () => {
    const { table, ended } = watched()
    const use = (second: number): void => {
      table.touch(made(1, 5, 2, 6, { protocol: 17 }), second * SECOND, 1, 0)
    }
    for (let second = 0; second <= 900; second += 90) use(second)
    assert.equal(table.created, 1)
    table.expire((900 + limits.udpIdleSeconds - 1) * SECOND)
    assert.deepEqual(ended, [])
    table.expire((900 + limits.udpIdleSeconds + 1) * SECOND)
    assert.deepEqual(ended, ['1 timeout'])
    use(1200)
    assert.deepEqual([table.created, table.count], [2, 1])
  })

  test('time running back neither ends flows nor stops the clock', () => {
    const { table, ended } = watched()
    const use = (port: number, second: number): number =>
      table.touch(made(1, port, 2, 6, { protocol: 17 }), second * SECOND, 1, 0)
    const slot = use(1, 1_000_000)
    use(1, 999_999)
    assert.equal(table.lastMicros(slot), 1_000_000 * SECOND)
    // An hour back: the clock goes on from there.
    use(2, 996_400)
    use(2, 996_400 + limits.udpIdleSeconds - 20)
    assert.deepEqual(ended, [])
    use(2, 996_400 + limits.udpIdleSeconds + 2)
    assert.deepEqual(ended, ['1 timeout'])
    // A wild timestamp ends what is open, and nothing more.
    use(3, 4e12)
    use(4, 996_700)
    use(4, 996_701)
    assert.deepEqual(ended, ['1 timeout', '2 timeout'])
    assert.equal(table.count, 2)
  })
})

describe('bounds', () => {
  test('a full table lets the nearest to its time-out go: openings before connections', () => {
    const { table, ended } = watched(100)
    connect(table, 0)
    table.touch(made(3, 1, 4, 2, { protocol: 17 }), 0, 4, 0)
    for (let port = 1; port <= 1000; port++) {
      table.touch(made(9, port, 8, 80, { flags: SYN }), 10 * port, 5, 0)
    }
    assert.deepEqual([table.count, table.created, table.evicted], [100, 1002, 902])
    assert.deepEqual(ended.slice(0, 2), ['3 evicted', '4 evicted'])
    table.touch(made(1, 4000, 2, 80, { sequence: 8 }), 20_000, 6, 0)
    assert.equal(table.isNew, false)
    table.touch(made(4, 2, 3, 1, { protocol: 17 }), 20_000, 7, 0)
    assert.equal(table.isNew, false)
  })

  test('a flow that was used again is passed over when the table is full', () => {
    const { table, ended } = watched(3)
    const use = (port: number, second: number): number =>
      table.touch(made(1, port, 2, 6, { protocol: 17 }), second * SECOND, 1, 0)
    use(1, 0)
    use(2, 5)
    use(3, 6)
    use(1, 10)
    use(4, 11)
    assert.deepEqual(ended, ['2 evicted'])
  })

  test('the table grows and keeps every flow where it is', () => {
    const { table } = watched(1_000_000)
    const slots: number[] = []
    for (let i = 0; i < 70_000; i++) {
      slots.push(table.touch(made(1 + (i >>> 15), i & 0x7fff, 2, 6, { protocol: 17 }), i, i, 0))
    }
    assert.equal(table.count, 70_000)
    for (let i = 0; i < 70_000; i += 7) {
      const slot = table.touch(made(2, 6, 1 + (i >>> 15), i & 0x7fff, { protocol: 17 }), 1e5, 1, 0)
      assert.equal(slot, slots[i])
    }
  })

  test('the end of the capture ends all, in order of their numbers, with clean columns after', () => {
    const { table, ended } = watched(50)
    for (let i = 0; i < 80; i++) table.touch(made(1, i, 2, 6, { protocol: 17, size: 5 }), i, i, 0)
    table.touch(made(1, 79, 2, 6, { protocol: 17 }), 80, 81, 0)
    for (let slot = 0; slot < 50; slot++) table.setMark(slot, 9)
    ended.length = 0
    table.endAll(FLOW_ENDS.endOfCapture)
    assert.deepEqual(
      ended,
      Array.from({ length: 50 }, (_, i) => `${31 + i} end-of-capture`),
    )
    assert.equal(table.count, 0)
    const slot = table.touch(made(1, 79, 2, 6, { protocol: 17 }), 90, 90, 0)
    assert.deepEqual([table.mark(slot), table.packets(slot, 0), table.payload(slot, 0)], [0, 1, 0])
  })
})

test('random coming and going agrees with a plain map', () => {
  const random = randomFrom(77)
  const alive = new Map<string, number>()
  const keyOf = (p: Packet): string => {
    const ends = [`${p.src3}:${p.srcPort}`, `${p.dst3}:${p.dstPort}`].sort()
    return `${p.protocol} ${ends.join(' ')}`
  }
  const table: FlowTable = new FlowTable((slot) => {
    const ends = ([0, 1] as const).map((side) => {
      const { ip, port } = table.endpoint(slot, side)
      return `${0xc0000200 + Number(ip.split('.')[3])}:${port}`
    })
    assert.equal(alive.get(`${table.protocol[slot]} ${ends.sort().join(' ')}`), slot)
    alive.delete(`${table.protocol[slot]} ${ends.join(' ')}`)
  }, 300)
  for (let i = 0; i < 60_000; i++) {
    const m = { protocol: random() % 2 === 0 ? 17 : 47 }
    made(random() % 6, random() % 16, random() % 6, random() % 16, m)
    const key = keyOf(packet)
    const before = alive.get(key)
    const slot = table.touch(packet, i * 300_000, i, 0)
    // Another flow's end may have come first, never this one's while it was alive and young.
    if (table.isNew) assert.equal(alive.has(key), false)
    else assert.equal(slot, before)
    alive.set(key, slot)
    assert.equal(table.count, alive.size)
  }
  assert.ok(table.created > 3000, `${table.created} flows`)
  assert.ok(table.evicted > 100, `${table.evicted} evicted`)
})
