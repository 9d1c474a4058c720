/** What is Gnutella by its first bytes, how sure that is, and what only looks like it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { repositoryFile } from '../../core/repository.ts'
import { gnutella } from './index.ts'
import { emitMessage } from './wire/message.ts'
import type { Payload } from './wire/payload.ts'

function tcp(transcript: [Side, string | Uint8Array][], fromStart = true): string {
  const flow = madeFlow(
    'tcp',
    transcript.map(([side, bytes]) => [side, typeof bytes === 'string' ? bytesOf(bytes) : bytes]),
    fromStart,
  )
  const sight = gnutella.recognise(lookAt(flow))
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

function udp(...datagrams: Uint8Array[]): string {
  const flow = madeFlow(
    'udp',
    datagrams.map((bytes) => [0, bytes]),
  )
  const sight = gnutella.recognise(lookAt(flow))
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

test('every flow of the fixtures is recognised, each as its part', () => {
  const parts = (name: string): string[] =>
    flowsOf(readFileSync(repositoryFile(`src/protocols/gnutella/fixtures/${name}.pcap`))).map(
      (flow) => {
        const sight = gnutella.recognise(lookAt(flow))
        return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
      },
    )
  assert.deepEqual(parts('leaf-link'), ['gnutella certain'])
  assert.deepEqual(parts('push-transfer'), ['transfer certain'])
  assert.deepEqual(parts('cache-and-refused'), ['gwebcache certain', 'gnutella certain'])
  assert.deepEqual(parts('mldonkey').sort(), ['gnutella certain', 'gwebcache certain'])
  assert.deepEqual(new Set(parts('udp')), new Set(['udp certain']))
  assert.deepEqual(new Set(parts('g2')), new Set(['g2 certain', 'gwebcache certain']))
})

test('the first payload of a link is enough', () => {
  const [flow] = flowsOf(
    readFileSync(repositoryFile('src/protocols/gnutella/fixtures/leaf-link.pcap')),
  )
  const sight = gnutella.recognise(lookAt(flow!, 1))
  assert.ok(typeof sight === 'object' && sight.sureness === 'certain')
})

test('handshakes of every step, also when only the answer was seen', () => {
  assert.equal(tcp([[0, 'GNUTELLA CONNECT/0.4\n\n']]), 'gnutella certain')
  assert.equal(tcp([[1, 'GNUTELLA/0.6 503 Full\r\n\r\n']]), 'gnutella certain')
  assert.equal(tcp([[1, 'GNUTELLA OK\n\n']]), 'gnutella certain')
  const hub = 'GNUTELLA CONNECT/0.6\r\nAccept: application/x-gnutella2\r\nX-Hub: False\r\n\r\n'
  assert.equal(tcp([[0, hub]]), 'g2 certain')
  assert.equal(tcp([[0, 'GNUTELLA is a network\r\n']]), 'no')
})

const URN = 'urn:sha1:XGIJGNERG2QXOEKUJT23MRPQ53GT6Z7S'

test('transfers by the content they name, by GUIDs, by headers', () => {
  assert.equal(tcp([[0, `GET /uri-res/N2R?${URN} HTTP/1.1\r\n\r\n`]]), 'transfer certain')
  assert.equal(tcp([[0, 'GIV 0:c9be3102eccb340919c0b0c6d84ff6d3/file\n\n']]), 'transfer certain')
  assert.equal(tcp([[0, 'GET /get/1/a.mp3 HTTP/1.0\r\nX-Queue: 1.0\r\n\r\n']]), 'transfer certain')
  assert.equal(
    tcp([[0, 'GET /get/1/a b.mp3 HTTP/1.0\r\nUser-Agent: BearShare 2.2.6\r\n\r\n']]),
    'transfer certain',
  )
  assert.equal(
    tcp([[0, 'GET / HTTP/1.1\r\nAccept: application/x-gnutella-packets\r\n\r\n']]),
    'transfer certain',
  )
})

test('an answer alone tells a transfer by its headers', () => {
  const head = `HTTP/1.1 200 OK\r\nX-Gnutella-Content-URN: ${URN}\r\n\r\n`
  assert.equal(tcp([[1, head]]), 'transfer certain')
  assert.equal(tcp([[1, 'HTTP/1.1 200 OK\r\nServer: x\r\n\r\n']]), 'no')
})

test('a path alone is no evidence', () => {
  // The request of section 4 of Gnutella 0.4.
  const old = 'Connection: Keep-Alive\r\nRange: bytes=0-\r\nUser-Agent: Gnutella\r\n\r\n'
  assert.equal(tcp([[0, `GET /get/1/a b.mp3/ HTTP/1.0\r\n${old}`]]), 'transfer certain')
  assert.equal(tcp([[0, 'GET /get/1/a.mp3 HTTP/1.0\r\nUser-Agent: curl/8\r\n\r\n']]), 'no')
  assert.equal(tcp([[0, 'GET /uri-res/N2R?urn:sha1:ABC HTTP/1.1\r\n\r\n']]), 'no')
  assert.equal(
    tcp([[0, 'GET /.hash=00112233445566778899aabbccddeeff00112233 HTTP/1.1\r\n\r\n']]),
    'no',
  )
  assert.equal(tcp([[0, 'GET / HTTP/1.1\r\nHost: example.org\r\n\r\n']]), 'no')
})

const ASKED = 'GET /gwc?get=1&net=gnutella2&client=RAZA2.7 HTTP/1.0\r\n\r\n'

test('a cache is certain when asked and answered as one', () => {
  const ok = 'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n'
  assert.equal(
    tcp([
      [0, ASKED],
      [1, `${ok}H|192.0.2.9:6346|60\n`],
    ]),
    'gwebcache certain',
  )
  assert.equal(
    tcp([
      [0, ASKED],
      [1, `${ok}I|access|period|3600\n`],
    ]),
    'gwebcache certain',
  )
  assert.equal(
    tcp([
      [0, ASKED],
      [1, `${ok}<html>\n`],
    ]),
    'no',
  )
  assert.equal(tcp([[0, ASKED]]), 'gwebcache likely')
  const page = 'GET /page?url=http://a/&client=shop HTTP/1.0\r\n\r\n'
  assert.equal(
    tcp([
      [0, page],
      [1, `${ok}OK then\nmore\n`],
    ]),
    'no',
  )
  assert.equal(
    tcp([
      [0, page],
      [1, `${ok}{"a":1}\n`],
    ]),
    'no',
  )
  assert.equal(tcp([[0, page]]), 'no')
  const ping = 'GET /gwc?ping=1&client=GNUC&version=1 HTTP/1.0\r\n\r\n'
  assert.equal(
    tcp([
      [0, ping],
      [1, `${ok}PONG GWebCache 1.3\n`],
    ]),
    'gwebcache certain',
  )
  assert.equal(
    tcp([
      [0, ping],
      [1, `${ok}OK\n`],
    ]),
    'no',
  )
  const plain = 'GET /list HTTP/1.0\r\nUser-Agent: curl\r\n\r\n'
  assert.equal(
    tcp([
      [0, plain],
      [1, `${ok}192.0.2.9:6346\n`],
    ]),
    'no',
  )
})

const GUID = fromHex('e1d531028969e069ff5736ac1b0a8200')

function message(kind: number, payload: Payload, guid = GUID): Uint8Array {
  return emitMessage({ guid, kind, ttl: 1, hops: 0, payload })
}

const PING = message(0, { type: 'ping', extra: new Uint8Array(0) })

test('datagrams: a message with payload is certain, a bare ping only likely, if it is modern', () => {
  const query = message(0x80, {
    type: 'query',
    flags: 0x8000,
    text: 'abc',
    extra: new Uint8Array(0),
  })
  assert.equal(udp(query), 'udp certain')
  assert.equal(udp(PING), 'udp likely')
  assert.equal(
    udp(message(0, { type: 'ping', extra: new Uint8Array(0) }, new Uint8Array(16))),
    'no',
  )
  const old = GUID.slice()
  old[8] = 0x12
  assert.equal(udp(message(0, { type: 'ping', extra: new Uint8Array(0) }, old)), 'no')
  assert.equal(udp(concat(query, new Uint8Array(1))), 'no')
  // What is said on links alone, and what never was sent on: another protocol's zeros.
  assert.equal(udp(message(2, { type: 'bye', code: 200, text: bytesOf('bye') })), 'no')
  const still = query.slice()
  still[17] = 0
  assert.equal(udp(still), 'no')
  // Beside other datagrams a ping is a chance hit, and fields of 32 bits are no GUID.
  assert.equal(udp(PING, bytesOf('something else of another protocol')), 'no')
  const fields = fromHex('0333000000000000ff2c84d100000000')
  assert.equal(udp(message(0, { type: 'ping', extra: new Uint8Array(0) }, fields)), 'no')
})

test('datagrams of Gnutella2 by tag and packet', () => {
  assert.equal(udp(fromHex('474e44103e8f0101540b514b525006524e415d2fe2350970')), 'g2 certain')
  // An acknowledgement alone, then two.
  const ack = fromHex('474e4400ab600100')
  assert.equal(udp(ack), 'udp unsure')
  assert.equal(udp(ack, fromHex('474e4400ab610100')), 'g2 likely')
  assert.equal(udp(bytesOf('GNU is not Unix, and this is no G2')), 'no')
})

test('from the middle of a link: messages that lead to each other and tell', () => {
  const query = message(0x80, {
    type: 'query',
    flags: 0x8000,
    text: 'abcd',
    extra: new Uint8Array(0),
  })
  const middle = concat(bytesOf('…rest of a message'), query, PING, query, query)
  assert.equal(tcp([[0, middle]], false), 'gnutella certain')
  assert.equal(tcp([[0, middle]], true), 'no')
  // Pings of zeros, as a file full of zeros has them.
  assert.equal(tcp([[0, new Uint8Array(4096)]], false), 'no')
})

test('what could be Gnutella, were its endpoint known', () => {
  const fits = (bytes: Uint8Array, carrier: 'tcp' | 'udp') =>
    gnutella.fits!(lookAt(madeFlow(carrier, [[0, bytes]]))).map((fit) => fit.part)
  const hello = (suites: string): Uint8Array =>
    concat(
      fromHex(`160301 0030 01 00002c 0303 ${'11'.repeat(32)} 00 0004`),
      fromHex(suites),
      fromHex('0100'),
    )
  assert.deepEqual(fits(hello('c02b 0034'), 'tcp'), ['tls'])
  assert.deepEqual(fits(hello('c02b 1301'), 'tcp'), [])
  assert.equal(tcp([[0, hello('c02b 0034')]]), 'no')
  assert.deepEqual(fits(PING, 'udp'), ['udp'])
})

test('however a start is cut, it is never let go', () => {
  const starts = [
    'GNUTELLA CONNECT/0.6\r\nUser-Agent: x\r\n\r\n',
    'GIV 0:c9be3102eccb340919c0b0c6d84ff6d3/file\n\n',
    'PUSH guid:c9be3102eccb340919c0b0c6d84ff6d3\r\n',
    'QUEUE 73ce6625653fd5579f4c0f2076455505 192.0.2.1:6346\r\n',
    `GET /uri-res/N2R?${URN} HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET http://192.0.2.9:6346/uri-res/N2R?${URN} HTTP/1.1\r\n\r\n`,
    'GET / HTTP/1.1\r\nHost: a\r\naccept: application/x-gnutella-packets\r\n\r\n',
    'GET /get/1/a.mp3 HTTP/1.0\r\nuser-agent: gtk-gnutella/1.2\r\n\r\n',
    ASKED,
  ] as const
  for (const start of starts) {
    for (let cut = 1; cut < start.length; cut++) {
      const flow = madeFlow('tcp', [[0, bytesOf(start.slice(0, cut))]])
      const sight = gnutella.recognise({ ...lookAt(flow), final: false })
      assert.notEqual(sight, 'no', start.slice(0, cut))
    }
  }
})

test('one direction of a cache: who asks, or how it answers', () => {
  const ok = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n'
  assert.equal(tcp([[1, `${ok}H|192.0.2.9:6346|60\r\nU|http://a/b|9\r\n`]]), 'gwebcache likely')
  assert.equal(tcp([[1, `${ok}I|pong|Cache 1.0|gnutella2\r\n`]]), 'gwebcache likely')
  assert.equal(tcp([[1, `${ok}192.0.2.9:6346\r\n192.0.2.10:6346\r\n`]]), 'no')
  assert.equal(tcp([[1, `${ok}H|192.0.2.9:6346|60\r\n<html>\r\n`]]), 'no')
  assert.equal(tcp([[1, `${ok}OK\r\n`]]), 'no')
  const hosts = (agent: string) => `GET /list4 HTTP/1.1\r\nUser-Agent: ${agent}\r\n\r\n`
  assert.equal(tcp([[0, hosts('gtk-gnutella/1.2.3 (2024; GTK2)')]]), 'gwebcache likely')
  assert.equal(tcp([[0, hosts('Shareaza 2.7')]]), 'no')
  // An answer that was captured and is something else decides.
  assert.equal(
    tcp([
      [0, hosts('gtk-gnutella/1.2.3')],
      [1, `${ok}<html>\n`],
    ]),
    'no',
  )
  assert.equal(tcp([[0, ASKED.replace('GET ', 'GET http://cache.example')]]), 'gwebcache likely')
})

test('a deflated link from its middle fits by its flushes, where its endpoint is known', () => {
  const [flow] = flowsOf(
    readFileSync(repositoryFile('src/protocols/gnutella/fixtures/leaf-link.pcap')),
  )
  const middle = { ...flow!, fromStart: false, pieces: flow!.pieces.slice(8) }
  assert.equal(gnutella.recognise(lookAt(middle)), 'no')
  assert.deepEqual(
    gnutella.fits!(lookAt(middle)).map(({ part }) => part),
    ['gnutella'],
  )
  assert.deepEqual(gnutella.fits!(lookAt({ ...middle, fromStart: true })), [])
  const cut = middle.pieces.map((piece) => {
    return { ...piece, bytes: piece.bytes.subarray(0, -1), size: piece.size - 1 }
  })
  assert.deepEqual(gnutella.fits!(lookAt({ ...middle, pieces: cut })), [])
})

test('a file that is being sent fits, where its endpoint is known', () => {
  const full = new Uint8Array(1448).fill(0x9b)
  const sent = (count: number, last: Side) =>
    madeFlow(
      'tcp',
      Array.from({ length: count }, (_, i) => [i === count - 1 ? last : 1, full]),
      false,
    )
  const parts = (flow: ReturnType<typeof sent>) =>
    gnutella.fits!(lookAt(flow)).map((fit) => fit.part)
  assert.deepEqual(parts(sent(8, 1)), ['transfer'])
  assert.deepEqual(parts(sent(8, 0)), [])
  assert.deepEqual(parts(sent(3, 1)), [])
})

test('a request that was cut: what is whole of it tells', () => {
  const asked = `GET /uri-res/N2R?${URN} HTTP/1.1\r\nUser-Agent: x`
  assert.equal(tcp([[0, asked]]), 'transfer certain')
  assert.equal(tcp([[0, asked.slice(0, 17 + URN.length)]]), 'transfer likely')
  assert.equal(tcp([[0, asked.slice(0, 16 + URN.length)]]), 'no')
  assert.equal(tcp([[0, 'GET /gwc.php?hostfile=1&client=MLDK&version=3.']]), 'gwebcache likely')
  assert.equal(tcp([[0, 'GET /a.php?get=1&client=Fire&version=3.']]), 'no')
  assert.equal(tcp([[0, 'GET /a.php?hostfile=1']]), 'no')
})
