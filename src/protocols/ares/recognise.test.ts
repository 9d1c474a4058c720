/** Ares: hello and answer of a link, requests in text and scrambled; what they tell. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { unroutable } from '../../core/address.ts'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf, type Transcript } from '../../core/session-check.ts'
import { checkWire } from '../../core/wire-check.ts'
import { handshakeNumbers, scrambled, unscrambled } from './cipher.ts'
import { binary, get, link, makeTalk, push } from './fixtures/make-talk.ts'
import { ares } from './index.ts'
import { frameWire } from './wire/frame.ts'
import { requestWire } from './wire/request.ts'

const URN = 'urn:sha1:AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYU'

function sightOf(flow: CapturedFlow): string {
  for (let count = 1; count <= flow.pieces.length; count++) {
    const sight = ares.recognise(lookAt(flow, count))
    if (typeof sight !== 'string') return `${sight.part} ${sight.sureness}`
    if (sight === 'no') return 'no'
  }
  return 'no'
}

const tcp = (...talk: Transcript) => sightOf(madeFlow('tcp', talk))
const udp = (...talk: Transcript) => sightOf(madeFlow('udp', talk))

test('scrambling is undone, and is that of the source', () => {
  // By hand after as_crypt.c: key 0x1ae1, 'a' ^ 0x1a = 7b; (1ae1 + 7b) × 5ca0 + 15ec = 7c6c (mod 2^16).
  assert.deepEqual(
    scrambled(bytesOf('aa'), handshakeNumbers(0x1ae1)),
    Uint8Array.of(0x7b, 0x61 ^ keyAfter()),
  )
  const plain = fromHex('00ff10203040506070')
  const numbers = handshakeNumbers(34_567)
  assert.deepEqual(unscrambled(scrambled(plain, numbers), numbers), plain)
})

/** (0x1ae1 + 0x7b) × 0x5ca0 + 0x15ec in whole numbers, its second byte. */
function keyAfter(): number {
  return Math.floor((((0x1ae1 + 0x7b) * 0x5ca0 + 0x15ec) % 65_536) / 256)
}

test('the wires pass the examination', () => {
  checkWire(
    frameWire,
    link.map(([, bytes]) => bytes),
  )
  checkWire(requestWire, [binary[0]![1]])
})

test('the fixture is what its maker makes, and its flows are recognised', () => {
  const path = repositoryFile('src/protocols/ares/fixtures/talk.pcap')
  const file = new Uint8Array(readFileSync(path))
  assert.deepEqual(file, makeTalk())
  assert.deepEqual(flowsOf(file).map(sightOf), [
    'supernode certain',
    'peer certain',
    'no',
    'peer certain',
  ])
  const fits = ares.fits!(lookAt(flowsOf(file)[2]!))
  assert.deepEqual(
    fits.map(({ part, alone }) => [part, alone]),
    [['peer', 'likely']],
  )
})

test('near misses', () => {
  const hello = link[0]!
  assert.equal(tcp(hello), 'supernode likely')
  assert.equal(tcp(hello, [1, fromHex('0500 3c 0102030405')]), 'no')
  assert.equal(tcp(hello, [1, fromHex('8700 40')]), 'no')
  assert.equal(tcp([0, fromHex('03005a060604')]), 'no')
  assert.equal(tcp([0, concat(hello[1], fromHex('00'))]), 'no')
  assert.equal(tcp([0, fromHex('0300000b06e00000000000')]), 'no')
  assert.equal(tcp([0, bytesOf('GET sha1:abc HTTP/1.1\r\n\r\n')]), 'no')
  assert.equal(tcp([0, bytesOf('GET / HTTP/1.1\r\n\r\n')]), 'no')
  const damaged = binary[0]![1].slice()
  damaged[8]! ^= 0x40
  assert.deepEqual(ares.fits!(lookAt(madeFlow('tcp', [[0, damaged]]))), [])
  assert.deepEqual(ares.fits!(lookAt(madeFlow('tcp', [[0, new Uint8Array(80)]]))), [])
})

