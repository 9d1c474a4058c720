/** Connections to servers and between peers say the same however they are cut, and what they mean. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf, feed, type Kept } from '../../core/session-check.ts'
import {
  bigTalk,
  frame,
  listTalk,
  makeRest,
  metaserverTalk,
  pushTalk,
  refusedTalk,
  SONG,
  serverTalk,
} from './fixtures/make-rest.ts'
import { opennap } from './index.ts'

const [OPENER, OTHER] = factsOf('tcp', 'peer').ends
const SLOW_TRAIN = 'urn:x-peerscope:opennap:95712:Garage%20Heroes%20-%20Slow%20Train.mp3'
const MD5_URN = 'urn:x-peerscope:opennap:md5:7d733c1e7419674744768db71bff8bcd'

function fixture(name: string, part: string): Kept {
  const file = repositoryFile(`src/protocols/opennap/fixtures/${name}.pcap`)
  const [flow] = flowsOf(readFileSync(file))
  const transcript = transcriptOf(flow!)
  return checkSession(opennap, factsOfFlow(flow!, part), transcript)
}

function claimsOf(kept: Kept): string[] {
  return kept.of('claim').map(({ about, part, via }) => `${via} ${part} ${about.ip}:${about.port}`)
}

test('the fixture is what its maker makes', () => {
  const file = repositoryFile('src/protocols/opennap/fixtures/rest.pcap')
  assert.deepEqual(new Uint8Array(readFileSync(file)), makeRest())
})

test('a real user at a real server: who, what was searched, claimed, asked for', () => {
  const kept = fixture('server', 'server')
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(
    kept.of('client').map(({ software, version, nick }) => [software, version, nick]),
    [
      [undefined, undefined, 'bobby'],
      ['TekNap', undefined, 'bobby'],
      ['opennap-ng', '0.50-beta2.poll.thread', undefined],
    ],
  )
  assert.deepEqual(
    kept.of('search').map(({ text }) => text),
    ['garage'],
  )
  assert.deepEqual(claimsOf(kept), [
    'login peer 203.0.113.102:6699',
    'direct-browse-ok peer 203.0.113.101:6699',
    'search-result peer 203.0.113.103:0',
    'search-result peer 203.0.113.101:0',
    'search-result peer 203.0.113.101:0',
    'download-ok peer 203.0.113.101:6699',
    'download-ok peer 203.0.113.103:6699',
    'download-ok peer 203.0.113.101:6699',
    'browse peer 203.0.113.101:0',
    'browse peer 203.0.113.101:0',
  ])
  assert.equal(kept.of('claim')[2]!.content, SLOW_TRAIN)
  // The answer to a download names no size: the search did.
  assert.equal(kept.of('claim')[6]!.content, SLOW_TRAIN)
  const text = JSON.stringify(kept.said)
  assert.ok(!text.includes('pwb9') && text.includes('(redacted)'))
})

test('downloads: name, size, content; TekNap asks before it was hailed', () => {
  const kept = fixture('download', 'peer')
  const [request] = kept.of('request')
  assert.equal(request!.content, SLOW_TRAIN)
  const [transfer] = kept.of('transfer')
  assert.equal(transfer!.name, 'Garage Heroes - Slow Train.mp3')
  assert.equal(transfer!.content, SLOW_TRAIN)
  assert.ok(transfer!.bytes > 5000 && transfer!.bytes < 95_712)
})

test('TekNap answers GETLIST with SENDLIST', () => {
  const kept = fixture('browse', 'peer')
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(
    kept.of('request').map(({ what }) => what),
    ['browse'],
  )
})

test('resume, push, whois, redirects, and what a server may command', () => {
  const kept = checkSession(opennap, factsOf('tcp', 'server'), serverTalk)
  assert.deepEqual(claimsOf(kept), [
    'resume-source peer 203.0.113.7:6699',
    'push-request peer 203.0.113.8:6700',
    'whois peer 203.0.113.7:6699',
    'redirect server 198.51.100.89:7777',
    'cycle metaserver 198.51.100.90:8875',
    'login peer 192.0.2.1:6701',
  ])
  assert.deepEqual(
    kept.of('threat').map(({ threat, severity }) => `${threat} ${severity}`),
    ['commanded-download high', 'commanded-connection medium'],
  )
  assert.deepEqual(
    kept.of('request').map(({ what, content }) => [what, content]),
    [
      ['resume', MD5_URN],
      ['push', undefined],
    ],
  )
  assert.deepEqual(
    kept.of('share').map(({ name, size, also }) => [name, size, also]),
    [
      ['generic band - generic song.mp3', 443_332, [MD5_URN]],
      ['grand canyon.jpg', 54_187, [MD5_URN]],
    ],
  )
  assert.deepEqual(kept.of('message').at(-1)!.fields, { type: 'other', number: 9000 })
  assert.deepEqual(
    kept.of('client').map(({ software, version, listens }) => [software, version, listens?.port]),
    [
      ['nap', '0.8', undefined],
      ['opennap', '0.44', undefined],
      ['TekNap', '1.3g', 6699],
    ],
  )
})

test('a push: the caller brings the file, the listener had asked for it', () => {
  const kept = checkSession(opennap, factsOf('tcp', 'peer'), pushTalk)
  const content = 'urn:x-peerscope:opennap:2500:generic%20song.mp3'
  assert.deepEqual(kept.of('transfer'), [
    {
      type: 'transfer',
      from: OPENER,
      to: OTHER,
      content,
      name: 'generic song.mp3',
      bytes: SONG.length,
      via: 'direct',
    },
  ])
  assert.deepEqual(kept.of('request'), [
    { type: 'request', by: OTHER, of: OPENER, what: 'download', content },
  ])
})

test('a list of files, sent directly', () => {
  const kept = checkSession(opennap, factsOf('tcp', 'peer'), listTalk)
  assert.deepEqual(
    kept.of('share').map(({ name, size, by }) => [name, size, by.ip]),
    [
      ['a.mp3', 443_332, OTHER.ip],
      ['b.mp3', 10, OTHER.ip],
    ],
  )
  const pushed = checkSession(opennap, factsOf('tcp', 'peer'), [
    [1, bytesOf('1')],
    [0, bytesOf('SENDLIST lefty\n"C:\\c.mp3" 00000000000000000000000000000000 7 128 44100 60\n\n')],
  ])
  assert.deepEqual(
    pushed.of('share').map(({ name, by, also }) => [name, by.ip, also]),
    [['c.mp3', OPENER.ip, undefined]],
  )
})

test('a refusal, and a path that climbs', () => {
  const kept = checkSession(opennap, factsOf('tcp', 'peer'), refusedTalk)
  assert.deepEqual(
    kept.of('threat').map(({ threat }) => threat),
    ['path-traversal'],
  )
  assert.equal(kept.of('message').at(-1)!.fields.text, 'FILE NOT SHARED')
  assert.deepEqual(kept.of('transfer'), [])
})

test('of an ask that the capture cut the nick is told, and what moved is counted', () => {
  const { kept } = feed(opennap, factsOf('tcp', 'peer'), [
    [0, bytesOf('GETbobby "\\tmp\\la')],
    [1, bytesOf('1')],
    [1, concat(bytesOf('95712'), SONG)],
  ])
  assert.deepEqual(kept.of('fault'), [])
  assert.equal(kept.of('client')[0]!.nick, 'bobby')
  assert.deepEqual(kept.of('transfer'), [
    { type: 'transfer', from: OTHER, to: OPENER, bytes: SONG.length, via: 'direct' },
  ])
})

test('words that are no ask are a fault', () => {
  const { kept } = feed(opennap, factsOf('tcp', 'peer'), [
    [1, bytesOf('1')],
    [0, bytesOf('HELO')],
    [1, bytesOf('x')],
  ])
  assert.deepEqual(
    kept.of('fault').map(({ wire, fault, resumes }) => [wire, fault, resumes]),
    [['opennap/ask', 'ask-unknown', false]],
  )
})

test('a metaserver claims a server', () => {
  const kept = checkSession(opennap, factsOf('tcp', 'metaserver'), metaserverTalk)
  assert.deepEqual(claimsOf(kept), ['metaserver server 198.51.100.88:8888'])
})

test('numbers in network order are read as well', () => {
  const kept = checkSession(opennap, factsOf('tcp', 'server'), bigTalk)
  const [client] = kept.of('client')
  assert.deepEqual([client!.software, client!.version], ['Napster', '2.0 BETA 10.4'])
})

test('addresses: the first octet is the number modulo 256; signed numbers and nonsense', () => {
  const claimed = (ip: string) =>
    claimsOf(
      feed(opennap, factsOf('tcp', 'server'), [
        [1, frame(204, `lefty ${ip} 6699 "a.mp3" 10fe9e623b1962da85eea61df7ac1f69 3`)],
      ]).kept,
    )
  // napster.txt's example of 201, 0xccdefecd, its octets from the lowest.
  assert.deepEqual(claimed('3437166285'), ['download-ok peer 205.254.222.204:6699'])
  assert.deepEqual(claimed('-857801011'), ['download-ok peer 205.254.222.204:6699'])
  // Its example of 204 is no address: the number has 33 bits.
  assert.deepEqual(claimed('4877911892'), [])
  assert.deepEqual(claimed('203.0.113.9'), ['download-ok peer 203.0.113.9:6699'])
})

test('after a gap the next frames are found again', () => {
  const facts = factsOf('tcp', 'server', false)
  const search = frame(200, 'FILENAME CONTAINS "blue" MAX_RESULTS 100')
  const { kept } = feed(opennap, facts, [
    [0, concat(bytesOf('rest of a frame'), search, frame(211, 'lefty'), search)],
  ])
  assert.deepEqual(
    kept.of('search').map(({ text }) => text),
    ['blue', 'blue'],
  )
})

test('noise between frames is a fault, and what follows is read', () => {
  const search = frame(200, 'FILENAME CONTAINS "blue" MAX_RESULTS 100')
  const { kept } = feed(opennap, factsOf('tcp', 'server'), [
    [0, frame(2, 'foo pass 6699 "nap v0.8" 3')],
    [0, concat(fromHex('0400 ff7f 01020304'), search, search)],
  ])
  assert.deepEqual(
    kept.of('fault').map(({ fault, resumes }) => [fault, resumes]),
    [['out-of-step', true]],
  )
  assert.equal(kept.of('search').length, 2)
})

test('log lines keep to the schema', () => {
  const check = new Ajv2020({ allErrors: true }).compile(opennap.logs!.opennap!)
  const all = [
    fixture('server', 'server'),
    ...[serverTalk, bigTalk].map((talk) => feed(opennap, factsOf('tcp', 'server'), talk).kept),
    ...[pushTalk, listTalk, refusedTalk].map(
      (talk) => feed(opennap, factsOf('tcp', 'peer'), talk).kept,
    ),
    feed(opennap, factsOf('tcp', 'metaserver'), metaserverTalk).kept,
    feed(opennap, factsOf('tcp', 'server'), [
      [0, frame(870, '"C:\\MP3\\" "a.mp3" 00000000000000000000000000000000 5 128 44100 6')],
      [1, frame(201, '"a" x notasize 1 2 3 nick unavailable 4')],
      [1, frame(214, '553 64692 254 GB 102')],
    ]).kept,
  ]
  for (const { fields } of all.flatMap((kept) => kept.of('message'))) {
    assert.ok(check(fields), JSON.stringify([fields, check.errors]))
  }
})

test('opennap: every file of the capture is shared, and moves whole', (context) => {
  const path = sharedCapture('real/opennap.pcap')
  if (path === undefined) return context.skip('the shared captures are not on this machine')
  const said = flowsOf(readFileSync(path)).flatMap((flow) => {
    const part = flow.ends[1].port === 8888 ? 'server' : 'peer'
    const transcript = transcriptOf(flow)
    return feed(opennap, factsOfFlow(flow, part), transcript).kept.said
  })
  const shared = said.flatMap((one) =>
    one.type === 'share' && one.via === 'share' ? `${one.name} ${one.size}` : [],
  )
  assert.deepEqual(shared.sort(), [
    'Garage Band - Loud Amp.mp3 111595',
    'Garage Band - Rusty Gate.mp3 159660',
    'Garage Heroes - Slow Train.mp3 95712',
  ])
  const moved = said.flatMap((one) => (one.type === 'transfer' ? `${one.name} ${one.bytes}` : []))
  assert.deepEqual(moved.sort(), [
    'Garage Band - Loud Amp.mp3 111595',
    'Garage Band - Rusty Gate.mp3 159660',
    'Garage Heroes - Slow Train.mp3 95712',
    'Garage Heroes - Slow Train.mp3 95712',
  ])
  assert.deepEqual(
    said.filter(({ type }) => type === 'fault'),
    [],
  )
})
