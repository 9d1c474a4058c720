/** What flows of Gnutella say: real links, transfers, datagrams and caches, cut at every byte. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { endpointText } from '../../core/address.ts'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf, feed, Kept } from '../../core/session-check.ts'
import { StreamReader } from '../../core/stream-reader.ts'
import { gnutella } from './index.ts'
import { emitG2, g2 } from './wire/g2-packet.ts'
import { emitMessage } from './wire/message.ts'
import type { Payload } from './wire/payload.ts'

function fixture(name: string): CapturedFlow[] {
  return flowsOf(readFileSync(repositoryFile(`src/protocols/gnutella/fixtures/${name}.pcap`)))
}

/** The flow of a fixture with that port on one end. */
function flowWith(name: string, port: number): CapturedFlow {
  return fixture(name).find((flow) => flow.ends.some((end) => end.port === port))!
}

function read(flow: CapturedFlow, part: string): Kept {
  return checkSession(gnutella, factsOfFlow(flow, part), transcriptOf(flow))
}

function names(kept: Kept): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { name } of kept.of('message')) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

function claims(kept: Kept, via: string): string[] {
  return kept
    .of('claim')
    .filter((claim) => claim.via === via)
    .map((claim) => `${endpointText(claim.about)} ${claim.part} ${claim.carriers}`)
}

const GUID = fromHex('5d2fe235310200641ac4f2e94e09700f')
const SERVENT = fromHex('c9be3102eccb340919c0b0c6d84ff6d3')
const NOTHING = new Uint8Array(0)

function made(kind: number, payload: Payload, hops = 0): Uint8Array {
  return emitMessage({ guid: GUID, kind, ttl: 4, hops, payload })
}

test('a real leaf’s link, deflated both ways: search, hits, shares, a push', () => {
  const kept = read(fixture('leaf-link')[0]!, 'gnutella')
  assert.deepEqual(kept.of('fault'), [])
  const counts = names(kept)
  assert.equal(counts.handshake, 3)
  assert.equal(counts.query, 1)
  assert.equal(counts['query-hit'], 2)
  assert.equal(counts.push, 1)
  assert.equal(counts.bye, 1)
  assert.deepEqual(
    kept.of('search').map(({ by, text, via }) => [endpointText(by), text, via]),
    [['203.0.113.6:51765', 'blue', 'query']],
  )
  assert.deepEqual(
    kept.of('share').map(({ by, content, name, size }) => [endpointText(by), content, name, size]),
    [
      [
        '203.0.113.7:6350',
        'urn:sha1:JM626WIOFMGO7HCCWYR2CVPLOOYWHSGJ',
        'blue sky timelapse.avi',
        150_000,
      ],
      [
        '203.0.113.5:6348',
        'urn:sha1:XGIJGNERG2QXOEKUJT23MRPQ53GT6Z7S',
        'blue danube waltz.ogg',
        200_000,
      ],
    ],
  )
  assert.deepEqual(claims(kept, 'handshake'), ['203.0.113.6:6349 node both'])
  assert.deepEqual(claims(kept, 'push'), ['203.0.113.6:6349 node tcp'])
  assert.ok(claims(kept, 'push-proxy').includes('198.51.100.6:6347 node both'))
  const software = kept.of('client').map((client) => `${client.software} ${client.version ?? ''}`)
  assert.ok(software.includes('gtk-gnutella 1.2.3-14-ga331a-dirty'))
})

test('MLDonkey as a leaf tells a wrong address of itself, and that is kept', () => {
  const kept = read(flowWith('mldonkey', 6346), 'gnutella')
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(claims(kept, 'handshake'), ['127.0.0.1:6351 node both'])
  assert.ok(kept.of('client').some((client) => client.software === 'MLDonkey'))
})

test('nothing is said of a client that says nothing of itself', () => {
  for (const kept of ['leaf-link', 'mldonkey'].flatMap((name) =>
    fixture(name).map((flow) => read(flow, flow.carrier === 'tcp' ? 'gnutella' : 'udp')),
  )) {
    for (const { type, who, ...said } of kept.of('client')) {
      assert.ok(
        Object.values(said).some((value) => value !== undefined),
        `${type} ${who.ip}`,
      )
    }
  }
})

