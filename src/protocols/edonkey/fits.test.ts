/**
 * Flows that say nothing readable: obfuscated aMule 2.3.3 is named by structure alone, and what
 * looks alike in one way or another is not.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { flowsOf, lookAt } from '../../core/captured-flows.ts'
import type { Datagram, Fit, Look } from '../../core/protocol.ts'
import { randomFrom } from '../../core/random.ts'
import { repositoryFile } from '../../core/repository.ts'
import { factsOf, feed } from '../../core/session-check.ts'
import { fits } from './fits.ts'
import { edonkey } from './index.ts'

const ENDS = [
  { ip: '192.0.2.1', port: 40_000 },
  { ip: '198.51.100.2', port: 5000 },
] as const
const NONE = new Uint8Array(0)

function noise(seed: number): (size: number) => Uint8Array {
  const random = randomFrom(seed)
  return (size) => Uint8Array.from({ length: size }, () => random())
}

function udpLook(datagrams: readonly Datagram[]): Look {
  return {
    carrier: 'udp',
    fromStart: true,
    heads: [NONE, NONE],
    totals: [0, 0],
    segments: [],
    datagrams,
    ends: ENDS,
    final: true,
  }
}

function aloneOf(look: Look): string | undefined {
  return fits(look).find((fit: Fit) => fit.alone !== undefined)?.part
}

/** Datagrams of sizes, with random content and the given two low bits in the first byte. */
function datagramsOf(
  plan: readonly (readonly [from: 0 | 1, size: number, low: 0 | 1 | 2 | 3])[],
  seed = 5,
): Datagram[] {
  const make = noise(seed)
  return plan.map(([from, size, low], index) => {
    const bytes = make(size)
    // No mark begins like a clear datagram.
    bytes[0] = ((index * 37 + seed * 11) % 24) * 4 + low
    return { from, bytes, size, micros: 100_000 * index }
  })
}

test('every obfuscated flow of the capture is named, Kad and between clients', () => {
  const named = flowsOf(
    readFileSync(repositoryFile('src/protocols/edonkey/fixtures/obfuscated.pcap')),
  )
    .filter((flow) => flow.pieces.length > 0)
    .map((flow) => [flow.carrier, aloneOf(lookAt(flow, 1_000))])
  assert.deepEqual(named.sort(), [
    ['tcp', 'peer-obfuscated'],
    ['tcp', 'peer-obfuscated'],
    ['udp', 'kad-obfuscated'],
    ['udp', 'kad-obfuscated'],
    ['udp', 'kad-obfuscated'],
  ])
})

const TALK = [
  [0, 18, 0],
  [1, 20, 2],
  [0, 51, 0],
  [1, 35, 2],
] as const

test('two completed exchanges of different kinds are enough', () => {
  assert.equal(aloneOf(udpLook(datagramsOf(TALK))), 'kad-obfuscated')
})

test('what a mirrored port captures twice says as much as once, and no more', () => {
  const twice = datagramsOf(TALK).flatMap((each) => [each, { ...each, micros: each.micros + 3 }])
  assert.equal(aloneOf(udpLook(twice)), 'kad-obfuscated')
  assert.equal(aloneOf(udpLook(twice.slice(0, 6))), undefined)
})

test('one exchange, or two of one kind, only fit a known endpoint', () => {
  const lookups = [
    [0, 51, 0],
    [1, 35, 2],
    [1, 51, 0],
    [0, 60, 2],
  ] as const
  for (const plan of [TALK.slice(0, 2), TALK.slice(2), lookups]) {
    const look = udpLook(datagramsOf(plan))
    assert.equal(aloneOf(look), undefined)
    assert.deepEqual(
      fits(look).map((fit) => fit.part),
      ['kad-obfuscated'],
    )
  }
})

test('one wrong mark or size speaks against it', () => {
  const wrong = (at: number, change: readonly [0 | 1, number, 0 | 1 | 2 | 3]) =>
    aloneOf(udpLook(datagramsOf(TALK.map((each, index) => (index === at ? change : each)))))
  assert.equal(wrong(1, [1, 20, 0]), undefined)
  assert.equal(wrong(1, [1, 20, 3]), undefined)
  assert.equal(wrong(2, [0, 52, 0]), undefined)
  assert.equal(wrong(3, [1, 36, 2]), undefined)
})

test('the same sizes behind a fixed header are another protocol', () => {
  const datagrams = datagramsOf(TALK)
  for (const each of datagrams) each.bytes[2] = 0x42
  assert.equal(aloneOf(udpLook(datagrams)), undefined)
  const constant = datagramsOf(TALK)
  for (const each of constant) each.bytes[0] = 0x40 + (each.bytes[0]! % 4)
  assert.equal(aloneOf(udpLook(constant)), undefined)
})

