/** Nano: the handshake of a real capture, made messages, and what must not be taken for it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { factsOfFlow, flowsOf, lookAt, madeFlow, transcriptOf } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { checkWire } from '../../core/wire-check.ts'
import { nano } from './index.ts'
import { frameWire, payloadBytes } from './wire/frame.ts'

// nDPI nano.pcapng, frame 4: a query for the node's id, of the live network, version 20.
const QUERY = fromHex(
  '5243141412 0a 0500 f0269f5e0110da0ffa6fb70e5c70c46ec3bd3de37cc66ac1395fdde101f35544',
)
const NOBODY = new Uint8Array(18)
const KEEPALIVE = concat(
  fromHex('5243151513 02 0000'),
  fromHex('00000000000000000000ffffcb007107 a31b'),
  fromHex('20010db8000000000000000000000001 a31b'),
  ...Array.from({ length: 6 }, () => NOBODY),
)
/** A telemetry answer with version 27.1.0, 42 peers and 1,000 blocks; signature and keys are zeros. */
const TELEMETRY = concat(
  fromHex('5243151513 0d ca00'),
  new Uint8Array(96),
  fromHex('00000000000003e8'),
  new Uint8Array(32),
  fromHex('0000002a 15 0000000000000e10'),
  new Uint8Array(32),
  fromHex('1b 01 00 00 00'),
  new Uint8Array(16),
)
const ANSWER = concat(fromHex('5243141412 0a 0700'), new Uint8Array(192).fill(0xab))

test('the contract of wires', () => {
  checkWire(frameWire, [QUERY, ANSWER, KEEPALIVE, TELEMETRY, fromHex('5243151513 0c 0000')])
})

test('sizes follow from type and extensions', () => {
  // nano-node: sizes of blocks, votes and pulls, by hand.
  assert.equal(payloadBytes(3, 0x0600), 216)
  assert.equal(payloadBytes(4, 0x7100), 7 * 64)
  assert.equal(payloadBytes(5, 0xc100), 104 + 12 * 32)
  assert.equal(payloadBytes(5, 0x1121), 104 + 18 * 32)
  assert.equal(payloadBytes(10, 0x0007), 32 + 96 + 64)
  assert.equal(payloadBytes(14, 34), 43)
  assert.equal(payloadBytes(3, 0x0100), undefined)
  assert.equal(payloadBytes(9, 0), undefined)
})

const TALK: readonly (readonly [Side, Uint8Array])[] = [
  [0, QUERY],
  [1, ANSWER],
  [0, concat(KEEPALIVE, fromHex('5243151513 0c 0000'))],
  [1, TELEMETRY],
]

test('who is told of is claimed, who tells of itself is named', () => {
  const kept = checkSession(nano, factsOf('tcp', 'node'), TALK)
  assert.deepEqual(
    kept.of('claim').map(({ via, about }) => `${via} ${about.ip} ${about.port}`),
    ['keepalive 203.0.113.7 7075', 'keepalive 2001:db8::1 7075'],
  )
  assert.deepEqual(
    kept.of('client').map(({ software, version, id }) => [software, version, id!.slice(0, 4)]),
    [
      [undefined, undefined, 'abab'],
      ['nano-node', '27.1.0', '0000'],
    ],
  )
  const told = kept.of('message').at(-1)!.fields
  assert.deepEqual([told.peer_count, told.blocks, told.uptime_seconds], [42, 1000, 3600])
  const check = new Ajv2020({ allErrors: true }).compile(nano.logs!.nano!)
  for (const said of kept.of('message')) assert.ok(check(said.fields), JSON.stringify(check.errors))
})

test('blocks without headers end the reading of their side, not of the other', () => {
  const kept = checkSession(nano, factsOf('tcp', 'node'), [
    [0, QUERY],
    [1, new Uint8Array(300).fill(6)],
    [0, KEEPALIVE],
  ])
  assert.equal(kept.of('claim').length, 2)
})

function sure(
  carrier: 'tcp' | 'udp',
  transcript: readonly (readonly [Side, Uint8Array])[],
): string {
  const sight = nano.recognise(lookAt(madeFlow(carrier, transcript)))
  return typeof sight === 'string' ? sight : sight.sureness
}

test('a handshake is certain; other messages with the other side, or where they fill a datagram', () => {
  assert.equal(sure('tcp', TALK), 'certain')
  assert.equal(sure('tcp', [[0, QUERY]]), 'certain')
  assert.equal(sure('tcp', [[0, KEEPALIVE]]), 'no')
  assert.equal(sure('udp', [[0, KEEPALIVE]]), 'certain')
})

test('near misses', () => {
  assert.equal(sure('tcp', [[0, bytesOf('RCPT TO:<somebody@example.org>\r\n')]]), 'no')
  assert.equal(sure('tcp', [[0, bytesOf('RAR archive follows, or so it says')]]), 'no')
  assert.equal(sure('tcp', [[0, concat(QUERY, new Uint8Array(9))]]), 'no')
  assert.equal(sure('udp', [[0, KEEPALIVE.subarray(0, 100)]]), 'no')
  assert.equal(sure('udp', [[0, concat(fromHex('5243141412 0a 0900'), new Uint8Array(32))]]), 'no')
})

test('nDPI’s capture: one flow, both handshakes', (context) => {
  const path = sharedCapture('third-party/p2p/nano/ndpi-nano.pcapng')
  if (path === undefined) return context.skip('the shared captures are not on this machine')
  const [flow] = flowsOf(readFileSync(path))
  const sight = nano.recognise(lookAt(flow!))
  assert.ok(typeof sight !== 'string' && sight.sureness === 'certain')
  const transcript = transcriptOf(flow!)
  const kept = checkSession(nano, factsOfFlow(flow!, 'node'), transcript)
  assert.deepEqual(
    kept.of('message').map(({ fields }) => [fields.query, fields.answer, fields.using]),
    [
      [true, false, 20],
      [true, true, 20],
    ],
  )
})