test('a refused handshake says why', () => {
  const kept = read(flowWith('cache-and-refused', 6348), 'gnutella')
  const answer = kept.of('message')[1]!.fields.handshake as { code: number; reason: string }
  assert.deepEqual([answer.code, answer.reason], [204, 'Shielded leaf node (4 peers max)'])
})

test('headers of a handshake stand in their order, as they were written', () => {
  const kept = read(fixture('leaf-link')[0]!, 'gnutella')
  const { handshake } = kept.of('message')[0]!.fields as {
    handshake: { headers: { name: string; value: string }[] }
  }
  // As tshark shows the first segment of the connection.
  assert.deepEqual(
    handshake.headers.map(({ name, value }) => `${name}: ${value}`),
    [
      'Node: 203.0.113.6:6349',
      'Remote-IP: 198.51.100.6',
      'User-Agent: gtk-gnutella/1.2.3-14-ga331a-dirty (2024-03-03; GTK2; Linux x86_64)',
      'Pong-Caching: 0.1',
      'Bye-Packet: 0.1',
      'GGEP: 0.5',
      'GUID: 3e393102dc0a52db96e56180cee4119f',
      'Vendor-Message: 0.2',
      'X-Query-Routing: 0.2',
      'X-Requeries: False',
      'Accept-Encoding: deflate',
      'X-Token: ZhUbiUEF4ApatJgOuy+fzDPfT7EbJxpRmTpv; X0w=',
      'X-Live-Since: Tue, 09 Apr 2024 10:42:14 +0000',
      'X-Ultrapeer: False',
      'X-Dynamic-Querying: 0.1',
      'X-Ultrapeer-Query-Routing: 0.1',
      'X-Degree: 32',
      'X-Max-TTL: 4',
      'X-Guess: 0.2',
      'X-Features: browse/1.0, sflag/0.1, HSEP/0.2',
    ],
  )
})

test('real datagrams: pings, pongs, keys', () => {
  const all = fixture('udp').map((flow) => read(flow, 'udp'))
  const faults = all.flatMap((kept) => kept.of('fault'))
  assert.deepEqual(faults, [])
  const pongs = all.flatMap((kept) => claims(kept, 'pong'))
  assert.ok(pongs.includes('198.51.100.5:6346 node both'))
})

test('a pushed download: GIV from the opener, then roles are exchanged', () => {
  const flow = fixture('push-transfer')[0]!
  const kept = read(flow, 'transfer')
  assert.deepEqual(Object.keys(names(kept)), ['giv', 'http-request', 'http-response'])
  const content = 'urn:sha1:JM626WIOFMGO7HCCWYR2CVPLOOYWHSGJ'
  assert.deepEqual(
    kept.of('request').map((said) => [endpointText(said.by), said.what, said.content]),
    [['203.0.113.6:6349', 'download', content]],
  )
  const [share] = kept.of('share')
  assert.deepEqual([share?.name, share?.size], ['blue sky timelapse.avi', 150_000])
  assert.deepEqual(share?.also, ['urn:tree:tiger:RWWHQE35ELSCPR4DEAP6MJ7744K42MUNMY6DWKA'])
  // The fixture ends within the file: what was seen of it is what counts.
  const sent = transcriptOf(flow)
    .filter(([side]) => side === 0)
    .slice(1)
  const total = concat(...sent.map(([, bytes]) => bytes))
  const bodyAt = Buffer.from(total).indexOf('\r\n\r\n') + 4
  const [transfer] = kept.of('transfer')
  assert.deepEqual([transfer?.content, transfer?.bytes], [content, total.length - bodyAt])
  assert.deepEqual(claims(kept, 'push-proxy'), [
    '198.51.100.6:6347 node both',
    '198.51.100.5:6346 node both',
  ])
  assert.deepEqual(claims(kept, 'x-node'), [
    '203.0.113.6:6349 node both',
    '203.0.113.7:6350 node both',
  ])
})

