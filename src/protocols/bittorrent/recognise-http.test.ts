/** HTTP connections: trackers, web seeds and WebTorrent among everything else that web servers do. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { flowsOf, lookAt } from '../../core/captured-flows.ts'
import type { Look, Sight } from '../../core/protocol.ts'
import { repositoryFile } from '../../core/repository.ts'
import { webSocketWire } from '../formats/websocket.ts'
import { recognise } from './recognise.ts'
import { recogniseHttp } from './recognise-http.ts'

function look(
  opener: Uint8Array,
  other: Uint8Array = new Uint8Array(0),
  more: Partial<Look> = {},
): Look {
  return {
    carrier: 'tcp',
    fromStart: true,
    heads: [opener, other],
    totals: [opener.length, other.length],
    segments: [opener.length, -other.length],
    datagrams: [],
    ends: [
      { ip: '192.0.2.1', port: 40_000 },
      { ip: '198.51.100.2', port: 80 },
    ],
    final: true,
    ...more,
  }
}

function named(sight: Sight): string {
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

function sees(opener: string, other = '', more: Partial<Look> = {}): string {
  return named(recogniseHttp(look(bytesOf(opener), bytesOf(other), more)))
}

const get = (target: string, ...headers: string[]) =>
  [
    'GET ',
    target,
    ' HTTP/1.1\r\nHost: a\r\n',
    ...headers.map((line) => `${line}\r\n`),
    '\r\n',
  ].join('')

const HASH = '%7fg%a8%a0%fa%f6wx%1c%b7%d1%b9%01%dd%28%d8%83%e5%dda'

test('tracker requests, by 20 raw bytes', () => {
  const announce = `/announce?info_hash=${HASH}&peer_id=-TR3000-9dt5xtxoch48&port=51413`
  assert.equal(sees(get(announce)), 'tracker-http certain')
  assert.equal(sees(get(`/x/scrape?info_hash=${HASH}`)), 'tracker-http certain')
  assert.equal(sees(get(`/announce?info_hash=${HASH}&port=1`)), 'tracker-http likely')
  // The first line is enough; headers may follow later or be cut.
  assert.equal(sees(get(announce).slice(0, -6), '', { final: false }), 'tracker-http certain')
  assert.equal(sees(get(announce).slice(0, 100), '', { final: false }), 'more')
  assert.equal(sees(get(announce).slice(0, 110)), 'tracker-http likely')
  assert.equal(sees(get(announce).slice(0, 62)), 'tracker-http likely')
  assert.equal(sees(get(announce).slice(0, 30)), 'tracker-http unsure')
  assert.equal(sees(get(announce).slice(0, 24)), 'no')
  assert.equal(sees('GET /announce?info_hash=0123456789abcdef0123'), 'no')
})

test('what only speaks of contents is nothing', () => {
  // biome-ignore format: a table
  const others = [
    get('/'),
    get('/search?q=info_hash'),
    get(`/torrent?info_hash=${'ab'.repeat(20)}`),                 // hex: a page about a torrent
    get(`/redirect?to=magnet:?xt=urn:btih:${'ab'.repeat(20)}`),
    get('/scrape'),                                               // a page of that name
    get('/announce?text=hello&port=80'),
    get('/file.iso', 'Range: bytes=0-99', 'User-Agent: curl/7.88.1'),
    get('/file.iso', 'Range: bytes=0-99', 'User-Agent: aria2/1.36.0'),
    get('/update', 'User-Agent: Transmission/3.00'),              // no range: the program's own errands
    get('/get/1/a.mp3', 'Range: bytes=0-'),
    get('/list?info_hash=abcdefghij0123456789&port=80'),            // a key of letters and digits
    get('/view?peer_id=-&info_hash=Abcdefghij_123456789'),
    'POST /announce HTTP/1.1\r\n\r\n',
    '\x13BitTorrent protocol',
    'GIV 0:',
  ] as const
  for (const request of others) assert.equal(sees(request), 'no', request.slice(0, 80))
})

test('web seeds', () => {
  assert.equal(sees(get(`/seed?info_hash=${HASH}&piece=3&ranges=0-1`)), 'webseed certain')
  assert.equal(sees(get(`/webseed?info_hash=${HASH}`)), 'webseed certain')
  const fid = '0123456789abcdef0123456789ABCDEF01234567'
  assert.equal(sees(get(`/data?fid=${fid}&size=1000`)), 'webseed certain')
  assert.equal(sees(get('/data?fid=12&size=1000')), 'no')
  const ranged = get('/f/x.bin', 'Range: bytes=0-16383', 'User-Agent: libtorrent/2.0.8')
  assert.equal(sees(ranged), 'webseed likely')
})

test('an answer whose request was not seen', () => {
  const answer = (body: string, size = body.length) =>
    `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${body}`
  const body = 'd8:completei1e8:intervali1800e5:peers6:abcdefe'
  const middle = { fromStart: false }
  assert.equal(sees('', answer(body), middle), 'tracker-http likely')
  assert.equal(sees('', answer('d14:failure reason2:noe'), middle), 'tracker-http likely')
  assert.equal(sees('', answer(body, 1000), { ...middle, final: false }), 'more')
  assert.equal(sees('', answer('d8:announce3:abc4:infod6:lengthi1eee'), middle), 'no')
  assert.equal(sees('', answer('<html>'), middle), 'no')
})

const UPGRADE = get('/', 'Upgrade: websocket', 'Connection: Upgrade')
const ACCEPTED = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'

function frame(text: string, masked: boolean): Uint8Array {
  return webSocketWire.emit({
    final: true,
    opcode: 1,
    compressed: false,
    payload: bytesOf(text),
    ...(masked ? { mask: fromHex('37fa213d') } : {}),
  })
}

const SIGNAL =
  '{"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"-WW0200-0123456789ab"}'

test('a WebTorrent tracker is one only once its messages are seen', () => {
  const before = (more: Partial<Look> = {}) => sees(UPGRADE, ACCEPTED, more)
  assert.equal(before({ final: false }), 'more')
  assert.equal(before(), 'no')
  const sight = (client: Uint8Array, server: Uint8Array = new Uint8Array(0)) =>
    named(recogniseHttp(look(concat(bytesOf(UPGRADE), client), concat(bytesOf(ACCEPTED), server))))
  assert.equal(sight(frame(SIGNAL, true)), 'tracker-websocket certain')
  assert.equal(sight(new Uint8Array(0), frame(SIGNAL, false)), 'tracker-websocket certain')
  assert.equal(sight(frame('{"hello":1}', true)), 'no')
  assert.equal(sight(fromHex('8900'), frame(SIGNAL, false)), 'tracker-websocket certain')
  // Ten offers are longer than what is shown: the beginning of the frame tells.
  const long = frame(`${SIGNAL.slice(0, -1)},"offers":"${'x'.repeat(60_000)}"}`, true)
  assert.equal(sight(long.subarray(0, 16_000)), 'tracker-websocket certain')
})

test('WebTorrent from the middle of a connection', () => {
  const middle = { fromStart: false }
  const seen = (opener: Uint8Array, other?: Uint8Array) =>
    named(recogniseHttp(look(opener, other, middle)))
  assert.equal(seen(frame(SIGNAL, true)), 'tracker-websocket certain')
  assert.equal(seen(frame('{"chat":"hello"}', true)), 'no')
  assert.equal(seen(fromHex('0102030405')), 'no')
})

const PEER_ID = '-TR3000-9dt5xtxoch48'
const ANNOUNCE = `/announce?info_hash=${HASH}&peer_id=${PEER_ID}&port=51413`

test('however an announce is cut in two, it is never let go', () => {
  // biome-ignore format: a table
  const requests = [
    get(ANNOUNCE, 'User-Agent: x/1'),
    get(`http://t.example:6969${ANNOUNCE}`, 'User-Agent: x/1'),
    get(ANNOUNCE).replace('GET', 'HEAD'),
  ] as const
  for (const request of requests) {
    for (let cut = 1; cut < request.length; cut++) {
      const first = sees(request.slice(0, cut), '', { final: false })
      assert.notEqual(first, 'no', request.slice(0, cut))
      if (first !== 'more') assert.equal(first, 'tracker-http certain')
    }
    assert.equal(sees(request, '', { final: false }), 'tracker-http certain')
  }
})

test('requests of all spellings', () => {
  const raw = '\x7fg\xa8\xa0\xfa\xf6wx\x1c\xb7\xd1\xb9\x01\xdd(\xd8\x83\xe5\xdda'
  // biome-ignore format: a table
  const certain = [
    get(`/announce.php?passkey=0123456789abcdef&info_hash=${HASH}&peer_id=${PEER_ID}&port=1`),
    get(`/announce?info_hash=${HASH.toUpperCase().replaceAll('%D', '%d')}&peer_id=${PEER_ID}`),
    get(`/announce?info_hash=${raw}&peer_id=${PEER_ID}&port=1`),
    get(`/a?peer_id=${PEER_ID}&port=1&info_hash=${HASH}`).replace('HTTP/1.1', 'HTTP/1.0'),
    get(`/scrape.php?info_hash=${HASH}&info_hash=${HASH}`),
  ] as const
  for (const request of certain) assert.equal(sees(request), 'tracker-http certain', request)
  const form = `info_hash=${HASH}&info_hash=${HASH}`
  const post = (path: string) =>
    `POST ${path} HTTP/1.1\r\nContent-Length: ${form.length}\r\n\r\n${form}`
  assert.equal(sees(post('/scrape')), 'tracker-http certain')
  assert.equal(sees(post('/scrape').slice(0, -9), '', { final: false }), 'more')
  assert.equal(sees(post('/search')), 'no')
  assert.equal(sees(get(`/announce?info_hash=${HASH.slice(1)}&peer_id=${PEER_ID}`)), 'no')
})

test('an announce behind ordinary requests: where it is to be expected, it is waited for', () => {
  const open = { final: false }
  const agent = 'User-Agent: Transmission/3.00'
  assert.equal(sees(get('/blocklist.gz', agent), '', open), 'more')
  assert.equal(sees(get('/blocklist.gz', agent) + get(ANNOUNCE), '', open), 'tracker-http certain')
  assert.equal(sees(get('http://a.example/'), '', open), 'more')
  assert.equal(sees(get('http://a.example/') + get(`http://t${ANNOUNCE}`)), 'tracker-http certain')
  const upload = 'POST http://a/x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello'
  assert.equal(sees(upload + get(`http://t${ANNOUNCE}`)), 'tracker-http certain')
  // Both in one segment need no expectation; a browser on a web server is let go at once.
  assert.equal(sees(get('/') + get(ANNOUNCE), '', open), 'tracker-http certain')
  assert.equal(sees(get('/', 'User-Agent: Mozilla/5.0'), '', open), 'no')
})

test('through the tunnel of a proxy', () => {
  const asked = 'CONNECT 198.51.100.9:6881 HTTP/1.1\r\nHost: x\r\n\r\n'
  const granted = 'HTTP/1.1 200 Connection established\r\n\r\n'
  const through = (opener: string, other = granted, more: Partial<Look> = {}) =>
    named(recognise(look(bytesOf(asked + opener), bytesOf(other), more)))
  const open = { final: false }
  assert.equal(through('', '', open), 'more')
  assert.equal(through('', granted.slice(0, 20), open), 'more')
  assert.equal(through('', granted, open), 'more')
  assert.equal(through('\x16\x03\x01\x02\x00\x01', granted, open), 'no')
  assert.equal(through('\x13BitTorrent protocol', granted, open), 'peer-proxied certain')
  assert.equal(through(get(ANNOUNCE), granted, open), 'tracker-proxied certain')
  assert.equal(through('SSH-2.0-OpenSSH_9.2\r\n', granted), 'no')
  assert.equal(through('', 'HTTP/1.1 403 Forbidden\r\n\r\n'), 'no')
})

test('answers alone, however they are sent', () => {
  const body = bytesOf('d8:completei1e8:intervali1800e5:peers6:abcdefe')
  const answer = (headers: string, bytes: Uint8Array) =>
    named(
      recogniseHttp(
        look(new Uint8Array(0), concat(bytesOf(`HTTP/1.1 200 OK\r\n${headers}\r\n`), bytes)),
      ),
    )
  const likely = 'tracker-http likely'
  assert.equal(answer('', body), likely)
  assert.equal(
    answer(`Content-Length: ${body.length}\r\n`, concat(body, bytesOf('HTTP/1'))),
    likely,
  )
  assert.equal(answer('Content-Encoding: gzip\r\n', gzipSync(body)), likely)
  const chunk = `${body.length.toString(16)}\r\n`
  const chunks = concat(bytesOf(chunk), body, bytesOf('\r\n0\r\n\r\n'))
  assert.equal(answer('Transfer-Encoding: chunked\r\n', chunks), likely)
  assert.equal(answer('Content-Encoding: gzip\r\n', gzipSync(bytesOf('<html>'))), 'no')
  assert.equal(answer('', bytesOf('d8:announce3:abc4:infod6:lengthi1eee')), 'no')
})

test('one direction of a WebTorrent tracker is enough', () => {
  const request = concat(bytesOf(UPGRADE), frame(SIGNAL, true))
  assert.equal(named(recogniseHttp(look(request))), 'tracker-websocket certain')
  const answer = concat(bytesOf(ACCEPTED), frame(SIGNAL, false))
  const nothing = new Uint8Array(0)
  assert.equal(named(recogniseHttp(look(nothing, answer))), 'tracker-websocket certain')
  assert.equal(named(recogniseHttp(look(answer, nothing))), 'tracker-websocket certain')
})

test('every flow of the fixtures gets its part', () => {
  // biome-ignore format: a table
  const fixtures = [
    ['http-tracker', 'tracker-http certain', 7],
    ['http-tracker-refused', 'tracker-http certain', 2],
    ['websocket-tracker', 'tracker-websocket certain', 3],
    ['webseed', 'webseed likely', 1],
  ] as const
  for (const [name, expected, count] of fixtures) {
    const path = repositoryFile(`src/protocols/bittorrent/fixtures/${name}.pcap`)
    const sights = flowsOf(readFileSync(path)).map((flow) => named(recogniseHttp(lookAt(flow, 16))))
    assert.deepEqual(sights, Array(count).fill(expected), name)
  }
})
