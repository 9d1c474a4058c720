/** Hamachi is recognised by its hello, or by probes of both sides; zeros alone are nothing. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { concat, fromHex } from '../../core/bytes.ts'
import { factsOfFlow, flowsOf, lookAt, madeFlow, transcriptOf } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import type { Look } from '../../core/protocol.ts'
import { sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { checkWire } from '../../core/wire-check.ts'
import { hamachi } from './index.ts'
import { logs } from './logs.ts'
import { recognise } from './recognise.ts'
import { datagramWire } from './wire/datagram.ts'
import { helloWire } from './wire/hello.ts'

const BODY = Uint8Array.from({ length: 340 }, (_, i) => (i * 37) % 256)
const HELLO = concat(fromHex('00000160 00000000 a1a2a3a4 7b7a0dad'), BODY)
const probe = (cookie: string) => concat(new Uint8Array(8), fromHex(cookie), new Uint8Array(64))
const data = (head: string) => concat(fromHex(head), BODY.subarray(0, 60))

type Talk = readonly (readonly [Side, Uint8Array])[]
const TALK: Talk = [
  [0, probe('a8522f85')],
  [1, probe('c513366b')],
  [0, data('a0a0a0a0 00000045 4470')],
  [1, data('b0b0b0b0 00000043 bca4')],
  [1, data('b0b0b0b0 00000044 bca4')],
]

function told(look: Look): string {
  const sight = recognise(look)
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

function made(carrier: 'tcp' | 'udp', talk: Talk, final = true): string {
  return told({ ...lookAt(madeFlow(carrier, talk)), final })
}

test('the contract of wires', () => {
  checkWire(helloWire, [HELLO])
  checkWire(datagramWire, [probe('a8522f85'), data('a0a0a0a0 00000045 4470')])
})

test('a whole hello is certain, a cut one likely', () => {
  assert.equal(made('tcp', [[0, HELLO]]), 'server certain')
  assert.equal(made('tcp', [[0, HELLO.subarray(0, 100)]], false), 'more')
  assert.equal(made('tcp', [[0, HELLO.subarray(0, 100)]]), 'server likely')
  assert.equal(made('tcp', [[0, HELLO.subarray(0, 10)]]), 'no')
  assert.equal(made('tcp', [[0, HELLO.subarray(0, 10)]], false), 'more')
})

test('probes of both sides are likely, a count that follows makes them certain', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((count) => made('udp', TALK.slice(0, count), false)),
    ['more', 'more', 'more', 'more', 'tunnel certain'],
  )
  assert.equal(made('udp', TALK.slice(0, 2)), 'tunnel likely')
})

test('near misses', () => {
  // SMB over TCP, and a length without the mark.
  assert.equal(made('tcp', [[0, fromHex('00000054 ff534d42 72000000 00180128 00000000')]]), 'no')
  assert.equal(made('tcp', [[0, HELLO.with(12, 0)]]), 'no')
  assert.equal(made('tcp', [[0, HELLO.with(4, 1)]]), 'no')
  assert.equal(made('tcp', [[1, HELLO]]), 'no')
  // One side's probe, zeros without a cookie, zeros of another size, data under another number.
  assert.equal(made('udp', TALK.slice(0, 1)), 'no')
  const zeros = new Uint8Array(76)
  assert.equal(
    made('udp', [
      [0, zeros],
      [1, zeros],
    ]),
    'no',
  )
  assert.equal(made('udp', [[0, new Uint8Array(48)]]), 'no')
  const other = data('b0b0b0b1 00000044 bca4')
  assert.equal(made('udp', [...TALK.slice(0, 4), [1, other]]), 'no')
})

test('what is said: a client, a probe and a tunnel of each side, all else counted', () => {
  const link = checkSession(hamachi, factsOf('tcp', 'server'), [
    [0, concat(HELLO, BODY)],
    [1, BODY],
  ])
  assert.deepEqual(
    link.said.map(({ type }) => type),
    ['message', 'client'],
  )
  const tunnel = checkSession(hamachi, factsOf('udp', 'tunnel'), TALK)
  assert.deepEqual(
    tunnel.of('message').map(({ name, side }) => `${name} ${side}`),
    ['probe 0', 'probe 1', 'data 0', 'data 1'],
  )
  assert.equal(tunnel.counts.get('data'), 3)
  const known = Object.keys(logs.hamachi.properties)
  for (const { fields } of [...link.of('message'), ...tunnel.of('message')]) {
    assert.deepEqual(
      Object.keys(fields).filter((key) => !known.includes(key)),
      [],
    )
  }
})

const file = sharedCapture('third-party/p2p/hamachi/ndpi-hamachi.pcapng')
const skip = file === undefined ? 'the third-party captures are not here' : false
test('a real client: its link and its tunnel; its web page over TLS is not named', { skip }, () => {
  const flows = flowsOf(readFileSync(file!))
  assert.deepEqual(
    flows.map((flow) => told(lookAt(flow))),
    ['server certain', 'no', 'tunnel certain'],
  )
  for (const flow of [flows[0]!, flows[2]!]) {
    const transcript = transcriptOf(flow)
    const kept = checkSession(hamachi, factsOfFlow(flow, 'tunnel'), transcript)
    assert.deepEqual(kept.of('fault'), [])
    assert.ok(kept.of('message').length > 0)
  }
})