test('caches of all kinds name hosts: a plain list, version 1, version 2', () => {
  const list = read(flowWith('cache-and-refused', 80), 'gwebcache')
  assert.deepEqual(claims(list, 'gwebcache'), [
    '198.51.100.5:6346 node both',
    '198.51.100.6:6347 node both',
  ])
  const first = read(flowWith('mldonkey', 80), 'gwebcache')
  assert.deepEqual(claims(first, 'gwebcache'), ['198.51.100.5:6346 node both'])
  const second = read(flowWith('g2', 80), 'gwebcache')
  assert.deepEqual(claims(second, 'gwebcache'), [
    '198.51.100.61:6346 g2 both',
    '203.0.113.62:6346 g2 both',
  ])
  assert.ok(second.of('client').some((client) => client.software === 'gtk-gnutella'))
})

test('a cache’s update names whoever the asker says', () => {
  const kept = checkSession(gnutella, factsOf('tcp', 'gwebcache'), [
    [0, bytesOf('GET /g?update=1&net=gnutella2&client=RAZA2.7&ip=192.0.2.9:6346 HTTP/1.0\r\n\r\n')],
    [1, bytesOf('HTTP/1.0 200 OK\r\n\r\nI|update|OK\n')],
  ])
  assert.deepEqual(claims(kept, 'gwebcache-update'), ['192.0.2.9:6346 g2 both'])
  assert.deepEqual((kept.of('message')[2]!.fields.gwebcache as { info: string[] }).info, [
    'I|update|OK',
  ])
})

test('a Gnutella2 link becomes part g2 and tells its nodes', () => {
  const kept = read(flowWith('g2', 56_155), 'gnutella')
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(
    kept.of('recognition').map((said) => said.part),
    ['g2'],
  )
  assert.deepEqual(claims(kept, 'lni'), ['192.52.193.21:7002 g2 both'])
  assert.equal(names(kept)['g2-qht'], 2)
})

test('Gnutella2 over UDP', () => {
  const kept = read(flowWith('g2', 7003), 'g2')
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(claims(kept, 'g2-ping')[0], '127.0.0.1:7003 g2 udp')
})

test('hits of Gnutella2 in deflated fragments, out of order, one repeated', () => {
  const digest = fromHex('00112233445566778899aabbccddeeff00112233')
  const hit = g2('QH2', concat(new Uint8Array(1), GUID), [
    g2('GU', SERVENT),
    g2('NA', fromHex('c0000209ca18')),
    g2('NH', fromHex('c000020aca18')),
    g2('V', bytesOf('RAZA')),
    g2('UPRO', undefined, [g2('NICK', bytesOf('blue'))]),
    g2('H', undefined, [
      g2('URN', concat(bytesOf('sha1\0'), digest)),
      g2('DN', concat(fromHex('400d0300'), bytesOf('blue danube.ogg'))),
      g2('ALT', fromHex('c000020bca18')),
    ]),
  ])
  const zipped = deflateSync(emitG2(hit))
  const half = Math.ceil(zipped.length / 2)
  const part = (number: number, bytes: Uint8Array): [Side, Uint8Array] => [
    0,
    concat(bytesOf('GND'), fromHex(`01 0001 0${number} 02`), bytes),
  ]
  const kept = checkSession(gnutella, factsOf('udp', 'udp'), [
    part(2, zipped.subarray(half)),
    part(2, zipped.subarray(half)),
    part(1, zipped.subarray(0, half)),
    part(1, zipped.subarray(0, half)),
  ])
  assert.deepEqual(names(kept), { 'g2-qh2': 1 })
  const content = 'urn:sha1:AAISEM2EKVTHPCEZVK54ZXPO74ABCIRT'
  assert.deepEqual(kept.of('share'), [
    {
      type: 'share',
      by: { ip: '192.0.2.9', port: 6346 },
      content,
      via: 'query-hit',
      name: 'blue danube.ogg',
      size: 200_000,
    },
  ])
  assert.deepEqual(claims(kept, 'query-hit'), ['192.0.2.9:6346 g2 both', '192.0.2.10:6346 g2 both'])
  assert.deepEqual(claims(kept, 'alt-loc'), ['192.0.2.11:6346 g2 both'])
  const [client] = kept.of('client')
  assert.deepEqual([client?.software, client?.nick], ['Shareaza', 'blue'])
})

const CONNECT = 'GNUTELLA CONNECT/0.6\r\nListen-IP: 192.0.2.1:6346\r\nX-Ultrapeer: True\r\n\r\n'
const OK = 'GNUTELLA/0.6 200 OK\r\n\r\n'