test('an answer that comes too late is none', () => {
  const late = datagramsOf(TALK).map((each, index) => ({ ...each, micros: 10_000_000 * index }))
  assert.equal(aloneOf(udpLook(late)), undefined)
})

test('random datagrams of random sizes are never named by themselves', () => {
  const random = randomFrom(11)
  const make = noise(12)
  for (let round = 0; round < 20_000; round++) {
    const datagrams = Array.from({ length: 4 + (random() % 5) }, (_, index) => {
      const size = 18 + (random() % 60)
      return {
        from: index % 2 === 0 ? 0 : 1,
        bytes: make(size),
        size,
        micros: 1000 * index,
      } as const
    })
    assert.equal(aloneOf(udpLook(datagrams)), undefined, `round ${round}`)
  }
})

function tcpLook(sizes: readonly number[], make = noise(6)): Look {
  const bytes: [Uint8Array[], Uint8Array[]] = [[], []]
  for (const size of sizes) bytes[size > 0 ? 0 : 1].push(make(Math.abs(size)))
  const heads = bytes.map((all) => Uint8Array.from(all.flatMap((each) => [...each])))
  if (heads[0]!.length > 0) heads[0]![0] = 0x49
  return {
    carrier: 'tcp',
    fromStart: true,
    heads: [heads[0]!, heads[1]!],
    totals: [heads[0]!.length, heads[1]!.length],
    segments: sizes,
    datagrams: [],
    ends: ENDS,
    final: true,
  }
}

test('secure identification after the negotiation names a connection between clients', () => {
  assert.equal(aloneOf(tcpLook([97, -76, 94, -93, -11, 11, 83, -83, -55, 55])), 'peer-obfuscated')
  assert.equal(aloneOf(tcpLook([97, -76, 94, -93, -11, 11, 83, -83, -56, 56])), 'peer-obfuscated')
})

test("aMule's two frames directly after the greetings are enough, elsewhere they are not", () => {
  assert.equal(aloneOf(tcpLook([97, -76, 94, -93, -23, -11])), 'peer-obfuscated')
  assert.equal(aloneOf(tcpLook([97, -76, 94, -93, 11, 23])), 'peer-obfuscated')
  assert.equal(aloneOf(tcpLook([97, -76, 94, -93, -23, 11])), undefined)
  assert.equal(aloneOf(tcpLook([97, -76, 94, -193, -23, -11])), undefined)
  assert.equal(aloneOf(tcpLook([97, -76, 94, -93, -24, -11])), undefined)
  assert.equal(aloneOf(tcpLook([97, -76, 94, -93, -23, -11, 11, 83])), 'peer-obfuscated')
  assert.equal(aloneOf(tcpLook([97, -76, 94, -93, -23, -11, 11, 84])), undefined)
})

test('frames that were joined on their way count beside three that stand alone', () => {
  const joined = [97, -76, 94, -93, -34, 11, 147, -83, -118, 55]
  assert.equal(aloneOf(tcpLook(joined)), 'peer-obfuscated')
  assert.equal(aloneOf(tcpLook([97, -76, 94, -93, -34, 11, 106, -84, -55])), undefined)
  assert.equal(aloneOf(tcpLook(joined.map((size) => (size === 11 ? 12 : size)))), undefined)
})

test('a slot that is asked for, granted and used tells where whole turns were joined', () => {
  // 23 and 11 are joined with the answer to HELLO; 11, 41, 23 and 83; 83, 68 and 55.
  const turns = [97, -76, 94, -127, 158, -206, 77, -6, 46, -5200]
  assert.equal(aloneOf(tcpLook(turns)), 'peer-obfuscated')
  assert.equal(aloneOf(tcpLook([97, -76, 94, -93, 22, -40, -6, 70, -1448])), 'peer-obfuscated')
  const swapped = (from: number, to: number) =>
    aloneOf(tcpLook(turns.map((size) => (size === from ? to : size))))
  assert.equal(swapped(77, 76), undefined)
  assert.equal(swapped(-6, -7), undefined)
  assert.equal(swapped(46, 47), undefined)
  assert.equal(swapped(-5200, -300), undefined)
  assert.equal(swapped(97, 11), undefined)
  assert.equal(swapped(-127, -400), undefined)
  // By one side alone, and before the parts come.
  assert.equal(swapped(-6, 6), undefined)
  assert.equal(aloneOf(tcpLook(turns.slice(0, -1))), undefined)
})

test('shown before its end, identification is enough, and the two frames are not yet', () => {
  const early = (sizes: readonly number[]) => aloneOf({ ...tcpLook(sizes), final: false })
  assert.equal(early([97, -76, 94, -93, -34, 11, 41, 23, 83, -83]), 'peer-obfuscated')
  assert.equal(early([97, -76, 94, -93, -23, -11]), undefined)
})

