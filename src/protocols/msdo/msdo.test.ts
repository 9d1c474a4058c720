/** Delivery Optimization is recognised by its name, and says who wants what from whom. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { factsOfFlow, flowsOf, lookAt, madeFlow, transcriptOf } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import type { Look } from '../../core/protocol.ts'
import { sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf, feed } from '../../core/session-check.ts'
import { checkWire } from '../../core/wire-check.ts'
import { msdo } from './index.ts'
import { logs } from './logs.ts'
import { recognise } from './recognise.ts'
import { peerWire } from './wire/peer.ts'

const CONTENT = Uint8Array.from({ length: 32 }, (_, i) => i)
const ID = Uint8Array.from({ length: 20 }, (_, i) => (i < 16 ? 0xa0 + i : 0))
const HANDSHAKE = concat(bytesOf('\x0eSwarm protocol'), fromHex('0000000000100000'), CONTENT, ID)
const FRAME = fromHex('00000009 05 00000fffffe00003')
const URN = `urn:x-peerscope:msdo:${Buffer.from(CONTENT).toString('hex')}`

function told(look: Look): string {
  const sight = recognise(look)
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

function made(...talk: readonly (readonly [Side, Uint8Array])[]): Look {
  return lookAt(madeFlow('tcp', talk))
}

test('the contract of wires', () => {
  checkWire(peerWire, [HANDSHAKE, FRAME, fromHex('00000000'), fromHex('00000001 02')])
})

test('the name is certain, from either side; half of it waits', () => {
  assert.equal(told(made([0, HANDSHAKE])), 'peer certain')
  assert.equal(told(made([1, HANDSHAKE])), 'peer certain')
  const half = { ...made([0, HANDSHAKE.subarray(0, 9)]), final: false }
  assert.equal(told(half), 'more')
  assert.equal(told({ ...half, final: true }), 'no')
})

test("near misses: BitTorrent's handshake, another name of fourteen letters, an echo", () => {
  assert.equal(told(made([0, bytesOf('\x13BitTorrent protocol\0\0\0\0')])), 'no')
  assert.equal(told(made([0, bytesOf('\x0eSwarm protocoL\0\0\0\0\0')])), 'no')
  assert.equal(told(made([0, bytesOf('Swarm protocol')])), 'no')
})

test('a handshake is a request, and says who asks', () => {
  const large = concat(fromHex('00002001 07'), new Uint8Array(0x2000).fill(7))
  const flow = factsOf('tcp', 'peer')
  const kept = checkSession(msdo, flow, [
    [0, HANDSHAKE],
    [1, HANDSHAKE],
    [0, concat(FRAME, fromHex('00000000'))],
    [1, concat(large, FRAME)],
  ])
  const [opener, other] = flow.ends
  assert.deepEqual(kept.of('request'), [
    { type: 'request', by: opener, of: other, what: 'handshake', content: URN },
    { type: 'request', by: other, of: opener, what: 'handshake', content: URN },
  ])
  assert.deepEqual(
    kept.of('client').map(({ id }) => id),
    ['a0a1a2a3a4a5a6a7a8a9aaabacadaeaf00000000', 'a0a1a2a3a4a5a6a7a8a9aaabacadaeaf00000000'],
  )
  assert.equal(kept.counts.get('frame-7'), 1)
  assert.equal(kept.counts.get('keep-alive'), 1)
  const known = Object.keys(logs.msdo.properties)
  for (const { fields } of kept.of('message')) {
    assert.deepEqual(
      Object.keys(fields).filter((key) => !known.includes(key)),
      [],
    )
  }
})

test('an impossible length ends the reading', () => {
  const { kept } = feed(msdo, factsOf('tcp', 'peer'), [
    [0, concat(HANDSHAKE, fromHex('7f00000005'))],
  ])
  assert.deepEqual(
    kept.of('fault').map(({ fault }) => fault),
    ['frame-too-long'],
  )
})

const file = sharedCapture('third-party/p2p/msdo/ndpi-msdo.pcapng')
const skip = file === undefined ? 'the third-party captures are not here' : false
test('two computers of 2025', { skip }, () => {
  const [flow] = flowsOf(readFileSync(file!))
  assert.equal(told(lookAt(flow!)), 'peer certain')
  const transcript = transcriptOf(flow!)
  const kept = checkSession(msdo, factsOfFlow(flow!, 'peer'), transcript)
  assert.deepEqual(kept.of('fault'), [])
  const urn =
    'urn:x-peerscope:msdo:8a8106224edd6a977fcda7218212ebc312c696cd6283ff07b61e72a30b694208'
  assert.deepEqual(
    kept.of('request').map(({ content }) => content),
    [urn, urn],
  )
  assert.deepEqual(
    kept.of('message').map(({ name }) => name),
    ['handshake', 'handshake', 'frame', 'frame'],
  )
})