test('a plain 0.6 link, a 0.4 link, and a crawler', () => {
  const pong = made(0x01, {
    type: 'pong',
    port: 6346,
    ip: '192.0.2.9',
    files: 1,
    kbytes: 2,
    extra: NOTHING,
  })
  const plain = checkSession(gnutella, factsOf('tcp', 'gnutella'), [
    [0, bytesOf(CONNECT)],
    [1, bytesOf(OK)],
    [0, concat(bytesOf(OK), pong)],
    [1, pong],
  ])
  assert.equal(claims(plain, 'pong').length, 2)
  const old = checkSession(gnutella, factsOf('tcp', 'gnutella'), [
    [0, bytesOf('GNUTELLA CONNECT/0.4\n\n')],
    [1, concat(bytesOf('GNUTELLA OK\n\n'), pong)],
    [0, pong],
  ])
  assert.equal(claims(old, 'pong').length, 2)
  const crawler = checkSession(gnutella, factsOf('tcp', 'gnutella'), [
    [0, bytesOf('GNUTELLA CONNECT/0.6\r\nCrawler: 0.1\r\n\r\n')],
    [
      1,
      bytesOf(
        'GNUTELLA/0.6 200 OK\r\nPeers: 192.0.2.3:6346,192.0.2.4:6347\r\nLeaves: 192.0.2.5:1\r\n\r\n',
      ),
    ],
  ])
  assert.deepEqual(claims(crawler, 'crawler'), [
    '192.0.2.3:6346 node both',
    '192.0.2.4:6347 node both',
    '192.0.2.5:1 node both',
  ])
})

test('addresses to try are claims: X-Try-Ultrapeers with times, hubs apart', () => {
  const answer =
    'GNUTELLA/0.6 503 Full\r\nX-Try-Ultrapeers: 192.0.2.3:6346 2005-01-01T00:00Z, [2001:db8::1]:6347\r\n' +
    'X-Try-Hubs: 192.0.2.4:6346\r\n\r\n'
  const kept = checkSession(gnutella, factsOf('tcp', 'gnutella'), [
    [0, bytesOf(CONNECT)],
    [1, bytesOf(answer)],
  ])
  assert.deepEqual(claims(kept, 'x-try'), [
    '192.0.2.3:6346 node both',
    '[2001:db8::1]:6347 node both',
    '192.0.2.4:6346 g2 both',
  ])
})

test('a link that turns to TLS is told and passed over', () => {
  const upgrade = 'GNUTELLA/0.6 200 OK\r\nUpgrade: TLS/1.0\r\nConnection: Upgrade\r\n\r\n'
  const kept = checkSession(gnutella, factsOf('tcp', 'gnutella'), [
    [0, bytesOf(CONNECT)],
    [1, bytesOf(upgrade)],
    [
      0,
      concat(
        bytesOf('GNUTELLA/0.6 200 OK\r\nConnection: Upgrade\r\n\r\n'),
        fromHex('160301000101'),
      ),
    ],
    [1, fromHex('160301000102')],
  ])
  assert.deepEqual(names(kept), { handshake: 3, 'tls-upgrade': 1 })
  assert.deepEqual(kept.of('fault'), [])
})

test('an out-of-band search names its address; a relayed one is nobody’s own', () => {
  const query = (flags: number, hops: number): Uint8Array =>
    made(0x80, { type: 'query', flags, text: 'pinkfloyd', extra: NOTHING }, hops)
  const kept = checkSession(gnutella, factsOf('udp', 'udp'), [
    [0, query(0x8400, 0)],
    [0, query(0x8000, 2)],
  ])
  assert.deepEqual(claims(kept, 'oob-query'), ['93.47.226.53:28681 node udp'])
  assert.deepEqual(
    kept.of('search').map((said) => said.via),
    ['query', 'relayed-query'],
  )
})

test('a wish to be called back names the sender at the given port', () => {
  const kept = checkSession(gnutella, factsOf('udp', 'udp'), [
    [
      1,
      made(0x31, {
        type: 'vendor',
        vendor: 'GTKG',
        selector: 7,
        version: 2,
        data: fromHex('ca18'),
      }),
    ],
  ])
  assert.deepEqual(claims(kept, 'connect-back'), ['198.51.100.2:6346 node udp'])
})