test('the session of an obfuscated stream reads nothing and does not give it up', () => {
  const make = noise(9)
  const { kept, session } = feed(edonkey, factsOf('tcp', 'peer-obfuscated'), [
    [0, make(97)],
    [1, make(5000)],
  ])
  assert.deepEqual(kept.said, [])
  assert.equal(session.lost, false)
})

test('three of its six frames only fit a known endpoint, a negotiation out of range not even that', () => {
  const three = tcpLook([97, -76, 94, -93, -11, 11, 83])
  assert.equal(aloneOf(three), undefined)
  assert.ok(fits(three).some((fit) => fit.part === 'peer-obfuscated'))
  assert.deepEqual(fits(tcpLook([400, -76, 94, -93, -11, 11, 83, -83])), [])
  assert.deepEqual(fits(tcpLook([97, -300, 94, -93, -11, 11, 83, -83])), [])
})

test('a segment shorter than a frame is none of ours, unless it is the rest of a long message', () => {
  const sizes = [97, -76, 94, -93, -11, 11, 83, -83]
  assert.equal(aloneOf(tcpLook([...sizes, -1448, -3])), 'peer-obfuscated')
  assert.equal(aloneOf(tcpLook([...sizes, 1448, -3])), undefined)
  assert.equal(aloneOf(tcpLook([...sizes, -3])), undefined)
})

test('random streams of random segments are never named by themselves', () => {
  const random = randomFrom(13)
  const make = noise(14)
  for (let round = 0; round < 3_000; round++) {
    const sizes = Array.from(
      { length: 16 },
      () => (1 + (random() % 300)) * (random() % 2 === 0 ? 1 : -1),
    )
    sizes[0] = Math.abs(sizes[0]!)
    assert.equal(aloneOf(tcpLook(sizes, make)), undefined, `round ${round}`)
  }
})

test('the exchange of keys with a server fits a known server', () => {
  const parts = (sizes: readonly number[]) => fits(tcpLook(sizes)).map((fit) => fit.part)
  assert.ok(parts([101, -110]).includes('server-obfuscated'))
  assert.ok(!parts([97, -110]).includes('server-obfuscated'))
  assert.ok(!parts([114, -110]).includes('server-obfuscated'))
  assert.ok(!parts([101, -102]).includes('server-obfuscated'))
})

test('readable streams fit nothing, silent ones fit what was taught', () => {
  const text = new TextEncoder().encode('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n')
  const look = { ...tcpLook([200, -200]), heads: [text, NONE] as const }
  assert.deepEqual(fits(look), [])
  const silent: Look = { ...tcpLook([]), heads: [NONE, NONE], totals: [0, 0] }
  assert.deepEqual(
    fits(silent).map((fit) => fit.taughtAs),
    [['peer'], ['server']],
  )
})

test('from the middle only chance fits, and silence fits only an attempt', () => {
  const middle = (heads: readonly [Uint8Array, Uint8Array]): Look => ({
    ...tcpLook([200]),
    fromStart: false,
    heads,
    totals: [heads[0].length, heads[1].length],
  })
  const parts = (...heads: [Uint8Array, Uint8Array]) => fits(middle(heads)).map(({ part }) => part)
  const make = noise(21)
  assert.deepEqual(parts(make(200), NONE), ['peer', 'server'])
  assert.deepEqual(parts(make(60), NONE), [])
  assert.deepEqual(parts(new TextEncoder().encode('GET / HTTP/1.1\r\n'.repeat(20)), NONE), [])
  assert.deepEqual(parts(Uint8Array.of(0x17, 3, 3, 4, 0, ...make(1024)), NONE), [])
  assert.deepEqual(parts(make(200), new Uint8Array(200)), [])
  assert.deepEqual(parts(NONE, NONE), [])
})

test('datagrams behind a header fit nothing, even where their first bytes could be marks', () => {
  const datagrams = datagramsOf(TALK)
  const parts = () => fits(udpLook(datagrams)).map(({ part }) => part)
  assert.deepEqual(parts(), ['kad-obfuscated'])
  for (const { bytes } of datagrams) bytes.set([1, 2, 3], 2)
  assert.deepEqual(parts(), [])
})

test('a datagram that comes again byte by byte is not obfuscated, unless it was captured twice', () => {
  const [first] = datagramsOf(TALK)
  const again = (micros: number) => fits(udpLook([first!, { ...first!, micros }]))
  assert.deepEqual(again(100_000), [])
  assert.deepEqual(again(100)[0]?.part, 'kad-obfuscated')
})

test('short clear datagrams, too weak to be named, fit what was taught', () => {
  const ping = { from: 0 as const, bytes: Uint8Array.of(0xe4, 0x60), size: 2, micros: 0 }
  assert.deepEqual(
    fits(udpLook([ping])).map(({ part, taughtAs }) => [part, taughtAs]),
    [['kad', ['kad']]],
  )
})
