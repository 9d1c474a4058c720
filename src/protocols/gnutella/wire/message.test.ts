/** Gnutella messages on links and in datagrams: golden vectors, every payload, damage. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { ByteWriter, bytesOf, concat, fromHex, hex } from '../../../core/bytes.ts'
import type { Message } from '../../../core/outcome.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { emitExtensions, extensionsOf, ggepOf, textExtension, urnsOf } from './extensions.ts'
import { ggepItem } from './ggep.ts'
import { couldBeHeader } from './header.ts'
import {
  datagramWire,
  emitMessage,
  type GnutellaMessage,
  messageWire,
  parseDatagram,
  parseMessage,
} from './message.ts'
import type { Payload } from './payload.ts'
import { queryFlags, wantsOutOfBand } from './query-flags.ts'
import { trailerOf } from './query-hit.ts'
import { outOfBandAddress, vendorFacts } from './vendor.ts'

// Real packets of gnutella-plain: a ping that asks a host cache, and its answer.
const PING = fromHex(
  'e1d531028969e0697b5736ac1b0a82c3 00 01 00 10000000 c30353435041018256434547544b4783',
)
const PONG = fromHex(
  'e1d531028969e0697b5736ac1b0a82c3 01 01 00 29000000 ca18c633640500000000 08000000' +
    'c30256434547544b47830347554541020255504302ff3282445540',
)
const TIME_SYNC = fromHex('66151b87000e71cf0000000000000000 31 01 00 09000000 47544b470900010000')
// A DHT ping of a servent at 93.47.226.53:28681, shortened only in its GUID.
const DHT = fromHex(
  'f7483102b05f56722c92b7b9fa24a83a 44 00 00 26000000 01 47544b47 0000' +
    '289d0a8d06deffc8263c33897c2c9179fd84ab61 04 5d2fe235 7009 01 01 0000',
)

const GUID = fromHex('5d2fe235310200641ac4f2e94e09700f')
const SERVENT = fromHex('00112233445566778899aabbccddeeff')
const SHA1 = 'urn:sha1:XGIJGNERG2QXOEKUJT23MRPQ53GT6Z7S'

function made(kind: number, payload: Payload, ttl = 4, hops = 1): Uint8Array {
  return emitMessage({ guid: GUID, kind, ttl, hops, payload })
}

const HIT: Payload = {
  type: 'query-hit',
  port: 6346,
  ip: '192.0.2.9',
  speed: 350,
  hits: [
    { index: 1, size: 200_000, name: 'blue danube.ogg', extra: bytesOf(SHA1) },
    { index: 2, size: 7, name: 'b', extra: new Uint8Array(0) },
  ],
  // Vendor, two flag bytes (push is told, busy is), GGEP with an empty BH.
  trailer: concat(bytesOf('LIME\x02\x05\x25'), fromHex('c3 82 42 48 40')),
  servent: SERVENT,
}

const SAMPLES = [
  PING,
  PONG,
  TIME_SYNC,
  DHT,
  made(0x02, { type: 'bye', code: 200, text: bytesOf('Servent shutdown\0') }),
  made(0x30, { type: 'qrp-reset', slots: 65_536, infinity: 7, extra: new Uint8Array(0) }),
  made(0x30, { type: 'qrp-patch', number: 1, count: 2, compressor: 1, entryBits: 4, data: GUID }),
  made(0x30, { type: 'qrp-other', variant: 9, data: GUID }),
  made(0x40, {
    type: 'push',
    servent: SERVENT,
    index: 3,
    ip: '192.0.2.9',
    port: 6346,
    extra: new Uint8Array(0),
  }),
  made(0x41, { type: 'rudp', data: bytesOf('data') }),
  made(0x80, { type: 'query', flags: 0xf900, text: 'pinkfloyd', extra: bytesOf(SHA1) }),
  made(0x81, HIT),
  made(0xcd, { type: 'hsep', triples: [[1n, 2n, 2n ** 63n]] }),
  made(0x77, { type: 'other', data: GUID }),
]

function read(bytes: Uint8Array): GnutellaMessage {
  const outcome = parseMessage(bytes, 0)
  assert.equal(outcome.kind, 'message', JSON.stringify(outcome))
  return (outcome as Message<GnutellaMessage>).message
}

test('every message of a link reads back to itself', () => {
  checkWire(messageWire, SAMPLES)
})

test('every message is also a datagram', () => {
  checkWire(datagramWire, SAMPLES)
})

test('a pong: port little-endian, address in network order (golden vector)', () => {
  const bytes = fromHex('1724 71fc56a2 16000000 00000000')
  const { payload } = read(concat(PONG.subarray(0, 19), fromHex('0e000000'), bytes))
  assert.deepEqual(payload, {
    type: 'pong',
    port: 9239,
    ip: '113.252.86.162',
    files: 22,
    kbytes: 0,
    extra: new Uint8Array(0),
  })
})

test('a real pong: address, and the names of its GGEP extensions', () => {
  const { payload, ttl, hops, kind } = read(PONG)
  assert.deepEqual([kind, ttl, hops], [1, 1, 0])
  assert.ok(payload.type === 'pong')
  assert.deepEqual([payload.ip, payload.port, payload.kbytes], ['198.51.100.5', 6346, 8])
  const block = ggepOf(extensionsOf(payload.extra, 0, payload.extra.length))
  assert.deepEqual(
    block?.items.map((item) => item.id),
    ['VC', 'GUE', 'UP', 'DU'],
  )
})

test('a query: flags big-endian, and the address in its GUID (golden vector)', () => {
  const { payload, guid } = read(SAMPLES[10]!)
  assert.ok(payload.type === 'query')
  assert.equal(payload.text, 'pinkfloyd')
  assert.deepEqual(queryFlags(payload.flags), [
    'firewalled',
    'xml',
    'leaf-guided',
    'ggep-hash',
    'semi-reliable-udp',
  ])
  assert.ok(!wantsOutOfBand(payload.flags))
  assert.ok(wantsOutOfBand(0x8400))
  assert.ok(!wantsOutOfBand(0x0400), 'an old minimum speed is no flags')
  assert.deepEqual(outOfBandAddress(guid), { ip: '93.47.226.53', port: 28_681 })
})

test('a hit: its files, and what its trailer tells', () => {
  const { payload } = read(made(0x81, HIT))
  assert.ok(payload.type === 'query-hit')
  assert.deepEqual(
    payload.hits.map((hit) => [hit.index, hit.size, hit.name]),
    [
      [1, 200_000, 'blue danube.ogg'],
      [2, 7, 'b'],
    ],
  )
  const extra = payload.hits[0]!.extra
  assert.equal(urnsOf(extensionsOf(extra, 0, extra.length))[0]?.urn, SHA1)
  assert.equal(hex(payload.servent), '00112233445566778899aabbccddeeff')
  const trailer = trailerOf(payload.trailer)
  // Enabler 05, flags 25: push and busy are both told and set; GGEP is announced in one byte only.
  assert.deepEqual(
    [trailer?.vendor, trailer?.push, trailer?.busy, trailer?.ggep],
    ['LIME', true, true, undefined],
  )
  const both = trailerOf(concat(bytesOf('LIME\x02\x25\x25'), fromHex('c3 82 42 48 40')))
  assert.deepEqual(
    both?.ggep?.items.map((item) => item.id),
    ['BH'],
  )
  // NapShare: one byte of flags.
  assert.deepEqual(trailerOf(bytesOf('NAPS\x01\x01'))?.vendor, 'NAPS')
})

test('hits that claim more than is there are refused before any is read', () => {
  const bytes = made(0x81, HIT)
  bytes[23] = 255
  assert.deepEqual(parseMessage(bytes, 0), { kind: 'malformed', fault: 'hits-missing', at: 23 })
})

test('a length beyond 65,535 is a fault, unless it is marked as flags', () => {
  const bytes = PING.slice()
  bytes[22] = 0x01
  assert.deepEqual(parseMessage(bytes, 0), { kind: 'malformed', fault: 'length-unsound', at: 19 })
  bytes[22] = 0x80
  assert.equal(read(bytes).marks, 0x8000)
})

test('a DHT message: the only big-endian port', () => {
  const { payload } = read(DHT)
  assert.ok(payload.type === 'dht')
  assert.deepEqual(payload.contact.endpoint, { ip: '93.47.226.53', port: 28_681 })
  assert.equal(payload.opcode, 1)
})

test('a deflated datagram is inflated, a damaged or huge one is a fault', () => {
  const plain = made(0x80, {
    type: 'query',
    flags: 0x8000,
    text: 'a'.repeat(300),
    extra: new Uint8Array(0),
  })
  const packed = (data: Uint8Array): Uint8Array => {
    const zipped = deflateSync(data)
    const header = plain.slice(0, 23)
    header[17] = 0x81
    header.set(new ByteWriter().u32le(zipped.length).finish(), 19)
    return concat(header, zipped)
  }
  const outcome = parseDatagram(packed(plain.slice(23)), 0)
  assert.ok(outcome.kind === 'message')
  assert.ok(outcome.message.deflated)
  assert.ok(outcome.message.payload.type === 'query')
  assert.equal(outcome.message.payload.text.length, 300)
  const bomb = parseDatagram(packed(new Uint8Array(3_000_000)), 0)
  assert.deepEqual(bomb, { kind: 'malformed', fault: 'deflate-damaged', at: 23 })
  const damaged = packed(plain.slice(23))
  damaged[25]! ^= 0xff
  assert.equal(parseDatagram(damaged, 0).kind, 'malformed')
})

test('a datagram whose length is not its own is refused', () => {
  assert.deepEqual(parseDatagram(concat(PONG, new Uint8Array(1)), 0), {
    kind: 'malformed',
    fault: 'length-not-datagram',
    at: 19,
  })
})

test('headers are told from other bytes', () => {
  assert.ok(couldBeHeader(PONG, 0, true))
  assert.ok(!couldBeHeader(PONG, 1, true))
  const deflated = PONG.slice()
  deflated[17] = 0x81
  assert.ok(couldBeHeader(deflated, 0, true))
  assert.ok(!couldBeHeader(deflated, 0, false))
})

test('vendor messages: names, ports to call back, addresses', () => {
  const facts = (vendor: string, selector: number, version: number, data: string) =>
    vendorFacts({ type: 'vendor', vendor, selector, version, data: fromHex(data) })
  assert.deepEqual(facts('BEAR', 7, 1, 'ca18').callback, { port: 6346, carriers: 'tcp' })
  assert.deepEqual(facts('GTKG', 7, 2, 'ca18').callback, { port: 6346, carriers: 'udp' })
  assert.deepEqual(facts('LIME', 22, 2, 'c6336405ca18').endpoints, [
    { endpoint: { ip: '198.51.100.5', port: 6346 }, via: 'push-proxy', carriers: 'both' },
  ])
  assert.deepEqual(facts('\0\0\0\0', 0, 0, '0100 42454152 0400 0100').fields, {
    supported: ['BEAR/4v1'],
  })
  // Head pong: found, with alternate locations (flag 2).
  assert.deepEqual(
    facts('LIME', 24, 1, '02 01 4c494d45 7f 0006 c6336405ca18').endpoints[0]?.endpoint,
    { ip: '198.51.100.5', port: 6346 },
  )
  assert.equal(facts('XXXX', 7, 1, '').name, 'unknown')
})

test('extensions: HUGE names, plain text and GGEP stand side by side', () => {
  const list = [
    textExtension(SHA1),
    textExtension('128 kbps'),
    { type: 'ggep', block: { items: [ggepItem('BH')] } } as const,
  ]
  const bytes = emitExtensions(list)
  const back = extensionsOf(bytes, 0, bytes.length)
  assert.deepEqual(
    back.map((extension) => extension.type),
    ['text', 'text', 'ggep'],
  )
  assert.equal(urnsOf(back)[0]?.urn, SHA1)
  const cut = extensionsOf(bytes, 0, bytes.length - 1)
  assert.ok(cut[2]?.type === 'bad-ggep' && cut[2].fault === 'ggep-cut')
})
