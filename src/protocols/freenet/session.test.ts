/** What is said in clear comes out: nodes, keys, clients, and doors that stand open. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { bytesOf } from '../../core/bytes.ts'
import { checkSession, factsOf, type Transcript } from '../../core/session-check.ts'
import { announcement, fcp1, fcp2, fproxy, KEY, link } from './fixtures/make-talk.ts'
import { freenet } from './index.ts'

const URN = `urn:x-peerscope:freenet:${KEY}`
const of = (part: string, talk: Transcript) => checkSession(freenet, factsOf('tcp', part), talk)

test('FCP 2: who speaks, what is asked for, which nodes are told, what came', () => {
  const kept = of('fcp', fcp2)
  const [client, node] = factsOf('tcp', 'fcp').ends
  assert.deepEqual(
    kept.of('client').map(({ who, software, version, nick }) => [who, software, version, nick]),
    [
      [client, undefined, undefined, 'My Freenet Client'],
      [node, 'Fred', 'Fred,0.7,1.0,1134', undefined],
    ],
  )
  assert.deepEqual(kept.of('request'), [
    {
      type: 'request',
      by: client,
      of: node,
      what: 'ClientGet',
      content: URN,
      name: 'war and peace.txt',
    },
  ])
  assert.deepEqual(
    kept.of('claim').map(({ about, part, carriers }) => [about.ip, about.port, part, carriers]),
    [
      ['203.0.113.5', 39_481, 'node', 'udp'],
      ['198.51.100.77', 39_481, 'node', 'udp'],
    ],
  )
  assert.deepEqual(
    kept.of('transfer').map(({ content, bytes }) => [content, bytes]),
    [[URN, 11]],
  )
  assert.equal(kept.of('message').at(-1)?.name, 'EndListPeers')
  assert.deepEqual(kept.of('fault'), [])
})

test('a control port that another host reaches is a finding; on the host itself it is none', () => {
  const threats = of('fcp', fcp2).of('threat')
  assert.deepEqual(
    threats.map(({ threat, severity }) => [threat, severity]),
    [
      ['exposed-control-port', 'medium'],
      ['remote-control', 'high'],
    ],
  )
  const ends = [
    { ip: '127.0.0.1', port: 5 },
    { ip: '127.0.0.1', port: 9481 },
  ] as const
  const local = checkSession(freenet, { ...factsOf('tcp', 'fcp'), ends }, fcp2)
  assert.deepEqual(local.of('threat'), [])
})

test('FCP 1 counts data in hex', () => {
  const kept = of('fcp', fcp1)
  assert.deepEqual(
    kept.of('message').map(({ name }) => name),
    ['preamble', 'ClientHello', 'NodeHello', 'ClientGet', 'DataChunk', 'Success'],
  )
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(
    kept.of('share').map(({ content }) => content),
    ['urn:x-peerscope:freenet:KSK@gpl.txt'],
  )
})

test('announcements in clear tell nodes, requests their keys', () => {
  const kept = of('node', announcement)
  assert.deepEqual(
    kept.of('claim').map(({ about, via }) => `${about.ip}:${about.port} ${via}`),
    ['203.0.113.20:11023 NodeAnnouncement', '203.0.113.21:4441 NodeAnnouncement'],
  )
  assert.deepEqual(
    kept.of('request').map(({ content }) => content),
    ['urn:x-peerscope:freenet:00112233445566778899aabbccddeeff00112233'],
  )
})

test('what moves between nodes is told by the number of its request', () => {
  const key = '00112233445566778899aabbccddeeff00112233'
  const talk: Transcript = [
    [0, bytesOf(`DataRequest\nSearchKey=${key}\nUniqueID=7\nHopsToLive=a\nEndMessage\n`)],
    [1, bytesOf('DataReply\nUniqueID=7\nDataLength=1a\nData\n')],
    [1, new Uint8Array(0x1a).fill(0x78)],
  ]
  const [transfer, ...more] = of('node', talk).of('transfer')
  assert.deepEqual(more, [])
  const { content, bytes, via, from } = transfer!
  assert.deepEqual([content, bytes, via], [`urn:x-peerscope:freenet:${key}`, 26, 'node'])
  assert.deepEqual(from, factsOf('tcp', 'node').ends[1])
})

test('of a link only its opening is said', () => {
  assert.deepEqual(
    of('node', link)
      .of('message')
      .map(({ fields }) => fields),
    [
      { type: 'link', mode: 'authenticate' },
      { type: 'link-answer', answer: 0xfb },
    ],
  )
})

test('FProxy: keys, names, sizes', () => {
  const kept = of('fproxy', fproxy)
  assert.deepEqual(
    kept.of('request').map(({ content, name }) => [content, name]),
    [[URN, 'war and peace.txt']],
  )
  assert.deepEqual(
    kept.of('share').map(({ content, size }) => [content, size]),
    [[URN, 11]],
  )
  assert.deepEqual(
    kept.of('transfer').map(({ bytes }) => bytes),
    [11],
  )
})

test('passwords are not repeated', () => {
  const talk = [[0, bytesOf('ClientDelete\npassword=hunter2\nEndMessage\n')]] as const
  assert.doesNotMatch(JSON.stringify(of('fcp', talk).said), /hunter2/)
})

test('log lines keep to the schema', () => {
  for (const [part, talk] of [
    ['fcp', fcp2],
    ['fcp', fcp1],
    ['node', announcement],
    ['node', link],
    ['fproxy', fproxy],
  ] as const) {
    for (const { log, fields } of of(part, talk).of('message')) {
      const check = new Ajv2020({ allErrors: true }).compile(freenet.logs![log]!)
      assert.ok(check(fields), JSON.stringify([fields, check.errors]))
    }
  }
})
