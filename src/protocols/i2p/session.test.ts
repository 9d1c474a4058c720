/** What programs say to their router is told without keys; an SSU2 session tells of both routers. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { endpointText } from '../../core/address.ts'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { checkWire } from '../../core/wire-check.ts'
import { i2p } from './index.ts'
import { logs } from './logs.ts'
import { i2cpWire } from './wire/i2cp.ts'
import { readCommand, samWire } from './wire/sam.ts'

type Talk = readonly (readonly [Side, Uint8Array])[]

test('lines and messages are read and written', () => {
  checkWire(samWire, [bytesOf('HELLO VERSION MIN=3.0 MAX=3.1\n'), bytesOf('\n')])
  checkWire(i2cpWire, [
    concat(fromHex('00000009 20 06'), bytesOf('0.9.58'), fromHex('0000')),
    fromHex('00000000 03'),
  ])
  assert.equal(i2cpWire.parse(fromHex('7fffffff 20'), 0).kind, 'malformed')
  assert.equal(samWire.parse(new Uint8Array(9000).fill(65), 0).kind, 'malformed')
  const { command, pairs } = readCommand(
    bytesOf('naming reply RESULT=OK NAME=a.i2p MESSAGE="a \\"b c"'),
  )
  assert.equal(command, 'NAMING REPLY')
  assert.equal(pairs.get('MESSAGE'), 'a \\"b c')
})

test('SAM: sessions, look-ups, streams; neither passwords nor destinations', () => {
  const talk: Talk = [
    [0, bytesOf('HELLO VERSION MIN=3.2 USER="me" PASSWORD="geheim"\n')],
    [1, bytesOf('HELLO REPLY RESULT=OK VERSION=3.2\n')],
    [0, bytesOf('SESSION CREATE STYLE=STREAM ID=one DESTINATION=SECRETKEYS\n')],
    [0, bytesOf('NAMING LOOKUP NAME=example.i2p\n')],
    [0, bytesOf('STREAM CONNECT ID=one DESTINATION=abc\n')],
    [1, bytesOf('STREAM STATUS RESULT=OK\n')],
    [0, bytesOf('GET / HTTP/1.0\r\n\r\n')],
  ]
  const kept = checkSession(i2p, factsOf('tcp', 'sam'), talk)
  const everything = JSON.stringify(kept.said)
  assert.ok(!everything.includes('geheim') && !everything.includes('SECRETKEYS'))
  assert.deepEqual(
    kept.of('message').map(({ fields }) => fields.command),
    [
      'HELLO VERSION',
      'HELLO REPLY',
      'SESSION CREATE',
      'NAMING LOOKUP',
      'STREAM CONNECT',
      'STREAM STATUS',
    ],
  )
  assert.deepEqual(
    kept.of('request').map(({ what }) => what),
    ['naming-lookup', 'stream-connect'],
  )
  const known = new Set(Object.keys(logs.i2p.properties))
  for (const { fields } of kept.of('message')) {
    for (const key of Object.keys(fields)) assert.ok(known.has(key), key)
  }
})

test('I2CP: versions of both sides', () => {
  const version = concat(Uint8Array.of(6), bytesOf('0.9.58'))
  const talk: Talk = [
    [0, concat(fromHex('2a 00000009 20'), version, fromHex('0000'))],
    [1, concat(fromHex('0000000f 21 0000018bcfe56800'), version)],
    [0, fromHex('00000002 03 0102')],
  ]
  const kept = checkSession(i2p, factsOf('tcp', 'i2cp'), talk)
  assert.deepEqual(
    kept.of('client').map((client) => client.version),
    ['0.9.58', '0.9.58'],
  )
  assert.equal(kept.counts.get('i2cp-3'), 1)
})

test('an SSU2 session claims both of its routers', () => {
  const path = repositoryFile('src/protocols/i2p/fixtures/routers.pcap')
  const flow = flowsOf(readFileSync(path)).find(({ carrier }) => carrier === 'udp')!
  const talk = transcriptOf(flow)
  const kept = checkSession(i2p, factsOfFlow(flow, 'ssu2'), talk)
  assert.deepEqual(
    kept
      .of('claim')
      .map(({ about, carriers }) => `${endpointText(about)} ${carriers}`)
      .sort(),
    ['198.18.40.11:20401 both', '198.18.40.14:20404 both'],
  )
})
