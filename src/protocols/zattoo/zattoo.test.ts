/** Zattoo is recognised by lines of its program, or by packets of both sides; its web page is not. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { checkWire } from '../../core/wire-check.ts'
import { zattoo } from './index.ts'
import { logs } from './logs.ts'
import { recognise } from './recognise.ts'
import { loginWire } from './wire/login.ts'
import { packetWire } from './wire/packet.ts'

type Talk = readonly (readonly [Side, Uint8Array])[]
const REST = new Uint8Array(60).fill(9)
const FIRST = concat(fromHex('030400040a00'), REST)
const ANSWER = concat(fromHex('0304'), REST)
const FRONTDOOR = bytesOf('GET /frontdoor/fd?brand=Zattoo&v=3.2.1&os=win HTTP/1.1\r\n')
const UPDATE = bytesOf('POST /channelserver/player/channel/update HTTP/1.1\r\n')
const AGENT = bytesOf('Host: a\r\nUser-Agent: Zattoo/3.2.1\r\n\r\n')

function told(carrier: 'tcp' | 'udp', talk: Talk, final = true): string {
  const sight = recognise({ ...lookAt(madeFlow(carrier, talk)), final })
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

test('the contract of wires', () => {
  checkWire(loginWire, [FRONTDOOR, UPDATE])
  checkWire(packetWire, [FIRST, fromHex('03010005')])
})

test("the program's lines are certain", () => {
  assert.equal(told('tcp', [[0, FRONTDOOR]]), 'server certain')
  assert.equal(told('tcp', [[0, concat(UPDATE, AGENT)]]), 'server certain')
  assert.equal(told('tcp', [[0, FRONTDOOR.subarray(0, 20)]], false), 'more')
  assert.equal(told('tcp', [[0, UPDATE]], false), 'more')
  assert.equal(told('tcp', [[0, UPDATE]]), 'no')
  assert.equal(told('tcp', [[0, bytesOf('GET /frontdoor/ HTTP/1.1\r\n\r\n')]]), 'no')
})

test('packets need both sides', () => {
  const pair = (carrier: 'tcp' | 'udp', a: Uint8Array, b: Uint8Array) =>
    told(carrier, [
      [0, a],
      [1, b],
    ])
  assert.equal(pair('tcp', FIRST, ANSWER), 'peer likely')
  assert.equal(told('tcp', [[0, FIRST]], false), 'more')
  assert.equal(told('tcp', [[0, FIRST]]), 'no')
  assert.equal(pair('tcp', FIRST, concat(fromHex('0300'), REST)), 'no')
  assert.equal(pair('tcp', FIRST.subarray(0, 20), ANSWER), 'no')
  assert.equal(pair('udp', FIRST, FIRST), 'peer likely')
  assert.equal(pair('udp', FIRST, concat(fromHex('03010005'), REST)), 'peer likely')
  assert.equal(pair('udp', FIRST, ANSWER), 'no')
  assert.equal(pair('udp', FIRST, concat(fromHex('04'), REST)), 'no')
  // A connection request of RDP: TPKT begins 03 too.
  assert.equal(told('tcp', [[0, fromHex('0300002b26e00000000000436f6f6b69653a20')]]), 'no')
})

test('what is said: the program and its version, packets by kind', () => {
  const server = checkSession(zattoo, factsOf('tcp', 'server'), [
    [0, concat(FRONTDOOR, AGENT)],
    [1, bytesOf('HTTP/1.1 200 OK\r\n\r\n')],
  ])
  assert.deepEqual(
    server.of('client').map(({ software, version }) => [software, version]),
    [['Zattoo', '3.2.1']],
  )
  const update = checkSession(zattoo, factsOf('tcp', 'server'), [[0, UPDATE]])
  assert.equal(update.of('client')[0]!.version, undefined)
  const peer = checkSession(zattoo, factsOf('udp', 'peer'), [
    [0, FIRST],
    [1, FIRST],
    [0, fromHex('99')],
  ])
  assert.equal(peer.counts.get('packet'), 2)
  assert.equal(peer.counts.get('other'), 1)
  const stream = checkSession(zattoo, factsOf('tcp', 'peer'), [
    [0, FIRST],
    [1, ANSWER],
  ])
  const known = Object.keys(logs.zattoo.properties)
  for (const { fields } of [server, update, peer, stream].flatMap((kept) => kept.of('message'))) {
    assert.deepEqual(
      Object.keys(fields).filter((key) => !known.includes(key)),
      [],
    )
  }
})

const file = sharedCapture('third-party/p2p/zattoo/ndpi-zattoo.pcap')
const skip = file === undefined ? 'the third-party captures are not here' : false
test('the web page of 2011, which takes its video from a CDN, is not the overlay', { skip }, () => {
  for (const flow of flowsOf(readFileSync(file!))) {
    const sight = recognise(lookAt(flow))
    assert.equal(sight, 'no')
  }
})