test('the DHT is likely where a question has its answer', () => {
  const ask = [0, fromHex('e955 0011223344')] as const
  assert.equal(udp(ask, [1, fromHex('e956 0011223344')]), 'dht likely')
  assert.equal(udp(ask), 'no')
  assert.equal(udp(ask, [1, fromHex('e951 0011223344')]), 'no')
  assert.equal(udp([0, fromHex('e9034101 98ab0102')], [1, fromHex('e9034201 98ab0102')]), 'no')
  const counted = ['e960 00', 'e961 00', 'e962 00', 'e963 00'].map(fromHex)
  assert.equal(udp(...counted.map((bytes, i) => [i % 2 === 0 ? 0 : 1, bytes] as const)), 'no')
})

test('a link tells supernodes, clients and who has what', () => {
  const kept = checkSession(ares, factsOf('tcp', 'supernode'), link)
  assert.deepEqual(
    kept
      .of('claim')
      .map(({ about, part, via, content }) => [about.ip, about.port, part, via, content]),
    [
      ['203.0.113.20', 27_000, 'supernode', 'answer', undefined],
      ['203.0.113.21', 31_337, 'supernode', 'answer', undefined],
      ['192.0.2.1', 34_567, 'peer', 'login', undefined],
      ['203.0.113.20', 27_000, 'supernode', 'result', undefined],
      ['198.51.100.7', 40_404, 'peer', 'result', URN],
    ],
  )
  assert.deepEqual(
    kept.of('client').map(({ nick, software, listens }) => [nick, software, listens?.port]),
    [['someone', 'Ares 1.9.9', 34_567]],
  )
  assert.deepEqual(
    kept.of('share').map(({ content, size, name }) => [content, size, name]),
    [[URN, 4_200_000, '.mp3']],
  )
  assert.deepEqual(
    kept.of('request').map(({ what, content }) => [what, content]),
    [['locate', URN]],
  )
})

test('transfers tell contents, nicks and addresses', () => {
  const of = (talk: Transcript) => checkSession(ares, factsOf('tcp', 'peer'), talk)
  const text = of(get)
  assert.deepEqual(
    text.of('request').map(({ content }) => content),
    [URN],
  )
  assert.deepEqual(
    of(push)
      .of('share')
      .map(({ content }) => content),
    [URN],
  )
  const kept = of(binary)
  assert.deepEqual(
    kept.of('request').map(({ content }) => content),
    [URN],
  )
  assert.deepEqual(
    kept.of('client').map(({ nick, software }) => [nick, software]),
    [['someone', 'Ares 1.9.9.3045']],
  )
  assert.deepEqual(
    kept.of('claim').map(({ about, part }) => [about.ip, about.port, part]),
    [
      ['203.0.113.20', 27_000, 'supernode'],
      ['198.51.100.8', 34_567, 'peer'],
    ],
  )
  assert.deepEqual(
    kept.of('transfer').map(({ bytes }) => bytes),
    [7],
  )
  const check = new Ajv2020({ allErrors: true }).compile(ares.logs!.ares!)
  const linked = checkSession(ares, factsOf('tcp', 'supernode'), link)
  for (const { fields } of [text, kept, of(push), linked].flatMap((one) => one.of('message'))) {
    assert.ok(check(fields), JSON.stringify([fields, check.errors]))
  }
})

test('three links of a real client, whose answers tell 19 supernodes each', (context) => {
  const path = sharedCapture('third-party/p2p/bittorrent/mercury-capture2.pcap')
  if (path === undefined) return context.skip('the shared captures are not on this machine')
  const flows = flowsOf(readFileSync(path)).filter((flow) => {
    return flow.carrier === 'tcp' && sightOf(flow) === 'supernode certain'
  })
  assert.equal(flows.length, 3)
  for (const { ends, pieces } of flows) {
    const talk = pieces.map(({ from, bytes }) => [from, bytes] as const)
    const kept = checkSession(ares, { ...factsOf('tcp', 'supernode'), ends }, talk)
    const nodes = kept.of('claim').filter(({ via }) => via === 'answer')
    assert.equal(nodes.length, 19)
    // With a wrong key they would be chance: a quarter of all addresses is none that anybody has.
    assert.ok(nodes.every(({ about }) => unroutable(about.ip) === undefined && about.port > 1023))
  }
})
