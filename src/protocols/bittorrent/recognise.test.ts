/** What a flow is by its first bytes: peer connections, uTP, MSE; and what only resembles them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt } from '../../core/captured-flows.ts'
import type { Datagram, Finding, Look, Sight } from '../../core/protocol.ts'
import { randomFrom } from '../../core/random.ts'
import { repositoryFile } from '../../core/repository.ts'
import { fits } from './fits.ts'
import { lookAtMse } from './mse.ts'
import { marksSuffice } from './mse-marks.ts'
import { recognise } from './recognise.ts'

function flowsIn(name: string): CapturedFlow[] {
  return flowsOf(readFileSync(repositoryFile(`src/protocols/bittorrent/fixtures/${name}.pcap`)))
}

function found(sight: Sight): Finding {
  assert.notEqual(typeof sight, 'string', String(sight))
  return sight as Finding
}

const ENDS = [
  { ip: '192.0.2.1', port: 40_000 },
  { ip: '198.51.100.2', port: 6881 },
] as const

function stream(
  opener: Uint8Array,
  other: Uint8Array,
  segments: number[],
  rest: Partial<Look> = {},
): Look {
  return {
    carrier: 'tcp',
    fromStart: true,
    heads: [opener, other],
    totals: [opener.length, other.length],
    segments,
    datagrams: [],
    ends: ENDS,
    final: true,
    ...rest,
  }
}

function datagrams(...given: (readonly [0 | 1, string, number?])[]): Look {
  const list: Datagram[] = given.map(([from, text, micros = 0]) => {
    const bytes = fromHex(text)
    return { from, bytes, size: bytes.length, micros }
  })
  const none = new Uint8Array(0)
  return { ...stream(none, none, []), carrier: 'udp', datagrams: list }
}

function chance(size: number, seed: number): Uint8Array {
  const random = randomFrom(seed)
  return Uint8Array.from({ length: size }, () => random())
}

test('the handshake from either side is certain; its beginning asks for more', () => {
  const flow = flowsIn('peer-magnet')[0]!
  assert.deepEqual(recognise(lookAt(flow, 1)), {
    part: 'peer',
    sureness: 'certain',
    reasons: ['"BitTorrent protocol" handshake from the opener'],
  })
  const start = bytesOf('\x13BitTorr')
  assert.equal(recognise(stream(start, new Uint8Array(0), [8], { final: false })), 'more')
  const answer = concat(bytesOf('\x13BitTorrent protocol'), new Uint8Array(48))
  assert.equal(found(recognise(stream(chance(20, 1), answer, [20, -68]))).part, 'peer')
})

test('another protocol that begins with 0x13 is none', () => {
  const multistream = concat(fromHex('13'), bytesOf('/multistream/1.0.0\n'))
  assert.equal(recognise(stream(multistream, multistream, [20, -20])), 'no')
})

test('from the middle three messages make it certain', () => {
  const flow = flowsIn('peer-middle')[0]!
  const look = { ...lookAt(flow, 64), fromStart: false }
  assert.equal(found(recognise(look)).part, 'peer')
  const noise = stream(chance(65_536, 5), chance(2_000, 6), [65_536, -2_000], { fromStart: false })
  assert.equal(recognise(noise), 'no')
})

test('MSE by two marks is likely, with the marks as reasons', () => {
  const flow = flowsIn('mse-rc4-long')[0]!
  const finding = found(recognise(lookAt(flow, 16)))
  assert.deepEqual([finding.part, finding.sureness], ['peer-encrypted', 'likely'])
  assert.deepEqual(finding.reasons.slice(0, 3), [
    'flights of chance-like bytes with the sizes of MSE',
    'the third flight has 124 bytes: proof 56 and handshake 68',
    'the fourth flight has 82 bytes: select 14 and handshake 68',
  ])
})

test('MSE by two marks is settled by the first bytes of the fourth flight, before any content', () => {
  const flow = flowsIn('mse-rc4-long')[0]!
  const after = (segments: number) => recognise({ ...lookAt(flow, segments), final: false })
  assert.deepEqual([after(2), after(3)], ['more', 'more'])
  assert.equal(found(after(4)).settled, true)
  // A selection without what stands behind it: the handshake may still come in the clear.
  const opener = chance(300 + 56 + 68, 3)
  const open = { final: false }
  const selected = stream(opener, chance(400 + 14, 4), [300, -400, 56, 68, -14], open)
  assert.equal(found(recognise(selected)).settled, undefined)
  const sealed = stream(opener, chance(400 + 600, 4), [300, -400, 56, 68, -14, -586], open)
  assert.equal(found(recognise(sealed)).settled, true)
})

test('MSE with one mark names nothing by itself, but fits a known endpoint', () => {
  const flow = flowsIn('mse-rc4').find(({ ends }) => ends[0].port === 36_317)!
  const look = lookAt(flow, 16)
  const sight = lookAtMse(look)
  assert.equal(sight.kind, 'shape')
  assert.equal(sight.kind === 'shape' && marksSuffice(sight.marks), false)
  assert.equal(recognise(look), 'no')
  assert.deepEqual(
    fits(look).map(({ part }) => part),
    ['peer-encrypted'],
  )
})

test('MSE keys that were cut on the way fit as whole ones do, and half a key fits nothing', () => {
  const look = lookAt(flowsIn('mse-rc4').find(({ ends }) => ends[0].port === 36_317)!, 16)
  const cut = look.segments.flatMap((size) => {
    const pieces: number[] = []
    for (let left = Math.abs(size); left > 0; left -= 20) {
      pieces.push(Math.sign(size) * Math.min(left, 20))
    }
    return pieces
  })
  assert.deepEqual(
    fits({ ...look, segments: cut }).map(({ part }) => part),
    ['peer-encrypted'],
  )
  const opener = chance(90, 3)
  const half = stream(opener, new Uint8Array(0), [20, 20, 20, 20, 10], { final: false })
  assert.equal(recognise(half), 'more')
  assert.equal(recognise({ ...half, final: true }), 'no')
  assert.deepEqual(fits(stream(opener, chance(200, 4), [45, 45, -200])), [])
})

test('MSE that agrees on plain text is certain by the handshake behind it', () => {
  const flow = flowsIn('mse-plain')[0]!
  const finding = found(recognise(lookAt(flow, 16)))
  assert.deepEqual([finding.part, finding.sureness], ['peer', 'certain'])
})

test('random streams over TCP are none, whatever their sizes, unless two marks stand', () => {
  for (const flow of flowsIn('random-stream')) assert.equal(recognise(lookAt(flow, 16)), 'no')
  // Shapes of NTCP2, RLPx and shadowsocks, each with chance-like bytes.
  // biome-ignore format: a table
  for (const segments of [
    [252, -215, 1448, -1448, 963], [424, -603, 288, -256, 208, -64, 64], [300, -400, 100, -100, 300],
    [149, -310, 41, -600], [608, -608, 608, -608],
    // One mark, and short messages, which are anybody's; both marks of one side.
    [300, -400, 124, -200, 5, -9, 13, -50, 17], [300, -400, 124, -90, 68, -68, 5], [124, -124, 124, -124], [96, -96, 56, -14],
  ]) {
    const sum = (sign: number) =>
      segments.reduce((total, size) => total + Math.max(0, sign * size), 0)
    const look = stream(chance(sum(1), 3), chance(sum(-1), 4), segments)
    assert.equal(recognise(look), 'no', segments.join(' '))
  }
})

const SYN = '4100530210eeb2f00000000000000000e7f50000'
const STATE = '2102530206ff3f5f7fffffff0000f00049c7e7f5 0008 0000000000000000'

test('a SYN and the STATE that acknowledges it are certain', () => {
  const finding = found(recognise(datagrams([0, SYN], [1, STATE])))
  assert.deepEqual([finding.part, finding.sureness], ['utp', 'certain'])
  for (const name of ['utp-peer', 'utp-mse']) {
    assert.equal(found(recognise(lookAt(flowsIn(name)[0]!))).sureness, 'certain', name)
  }
})

test('one SYN alone, or with another answer, is none', () => {
  assert.equal(recognise(datagrams([0, SYN])), 'no')
  assert.equal(recognise(datagrams([0, SYN], [1, STATE.replace('e7f5', 'e7f6')])), 'no')
  assert.equal(recognise(datagrams([0, SYN], [0, STATE])), 'no')
})

test('a SYN sent again is likely where its clock went on as the capture did', () => {
  const again = SYN.replace('10eeb2f0', '11 1d79b0').replace(' ', '')
  assert.equal(found(recognise(datagrams([0, SYN], [0, again, 3_065_536]))).sureness, 'likely')
  assert.equal(recognise(datagrams([0, SYN], [0, again, 9_000_000])), 'no')
  assert.equal(recognise(datagrams([0, SYN], [0, SYN, 3_000_000])), 'no')
})

test('packets from the middle: clocks and acknowledgements must agree', () => {
  const data = (micros: string, seq: string, ack: string) =>
    `0100 0009 ${micros} 00000010 00010000 ${seq} ${ack} aabbcc`
  const state = (micros: string, seq: string, ack: string) =>
    `2100 0008 ${micros} 00000010 00010000 ${seq} ${ack}`
  const good = datagrams(
    [0, data('00100000', '0005', '0021'), 0],
    [1, state('70000000', '0022', '0005'), 30_000],
    [0, data('0010c350', '0006', '0021'), 50_000],
    [1, state('7000c350', '0022', '0006'), 80_000],
  )
  assert.equal(found(recognise(good)).sureness, 'certain')
  const clock = datagrams(
    [0, data('00100000', '0005', '0021'), 0],
    [1, state('70000000', '0022', '0005'), 30_000],
    [0, data('40000000', '0006', '0021'), 50_000],
  )
  assert.equal(recognise(clock), 'no')
  const acknowledgement = datagrams(
    [0, data('00100000', '0005', '0021'), 0],
    [1, state('70000000', '0022', '7777'), 30_000],
    [0, data('0010c350', '0006', '0021'), 50_000],
  )
  assert.equal(recognise(acknowledgement), 'no')
})

test('one side alone: a SYN that was stamped before it was sent takes no part', () => {
  // Headers and times of a real connection; the SYN went out 83 ms after its own clock.
  // biome-ignore format: a table
  const packets = [
    ['4100 0163 2ac09c8e 00000000 00000000 4095 0000', 0],
    ['0100 0164 2ac38c38 0001a5b3 00100000 4096 33b9 fcdd', 108_946],
    ['2100 0164 2ac54c3d 0001b869 000ffe8f 4098 33ba', 223_641],
    ['0100 0164 2ac656a6 000106cc 00100000 4099 33ba a27a', 291_838],
  ] as const
  const alone = packets.map(([bytes, micros]) => [0, bytes, micros] as const)
  assert.equal(found(recognise(datagrams(...alone))).sureness, 'likely')
  // Any other packet whose clock disagrees speaks against it.
  const wrong = alone.map(([side, bytes, micros], i) => [side, bytes, i < 2 ? micros : 0] as const)
  assert.equal(recognise(datagrams(...wrong)), 'no')
})

test('a field that never changes, or that counts, is no clock', () => {
  const data = (micros: number, seq: number) =>
    `0100 0009 ${hex32(micros)} 00000010 00010000 ${hex32(seq).slice(4)} 0021 aabbcc`
  const hex32 = (value: number) => value.toString(16).padStart(8, '0')
  const sent = (each: (index: number) => [micros: number, seq: number]) =>
    recognise(
      datagrams(...Array.from({ length: 8 }, (_, i) => [0, data(...each(i)), 30_000 * i] as const)),
    )
  assert.equal(found(sent((i) => [0x10_0000 + 30_100 * i, i])).sureness, 'likely')
  // As in a game whose packets begin with a type, a length and a token.
  assert.equal(
    sent(() => [0x1101_11a3, 7]),
    'no',
  )
  assert.equal(
    sent((i) => [0x10_0000 + i, i]),
    'no',
  )
  assert.equal(
    sent((i) => [0x10_0000 + 1_400 * i, i]),
    'no',
  )
  assert.equal(
    sent((i) => [0x10_0000 + 30_100 * i, 7]),
    'no',
  )
})

test('the peer handshake inside a packet is certain by itself', () => {
  const header = '0100 0009 00100000 00000010 00010000 0005 0021'
  const inside = Buffer.from('\x13BitTorrent protocol', 'latin1').toString('hex')
  assert.equal(found(recognise(datagrams([0, header + inside]))).sureness, 'certain')
})

test('a 20-byte DNS query, a Teredo bubble and WireGuard are no uTP', () => {
  // Query for "a.b" with transaction 0x4100: what reads as a SYN of connection 0x0100.
  const dns = '4100 0100 0001 0000 0000 0000 01 61 01 62 00 0001 0001'.replaceAll(' ', '')
  assert.equal(
    recognise(datagrams([0, dns], [0, dns, 5_000_000], [1, dns.replace('0100', '8180')])),
    'no',
  )
  const bubble =
    '600000000000 3b15 2001 0000 9d38 6ab8 2428 d67b 3a62 ffee fe80 0000 0000 0000 0000 0000 0000 0001'
  assert.equal(recognise(datagrams([0, bubble], [1, bubble])), 'no')
  const wireguard = `01000000${'a1b2c3d4'.repeat(36)}`
  assert.equal(
    recognise(datagrams([0, wireguard], [0, wireguard, 5_000_000], [0, wireguard, 10_000_000])),
    'no',
  )
})

test('the same packets are uTP under an id, and nothing where zeros stand in its place', () => {
  const sent = (id: string) =>
    [1, 2, 3, 4].map((count) => {
      const clock = (0x01000000 + count * 20_000).toString(16).padStart(8, '0')
      const hex = `0100 ${id} ${clock} 00000000 00010000 000${count} 0007 61`.replaceAll(' ', '')
      return [0, hex, count * 20_000] as const
    })
  const sightOf = (id: string) => recognise({ ...datagrams(...sent(id)), final: true })
  assert.equal((sightOf('5a17') as Finding).part, 'utp')
  assert.equal(sightOf('0000'), 'no')
})

test('random datagrams are no uTP', () => {
  const random = randomFrom(21)
  for (let round = 0; round < 3000; round++) {
    const given = Array.from({ length: 8 }, (_, i) => {
      const bytes = chance(20 + (random() % 60), random())
      // The first byte right, as it is in every sixteenth datagram of chance.
      bytes[0] = [0x01, 0x11, 0x21, 0x31, 0x41][random() % 5]!
      bytes[1] = 0
      const from = random() % 2 === 0 ? 0 : 1
      return [from, Buffer.from(bytes).toString('hex'), i * 10_000] as const
    })
    const sight = recognise(datagrams(...given))
    assert.equal(typeof sight === 'string' || sight.part !== 'utp', true, JSON.stringify(given))
  }
})

// --- What could be, were its endpoint known ----------------------------------------------------

test('flows without payload, chance, unanswered SYNs, and WebRTC fit; text does not', () => {
  const none = new Uint8Array(0)
  const partOf = (look: Look) => fits(look).map(({ part }) => part)
  assert.deepEqual(partOf(stream(none, none, [])), ['peer'])
  assert.deepEqual(partOf(stream(none, none, [], { fromStart: false })), [])
  assert.deepEqual(partOf(stream(chance(300, 2), none, [300])), ['peer-encrypted'])
  assert.deepEqual(partOf(stream(none, chance(300, 2), [-300])), [])
  assert.deepEqual(partOf(stream(chance(20, 2), none, [20])), [])
  const hello = concat(fromHex('1603010200'), chance(512, 2))
  assert.deepEqual(partOf(stream(hello, none, [517])), [])
  const middle = { fromStart: false }
  assert.deepEqual(partOf(stream(chance(300, 2), none, [300], middle)), ['peer-encrypted'])
  assert.deepEqual(partOf(stream(fromHex('1703030100'), chance(400, 2), [5, -400], middle)), [])
  assert.deepEqual(partOf(stream(bytesOf('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), none, [27])), [])
  assert.deepEqual(partOf(datagrams([0, SYN])), ['utp'])
  const stun = '000100002112a4420102030405060708090a0b0c'
  // Readable by its header: STUN is no uTP, and NTP is neither STUN nor DTLS.
  assert.deepEqual(partOf(datagrams([0, stun.replace('00', '01')])), ['webrtc'])
  assert.deepEqual(partOf(datagrams([0, `23${'00'.repeat(47)}`])), [])
  const wireguard = `01000000${'a1b2c3d4'.repeat(36)}`
  assert.deepEqual(partOf(datagrams([0, wireguard])), [])
  // One time told at two times, and connections that have nothing to do with each other.
  assert.deepEqual(partOf(datagrams([0, SYN], [0, SYN, 3_000_000])), [])
  assert.deepEqual(partOf(datagrams([0, SYN], [0, SYN.replace('5302', '7777'), 1])), [])
  const dtls = '16fefd0000000000000000 0010 01000004 00000000 00000000 00000000'
  assert.deepEqual(partOf(datagrams([0, stun], [1, dtls])), ['webrtc'])
  assert.deepEqual(partOf(datagrams([0, 'd131393a'])), [])
})
