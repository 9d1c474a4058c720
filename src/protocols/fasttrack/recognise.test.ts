/** FastTrack is recognised by names, hashes and headers of its own; neither by ports nor by paths. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { fits, recognise } from './recognise.ts'

type Talk = readonly (readonly [Side, Uint8Array | string])[]

function bytesIn(talk: Talk): (readonly [Side, Uint8Array])[] {
  return talk.map(([side, said]) => [side, typeof said === 'string' ? bytesOf(said) : said])
}

function flow(carrier: 'tcp' | 'udp', talk: Talk, fromStart = true) {
  return madeFlow(carrier, bytesIn(talk), fromStart)
}

function tcp(...talk: Talk): string {
  return told(flow('tcp', talk))
}

function udp(...talk: Talk): string {
  return told(flow('udp', talk))
}

function told(made: ReturnType<typeof flow>, count?: number): string {
  const sight = recognise(lookAt(made, count))
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

const PING = fromHex('27 00000029 80 4b615a614100')
const PONG = fromHex('28 00000029 00 1c 00c8 1e 05 4b615a614100')

function ping(network: string): Uint8Array {
  return concat(fromHex('27 000000a9 80'), bytesOf(`${network}\0`))
}

test('each network is told by the name of its ping', () => {
  for (const name of ['KaZaA', 'Grokster', 'MusicCity', 'fileshare']) {
    assert.equal(udp([0, ping(name)]), 'udp certain', name)
  }
  assert.match(
    JSON.stringify(recognise(lookAt(flow('udp', [[0, ping('fileshare')]])))),
    /\(iMesh\)/,
  )
  assert.equal(udp([0, PING]), 'udp certain')
  assert.equal(udp([0, PONG]), 'udp certain')
})

test('a network that nobody knows is likely alone, certain when it is answered', () => {
  assert.equal(udp([0, ping('NewNet')]), 'udp likely')
  const answer = fromHex('29 00000029 01 00 0000 0badcafe')
  assert.equal(udp([0, ping('NewNet')], [1, answer]), 'udp certain')
  const pong = concat(fromHex('28 000000a9 001c00c81e05'), bytesOf('NewNet\0'))
  assert.equal(udp([0, ping('NewNet')], [1, pong]), 'udp certain')
  assert.equal(udp([0, pong]), 'no')
})

test('nameless pongs need a ping before them, or their id said again', () => {
  const nameless = fromHex('29 00000029 01 00 0000 0badcafe')
  assert.equal(udp([0, nameless]), 'no')
  assert.equal(udp([0, nameless], [1, fromHex('2a 0badcafe')]), 'udp certain')
  assert.equal(udp([0, nameless], [1, fromHex('2a 0badcaff')]), 'no')
})

test('near misses of datagrams', () => {
  // Lengths and versions written little-endian begin alike.
  assert.equal(udp([0, concat(fromHex('27 000000 01 00 00 00'), new Uint8Array(35))]), 'no')
  assert.equal(udp([0, fromHex('28 000000 29 00 00 00 00 00 00 00 00 00 00 00 00')]), 'no')
  assert.equal(udp([0, fromHex('29 000000 01 01 00 00 00 00 00 00 00')]), 'no')
  assert.equal(udp([0, fromHex('27 00000029 81 4b615a614100')]), 'no')
  assert.equal(udp([0, fromHex('27 00010029 80 4b615a614100')]), 'no')
  assert.equal(udp([0, fromHex('27 00000029 80 4b615a6141')]), 'no')
})

const HELLO = fromHex('fa00b62b facb1238 3209d232')
const ANSWER = fromHex('33038124 dd493461')
const STRANGE = fromHex('91c2a37f 10e0b8d2 77f301aa')

test('a link as giFT and MLDonkey begin it', () => {
  assert.equal(tcp([0, HELLO]), 'supernode certain')
  const seedless = concat(HELLO.subarray(0, 4), STRANGE.subarray(4))
  assert.equal(tcp([0, seedless], [1, ANSWER]), 'supernode certain')
  assert.equal(tcp([0, seedless]), 'supernode likely')
  // The same bytes, but more of them at once: no node sends more before it knows the other's seed.
  assert.equal(tcp([0, concat(seedless, STRANGE)], [1, ANSWER]), 'no')
  assert.equal(told(flow('tcp', [[0, HELLO]], false)), 'no')
})

test('a link of Kazaa itself only fits, by its sizes', () => {
  const link = flow('tcp', [
    [0, STRANGE],
    [1, ANSWER],
    [1, fromHex('22c028051c18')],
  ])
  assert.equal(told(link), 'no')
  assert.deepEqual(
    fits(lookAt(link)).map(({ part }) => part),
    ['supernode'],
  )
  assert.deepEqual(fits(lookAt(link, 1)), [])
  const text = flow('tcp', [
    [0, 'EHLO abc.x\r\n'],
    [1, '250 hello there\r\n'],
  ])
  assert.deepEqual(fits(lookAt(text)), [])
  const early = flow('tcp', [
    [0, STRANGE],
    [0, STRANGE],
    [1, ANSWER],
  ])
  assert.deepEqual(fits(lookAt(early)), [])
})

const HASH = '8e0cda92da564448da5ec5070f3231907abac2a6'

test('a request by hash needs no header', () => {
  assert.equal(tcp([0, `GET /.hash=${HASH} HTTP/1.1\r\n\r\n`]), 'transfer certain')
  assert.equal(tcp([0, `HEAD /.hash=${HASH} HTTP/1.1\r\n`]), 'transfer certain')
  assert.equal(tcp([0, `GET /.hash=${HASH.slice(2)} HTTP/1.1\r\n\r\n`]), 'no')
  assert.equal(tcp([0, `GET /.hash=${HASH}ff HTTP/1.1\r\n\r\n`]), 'no')
})

test('a request that the capture cut inside its hash is likely', () => {
  assert.equal(tcp([0, `GET /.hash=${HASH.slice(0, 20)}`]), 'transfer likely')
  assert.equal(tcp([0, `GET /.hash=${HASH.slice(0, 12)}`]), 'no')
  assert.equal(tcp([0, `GET /.hash=${HASH.slice(0, 20)}xyz`]), 'no')
})

test('a request that comes in pieces is waited for', () => {
  const pieces: Talk = [
    [0, 'GET /.ha'],
    [0, `sh=${HASH}`],
    [0, ' HTTP/1.1\r\n'],
  ]
  const made = flow('tcp', pieces)
  assert.deepEqual(
    [1, 2, 3].map((count) => told({ ...made, pieces: [...made.pieces, ...made.pieces] }, count)),
    ['more', 'more', 'transfer certain'],
  )
})

test('other requests by their headers, on either side', () => {
  const named = 'GET /13609/filename.ext HTTP/1.1\r\nHost: 192.0.2.9:1214\r\n'
  assert.equal(tcp([0, `${named}X-Kazaa-Username: a\r\n\r\n`]), 'transfer certain')
  assert.equal(tcp([0, `${named}UserAgent: KazaaClient Nov 3 2002\r\n\r\n`]), 'transfer certain')
  assert.equal(tcp([0, `${named}User-Agent: PeerEnabler/2.0\r\n\r\n`]), 'transfer likely')
  assert.equal(tcp([0, 'HTTP/1.1 200 OK\r\nX-KazaaTag: 4=Song\r\n\r\n']), 'transfer certain')
  // As MLDonkey notes the answer of a busy node.
  const busy = 'HTTP/1.0 503 Service Unavailable\r\nRetry-After: 284\r\nX-Kazaa-Username: j\r\n\r\n'
  assert.equal(tcp([0, `${named}\r\n`], [1, busy]), 'transfer certain')
  assert.equal(tcp([0, busy]), 'transfer certain')
  assert.equal(tcp([0, 'GET / HTTP/1.0\r\n\r\n'], [1, busy]), 'transfer certain')
})

test('lists of files: the challenge tells, the path does not', () => {
  const asked = 'GET /.files HTTP/1.1\r\nHost: a\r\n\r\n'
  const challenge = 'HTTP/1.0 403 Forbidden 38 2273515777\r\n\r\n'
  assert.equal(tcp([0, asked], [1, challenge]), 'transfer certain')
  assert.equal(tcp([0, asked], [1, 'HTTP/1.1 404 Not Found\r\nServer: nginx\r\n\r\n']), 'no')
  assert.equal(tcp([0, asked]), 'no')
})

test('GIVE with many digits, or with few where the other side then asks for a file', () => {
  assert.equal(tcp([0, 'GIVE 4253679545\r\n']), 'transfer certain')
  assert.equal(tcp([0, 'GIVE 17\r\n']), 'no')
  assert.equal(tcp([0, 'GIVE 17\r\n'], [1, `GET /.hash=${HASH} HTTP/1.1\r\n`]), 'transfer certain')
  assert.equal(tcp([0, 'GIVE me\r\n']), 'no')
  assert.equal(tcp([0, 'GIVE 42536795450\r\n']), 'no')
})

test('near misses of HTTP', () => {
  const page = 'GET /.hidden/x HTTP/1.1\r\nHost: example.org\r\nUser-Agent: curl/8\r\n\r\n'
  assert.equal(tcp([0, page]), 'no')
  assert.equal(tcp([0, 'GET /x HTTP/1.1\r\nReferer: http://a/X-Kazaa-IP: 1\r\n\r\n']), 'no')
  assert.equal(tcp([0, 'GET /x HTTP/1.1\r\n\r\nX-Kazaa-IP: 1.2.3.4:5\r\n\r\n']), 'no')
  assert.equal(tcp([0, 'GET /x HTTP/1.1\r\nUser-Agent: Kazaa\r\nServer: Kazaa\r\n\r\n']), 'no')
  const long = `GET /x HTTP/1.1\r\nCookie: ${'a'.repeat(1200)}\r\nX-Kazaa-IP: 1.2.3.4:5\r\n\r\n`
  assert.equal(tcp([0, long]), 'no')
})

test('an ordinary request is let go at its first packet', () => {
  const made = flow('tcp', [
    [0, 'GET /index.html HTTP/1.1\r\nHost: example.org\r\n\r\n'],
    [1, 'HTTP/1.1 200 OK\r\n\r\n'],
    [0, 'x'],
  ])
  assert.equal(told(made, 1), 'no')
})
