/** What is said in Soulseek comes out as claims, shares, searches, transfers; passwords do not. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { endpointText } from '../../core/address.ts'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf, feed, type Kept } from '../../core/session-check.ts'
import { soulseek } from './index.ts'
import { logs } from './logs.ts'
import { obfuscatedWire } from './wire/obfuscated.ts'

const FIXTURE = repositoryFile('src/protocols/soulseek/fixtures/lab.pcap')
const flows = flowsOf(readFileSync(FIXTURE))

function partOf(flow: CapturedFlow): string {
  const sight = soulseek.recognise({
    carrier: 'tcp',
    fromStart: true,
    heads: [0, 1].map((side) =>
      concat(...flow.pieces.filter(({ from }) => from === side).map(({ bytes }) => bytes)),
    ) as [Uint8Array, Uint8Array],
    totals: [0, 0],
    segments: [],
    datagrams: [],
    ends: flow.ends,
    final: true,
  })
  return typeof sight === 'string' ? 'peer' : sight.part
}

function readAll(flow: CapturedFlow): Kept {
  const talk = transcriptOf(flow)
  return checkSession(soulseek, factsOfFlow(flow, partOf(flow)), talk)
}

test('a server link: who is where, who searches, no password', () => {
  const kept = readAll(flows[0]!)
  assert.deepEqual(kept.of('fault'), [])
  const claims = kept.of('claim').map(({ about, via }) => `${endpointText(about)} ${via}`)
  assert.deepEqual(claims, [
    '198.51.100.2:2242 login',
    '203.0.113.10:2234 set-wait-port',
    '203.0.113.10:2234 get-peer-address',
    '203.0.113.11:2234 get-peer-address',
    '203.0.113.12:2235 get-peer-address',
    '203.0.113.11:2234 connect-to-peer',
  ])
  assert.ok(kept.of('claim').every(({ reading }) => reading !== 'natural'))
  const [first] = kept.of('client')
  assert.equal(first!.nick, 'vinylking')
  assert.equal(first!.software, 'Nicotine+')
  assert.equal(first!.version, 'protocol 160.3')
  assert.deepEqual(
    kept.of('search').map(({ text, via }) => `${via} ${text}`),
    ['server-forwarded artist song', 'server-forwarded artist song', 'server-forwarded artist'],
  )
  const everything = JSON.stringify(kept.said)
  assert.ok(!everything.includes('pwvinylking') && !everything.includes('ee45eb79'))
  assert.ok(everything.includes('[redacted]'))
})

test('peers: shares of browse and search, requests, offers', () => {
  const browse = readAll(flows[3]!)
  assert.deepEqual(
    browse.of('share').map(({ name, size, via }) => `${name} ${size} ${via}`),
    [
      'Artist - Second Song.flac 160000 share-list',
      'Artist - First Song.mp3 220000 share-list',
      'Artist - First Song.mp3 220000 file-search-response',
      'Artist - Second Song.flac 160000 file-search-response',
    ],
  )
  assert.equal(
    browse.of('share')[1]!.content,
    'urn:x-peerscope:soulseek:220000:Artist%20-%20First%20Song.mp3',
  )
  const queue = readAll(flows[5]!)
  assert.deepEqual(
    queue.of('request').map(({ what, by }) => `${what} ${by.ip}`),
    ['queue-upload 203.0.113.12', 'queue-upload 203.0.113.12'],
  )
  assert.equal(queue.of('share')[0]!.via, 'transfer-request')
})

test('a file connection counts its bytes', () => {
  const kept = readAll(flows[6]!)
  const [transfer] = kept.of('transfer')
  const sent = flows[6]!.pieces.filter(({ from }) => from === 0).reduce((n, p) => n + p.size, 0)
  assert.equal(transfer!.bytes, sent - 31)
  assert.equal(transfer!.from.ip, '203.0.113.10')
})

test('the whole capture: both files to the last byte, no fault', (t) => {
  const path = sharedCapture('real/soulseek.pcap')
  if (path === undefined) return t.skip('the captures are not beside the project')
  const all = flowsOf(readFileSync(path)).map((flow) => {
    const talk = transcriptOf(flow)
    return feed(soulseek, factsOfFlow(flow, partOf(flow)), talk).kept
  })
  assert.deepEqual(
    all.flatMap((kept) => kept.of('fault')),
    [],
  )
  assert.deepEqual(
    all.flatMap((kept) => kept.of('transfer')).map(({ bytes }) => bytes),
    [220_000, 160_000],
  )
})

test('every field of a message is in the schema', () => {
  const known = new Set(Object.keys(logs.soulseek.properties))
  for (const flow of flows) {
    for (const { fields } of readAll(flow).of('message')) {
      for (const key of Object.keys(fields)) assert.ok(known.has(key), key)
    }
  }
})

type Talk = readonly (readonly [Side, Uint8Array])[]

test('a server that writes addresses the other way round is told by the own address', () => {
  // factsOf: the client is 192.0.2.1.
  const login = fromHex('12000000 01000000 01 00000000 c0000201 00000000 00')
  const address = fromHex('17000000 03000000 03000000 626f62 cb007109 ba080000 00000000')
  const talk: Talk = [
    [1, login],
    [1, address],
  ]
  const [claim] = checkSession(soulseek, factsOf('tcp', 'server'), talk).of('claim')
  assert.deepEqual(claim!.about, { ip: '203.0.113.9', port: 2234 })
  assert.equal(claim!.reading, 'natural')
})

test('possible parents, obfuscated ports, absent users', () => {
  const parents = fromHex('17000000 66000000 01000000 03000000 616263 0b7100cb ba080000')
  const hidden = fromHex('19000000 03000000 03000000 626f62 0b7100cb ba080000 01000000 bb08')
  const absent = fromHex('19000000 03000000 03000000 626f62 00000000 00000000 00000000 0000')
  const talk: Talk = [
    [1, parents],
    [1, hidden],
    [1, absent],
  ]
  const kept = checkSession(soulseek, factsOf('tcp', 'server'), talk)
  assert.deepEqual(
    kept.of('claim').map(({ about, part, via }) => `${endpointText(about)} ${part} ${via}`),
    [
      '203.0.113.11:2234 peer possible-parents',
      '203.0.113.11:2234 peer get-peer-address',
      '203.0.113.11:2235 peer-obfuscated get-peer-address',
    ],
  )
})

test('a path that climbs is a threat; obfuscated messages are read like others', () => {
  const path = bytesOf('Music\\..\\..\\evil.exe')
  const offer = concat(
    fromHex('2c000000 28000000 01000000 01000000'),
    fromHex('14000000'),
    path,
    fromHex('0100000000000000'),
  )
  const init = fromHex('11000000 01 03000000 626f62 01000000 50 00000000')
  const clear: Talk = [
    [0, init],
    [0, offer],
  ]
  const kept = checkSession(soulseek, factsOf('tcp', 'peer'), clear)
  assert.equal(kept.of('threat')[0]?.threat, 'path-traversal')
  const hidden = clear.map(([side, bytes], i) => {
    return [side, obfuscatedWire.emit({ key: 0x9e3779b9 + i, clear: bytes })] as const
  })
  const read = checkSession(soulseek, factsOf('tcp', 'peer-obfuscated'), hidden)
  assert.deepEqual(read.said, kept.said)
})

test('searches come down the tree; a list too long to hold is passed over', () => {
  const tree: Talk = [
    [0, fromHex('11000000 01 03000000 626f62 01000000 44 00000000')],
    [
      1,
      concat(fromHex('19000000 03 31000000 03000000 616263 07000000 05000000'), bytesOf('hello')),
    ],
    [1, fromHex('05000000 04 02000000')],
  ]
  const kept = checkSession(soulseek, factsOf('tcp', 'distributed'), tree)
  assert.deepEqual(
    kept.of('search').map(({ text, via }) => `${via} ${text}`),
    ['distributed hello'],
  )
  const long: Talk = [
    [0, fromHex('11000000 01 03000000 626f62 01000000 50 00000000')],
    [1, concat(fromHex('00005000 05000000'), new Uint8Array(0x500000 - 4))],
    [1, fromHex('0b000000 2b000000 03000000 612e62')],
  ]
  const passed = feed(soulseek, factsOf('tcp', 'peer'), long, 65_536).kept
  assert.equal(passed.of('fault')[0]!.fault, 'message-too-long')
  assert.equal(passed.of('request').length, 1)
})