test('a damaged payload is a fault, and the next message is read', () => {
  const bad = made(0x80, { type: 'query', flags: 0, text: 'abc', extra: NOTHING }).slice()
  bad[bad.length - 1] = 0x41
  const good = made(0x02, { type: 'bye', code: 200, text: bytesOf('bye\0') })
  const { kept } = feed(gnutella, factsOf('tcp', 'gnutella'), [
    [0, bytesOf('GNUTELLA CONNECT/0.4\n\n')],
    [0, concat(bad, good)],
  ])
  assert.deepEqual(
    kept.of('fault').map((said) => [said.fault, said.at, said.resumes]),
    [['query-text-open', 22 + 25, true]],
  )
  assert.equal(names(kept).bye, 1)
})

test('after a gap a plain link is found again by two headers in a row', () => {
  const bye = made(0x02, { type: 'bye', code: 200, text: bytesOf('bye\0') })
  const { kept, session } = feed(gnutella, factsOf('tcp', 'gnutella'), [
    [0, bytesOf('GNUTELLA CONNECT/0.4\n\n')],
    [0, bye],
  ])
  const reader = new StreamReader(session)
  const at = { micros: 0, frame: 0 }
  reader.gap(0, 1000, at)
  reader.push(0, concat(bytesOf('the rest of something'), bye, bye, bye), at)
  // The last one waits for a successor until the chain is sure; then all are read.
  assert.equal(names(kept).bye, 4)
})

test('browsing a host lists its shared files', () => {
  const hits = made(0x81, {
    type: 'query-hit',
    port: 6346,
    ip: '192.0.2.9',
    speed: 1,
    hits: [
      {
        index: 1,
        size: 5,
        name: 'a.ogg',
        extra: bytesOf('urn:sha1:XGIJGNERG2QXOEKUJT23MRPQ53GT6Z7S'),
      },
      {
        index: 2,
        size: 6,
        name: 'b.ogg',
        extra: bytesOf('urn:sha1:JM626WIOFMGO7HCCWYR2CVPLOOYWHSGJ'),
      },
    ],
    trailer: bytesOf('GTKG\x02\x00\x00'),
    servent: SERVENT,
  })
  const zipped = deflateSync(hits)
  const head =
    'HTTP/1.1 200 OK\r\nContent-Type: application/x-gnutella-packets\r\nContent-Encoding: deflate\r\n' +
    `Content-Length: ${zipped.length}\r\n\r\n`
  const kept = checkSession(gnutella, factsOf('tcp', 'transfer'), [
    [0, bytesOf('GET / HTTP/1.1\r\nAccept: application/x-gnutella-packets\r\n\r\n')],
    [1, concat(bytesOf(head), zipped)],
  ])
  assert.deepEqual(
    kept.of('share').map((said) => [said.via, said.name]),
    [
      ['browse-host', 'a.ogg'],
      ['browse-host', 'b.ogg'],
    ],
  )
  assert.deepEqual(kept.of('transfer'), [])
})

test('alternate locations: plain, with default port, firewalled, negative, as URL', () => {
  const head =
    'HTTP/1.1 503 Busy\r\nX-Gnutella-Content-URN: urn:sha1:XGIJGNERG2QXOEKUJT23MRPQ53GT6Z7S\r\n' +
    'X-Alt: 192.0.2.3, 192.0.2.4:1234\r\nX-NAlt: 192.0.2.5:6346\r\n' +
    'X-Falt: 00112233445566778899AABBCCDDEEFF;fwt/1;6347:192.0.2.6;192.0.2.7:6346\r\n' +
    'X-Gnutella-Alternate-Location: http://192.0.2.8:6346/uri-res/N2R?urn:sha1:X 2003-01-01\r\n\r\n'
  const kept = checkSession(gnutella, factsOf('tcp', 'transfer'), [
    [0, bytesOf('GET /get/1/blue%20danube.ogg HTTP/1.1\r\nX-Node: 192.0.2.1:6346\r\n\r\n')],
    [1, bytesOf(head)],
  ])
  assert.deepEqual(claims(kept, 'alt-loc'), [
    '192.0.2.3:6346 node both',
    '192.0.2.4:1234 node both',
    '192.0.2.8:6346 node both',
    '192.0.2.6:6347 node both',
  ])
  assert.deepEqual(claims(kept, 'nalt-loc'), ['192.0.2.5:6346 node both'])
  assert.deepEqual(
    kept.of('request').map(({ what, name }) => [what, name]),
    [['download', 'blue danube.ogg']],
  )
  assert.deepEqual(claims(kept, 'push-proxy'), ['192.0.2.7:6346 node both'])
  assert.deepEqual(claims(kept, 'x-node'), ['192.0.2.1:6346 node both'])
})

