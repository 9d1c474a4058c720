/** What peers and servers are told comes out as claims, requests, shares and transfers. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat } from '../../core/bytes.ts'
import { factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import { sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf, feed } from '../../core/session-check.ts'
import { ANSWER, DATA, HELLO, INTRODUCE, PUNCH, REPORT } from './fixtures/talk.ts'
import { ppstream } from './index.ts'
import { logs } from './logs.ts'

const ID = 'urn:x-peerscope:ppstream:id:0102030405060708'
const FILE = 'urn:x-peerscope:ppstream:a0a1a2a3a4a5a6a7a8a9aaabacadaeaf'
const PEER = factsOf('udp', 'peer')
const SERVER = factsOf('udp', 'server')

test('peers: who watches what, and how much moved', () => {
  const kept = checkSession(ppstream, PEER, [
    [0, PUNCH],
    [0, PUNCH],
    [0, HELLO],
    [1, DATA],
    [0, ANSWER],
    [1, DATA],
  ])
  const [opener, other] = PEER.ends
  assert.deepEqual(kept.of('request'), [
    { type: 'request', by: opener, of: other, what: 'punch', content: ID },
    { type: 'request', by: opener, of: other, what: 'hello', content: ID },
  ])
  assert.deepEqual(kept.of('share'), [
    { type: 'share', by: opener, content: ID, via: 'hello', also: [FILE] },
  ])
  assert.deepEqual(kept.of('transfer'), [
    { type: 'transfer', from: other, to: opener, content: ID, bytes: 2048, via: 'data' },
  ])
  assert.deepEqual(
    kept.of('client').map(({ who, software }) => [who, software]),
    [
      [opener, 'PPStream'],
      [other, 'PPStream'],
    ],
  )
  assert.equal(kept.counts.get('data'), 2)
  assert.equal(kept.counts.get('answer'), 1)
  assert.deepEqual(kept.of('fault'), [])
})

test('servers: each peer of an introduction is a claim, once', () => {
  const kept = checkSession(ppstream, SERVER, [
    [0, INTRODUCE],
    [0, INTRODUCE],
    [0, REPORT],
  ])
  const by = SERVER.ends[0]
  const claim = { type: 'claim', by, part: 'peer', carriers: 'udp' } as const
  assert.deepEqual(kept.of('claim'), [
    { ...claim, about: { ip: '198.51.100.2', port: 29_702 }, via: 'introduce', content: ID },
    { ...claim, about: { ip: '203.0.113.9', port: 1107 }, via: 'introduce', content: ID },
    { ...claim, about: { ip: '192.0.2.1', port: 22_793 }, via: 'report', content: FILE },
  ])
  assert.equal(kept.of('client')[0]!.listens!.ip, '192.0.2.1')
})

test('a broken ring is a fault, and reading goes on', () => {
  const { kept } = feed(ppstream, PEER, [
    [0, PUNCH.with(23, 1)],
    [0, PUNCH],
  ])
  assert.deepEqual(
    kept.of('fault').map(({ fault, resumes }) => [fault, resumes]),
    [['ring-open', true]],
  )
  assert.equal(kept.of('request').length, 1)
})

test('a video stream is told by its head, and the rest is passed over', () => {
  const head = concat(bytesOf('PSProtocol\0'), new Uint8Array(49), new Uint8Array(500).fill(9))
  const kept = checkSession(ppstream, factsOf('tcp', 'video'), [[1, head]])
  assert.deepEqual(
    kept.of('message').map(({ name }) => name),
    ['video'],
  )
})

test('every log field is in the schema', () => {
  const { kept } = feed(ppstream, PEER, [
    [0, PUNCH],
    [0, HELLO],
    [1, DATA],
    [0, ANSWER],
    [0, INTRODUCE],
    [0, REPORT],
  ])
  const known = Object.keys(logs.ppstream.properties)
  for (const { fields } of kept.of('message')) {
    for (const key of Object.keys(fields)) assert.ok(known.includes(key), key)
    assert.ok(logs.ppstream.properties.type.enum.includes(fields.type as 'data'))
  }
  assert.equal(kept.of('message').length, 6)
})

const file = sharedCapture('third-party/p2p/ppstream/ndpi-pps-full.pcap')
const skip = file === undefined ? 'the third-party captures are not here' : false
test('a real client: every datagram is read, the peers it names are those it calls', {
  skip,
}, () => {
  const flows = flowsOf(readFileSync(file!)).filter(
    ({ carrier, ends }) => carrier === 'udp' && ends.some(({ port }) => port === 22_793),
  )
  const called = new Set(flows.map(({ ends }) => `${ends[1].ip}:${ends[1].port}`))
  const named = new Set<string>()
  for (const flow of flows) {
    const transcript = transcriptOf(flow)
    const { kept, session } = feed(ppstream, factsOfFlow(flow, 'peer'), transcript)
    assert.deepEqual(kept.of('fault'), [])
    assert.equal(session.messages, flow.pieces.length)
    for (const { about, via } of kept.of('claim')) {
      if (via === 'introduce') named.add(`${about.ip}:${about.port}`)
    }
  }
  assert.equal(named.size, 13)
  assert.deepEqual(
    [...named].filter((one) => !called.has(one)),
    [],
  )
})