test('a queue’s call back, then the transfer', () => {
  const kept = checkSession(gnutella, factsOf('tcp', 'transfer'), [
    [0, bytesOf('QUEUE 6a074979f3201edbf323b6425fef4a53 192.0.2.9:6346\r\n')],
    [1, bytesOf('GET /uri-res/N2R?urn:sha1:XGIJGNERG2QXOEKUJT23MRPQ53GT6Z7S HTTP/1.1\r\n\r\n')],
    [0, bytesOf('HTTP/1.1 206 OK\r\nContent-Length: 3\r\nContent-Range: bytes 0-2/900\r\n\r\nabc')],
  ])
  assert.deepEqual(claims(kept, 'queue'), ['192.0.2.9:6346 node tcp'])
  assert.deepEqual(
    kept.of('share').map((said) => said.size),
    [900],
  )
  assert.deepEqual(
    kept.of('transfer').map((said) => said.bytes),
    [3],
  )
})

test('a path that leaves the shared folder is a threat; dots in a name are none', () => {
  const threats = (path: string): number =>
    feed(gnutella, factsOf('tcp', 'transfer'), [
      [0, bytesOf(`GET ${path} HTTP/1.0\r\n\r\n`)],
    ]).kept.of('threat').length
  assert.equal(threats('/get/1/..%5c..%5cwindows%5cwin.ini'), 1)
  assert.equal(threats('/get/1/../../etc/passwd'), 1)
  assert.equal(threats('/get/1/C:%5cboot.ini'), 1)
  assert.equal(threats('/get/1/to be continued...mp3'), 0)
  assert.equal(threats('/get/1/a..b.mp3'), 0)
})

test('datagrams that the capture cut: their own fields without extensions, no fault', () => {
  const pong = made(0x01, {
    type: 'pong',
    port: 6346,
    ip: '192.0.2.7',
    files: 3,
    kbytes: 4,
    extra: fromHex('c38256435444544b47'),
  })
  const fragment = concat(bytesOf('GND'), fromHex('00 0001 01 02'), new Uint8Array(400))
  const kept = new Kept()
  const session = gnutella.openSession!(factsOf('udp', 'udp'), kept)
  for (const [frame, bytes] of [pong, fragment].entries()) {
    session.data(0, bytes.slice(0, 40), { micros: frame, frame, wireSize: bytes.length })
  }
  session.data(0, pong.slice(0, 30), { micros: 3, frame: 3, wireSize: pong.length })
  session.end({ micros: 4, frame: 4 })
  assert.deepEqual(kept.of('fault'), [])
  assert.equal(kept.counts.get('cut-by-capture'), 3)
  assert.deepEqual(claims(kept, 'pong'), ['192.0.2.7:6346 node both'])
})

test('a head without end is a fault, at the bound or when the connection ends', () => {
  const start = 'GNUTELLA CONNECT/0.6\r\nX-Long: '
  const faults = (...parts: readonly [Side, Uint8Array][]) =>
    checkSession(gnutella, factsOf('tcp', 'gnutella'), parts)
      .of('fault')
      .map(({ fault, side, at }) => [fault, side, at])
  const long = bytesOf(start + 'C'.repeat(200))
  assert.deepEqual(faults([0, long]), [['head-unfinished', 0, 0]])
  const beyond = bytesOf(start + 'C'.repeat(16_400))
  assert.deepEqual(faults([0, beyond]), [['head-too-long', 0, 16_384]])
  const whole = bytesOf('GNUTELLA CONNECT/0.6\r\n\r\n')
  assert.deepEqual(faults([0, whole], [1, bytesOf('GNUTELLA/0.6 200 OK\r\n')]), [
    ['head-unfinished', 1, 0],
  ])
  assert.deepEqual(faults([0, whole]), [])
})
