/** PPStream is recognised by the ring, by a port that a datagram tells as its own, or by its name. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import type { Look } from '../../core/protocol.ts'
import { sharedCapture } from '../../core/repository.ts'
import { ANSWER, DATA, HELLO, INTRODUCE, PORT, PUNCH, REPORT } from './fixtures/talk.ts'
import { fits, recognise } from './recognise.ts'

type Talk = readonly (readonly [Side, Uint8Array])[]

function fitted(talk: Talk, port = PORT): string {
  const look = lookAt(madeFlow('udp', talk))
  const ends = [{ ip: '192.0.2.1', port }, look.ends[1]] as const
  return told({ ...look, ends })
}

function told(look: Look): string {
  const [fit] = fits(look)
  return fit === undefined ? 'no' : `${fit.part} ${fit.alone}`
}

test('one datagram that tells its own port is likely, behind address translation unsure', () => {
  assert.equal(fitted([[0, PUNCH]]), 'peer likely')
  assert.equal(fitted([[0, HELLO]]), 'peer likely')
  assert.equal(fitted([[0, INTRODUCE]]), 'server likely')
  assert.equal(fitted([[0, REPORT]]), 'server likely')
  assert.equal(fitted([[0, PUNCH]], 9), 'peer unsure')
})

test('the same datagram again says nothing new, another one does', () => {
  const twice: Talk = [
    [0, PUNCH],
    [0, PUNCH],
  ]
  assert.equal(fitted(twice, 9), 'peer unsure')
  assert.equal(fitted([...twice, [1, DATA]], 9), 'peer likely')
  assert.equal(fitted([...twice, [0, ANSWER]], 9), 'peer likely')
})

test('older datagrams of known types need both sides', () => {
  const ask = fromHex('0800 43 4600 aabbcc')
  const answer = fromHex('0600 44 b500 aabbccddee')
  const talk: Talk = [
    [0, ask],
    [1, answer],
  ]
  assert.equal(fitted(talk), 'peer likely')
  assert.equal(fitted([[0, ask]]), 'no')
  assert.equal(
    fitted([
      [0, ask],
      [0, ask],
    ]),
    'no',
  )
  assert.equal(
    fitted([
      [0, ask],
      [1, answer.with(3, 0x11)],
    ]),
    'no',
  )
  assert.equal(
    fitted([
      [0, ask],
      [1, answer.with(0, 5)],
    ]),
    'no',
  )
})

test('older datagrams need five, both sides, and several sizes', () => {
  const older = (size: number) =>
    concat(fromHex(`${size.toString(16)}00 43 9922`), new Uint8Array(size - 5).fill(7))
  const talk: Talk = [30, 40, 50, 30, 60].map((size, i) => [i % 2 === 0 ? 0 : 1, older(size)])
  assert.equal(fitted(talk), 'peer likely')
  assert.equal(fitted(talk.slice(1)), 'no')
  assert.equal(fitted(talk.map(([, bytes]) => [0, bytes])), 'no')
  assert.equal(fitted(talk.map(([side]) => [side, older(30)])), 'no')
})

test('near misses', () => {
  const broken = PUNCH.with(23, 1)
  assert.equal(fitted([[0, broken]]), 'no')
  assert.equal(
    fitted([
      [0, PUNCH],
      [1, fromHex('0102030405')],
    ]),
    'no',
  )
  // A scrambled datagram of a type that nobody knows.
  assert.equal(fitted([[0, fromHex('15805199 99')]]), 'no')
  assert.equal(fitted([]), 'no')
  const cut = lookAt(madeFlow('udp', [[0, DATA]]))
  const datagrams = cut.datagrams.map((one) => ({ ...one, bytes: one.bytes.subarray(0, 96) }))
  assert.equal(told({ ...cut, datagrams }), 'no')
})

test('a video stream is certain by its name and a zero', () => {
  const head = concat(bytesOf('PSProtocol\0'), new Uint8Array(41).fill(7), new Uint8Array(8))
  const sight = (bytes: Uint8Array, final = false) => {
    const said = recognise({ ...lookAt(madeFlow('tcp', [[1, bytes]])), final })
    return typeof said === 'string' ? said : `${said.part} ${said.sureness}`
  }
  assert.equal(sight(head), 'video certain')
  assert.equal(sight(head.subarray(0, 30)), 'more')
  assert.equal(sight(head.subarray(0, 30), true), 'no')
  assert.equal(sight(head.with(52, 1)), 'no')
  assert.equal(
    sight(bytesOf('PSProtocols are many, and this text is long enough to be one of them')),
    'no',
  )
})

for (const name of ['ndpi-pps-full.pcap', 'ndpi-pps.pcap']) {
  const file = sharedCapture(`third-party/p2p/ppstream/${name}`)
  const skip = file === undefined ? 'the third-party captures are not here' : false
  test(`${name}: every flow of the client's port, and no other`, { skip }, () => {
    const flows = flowsOf(readFileSync(file!))
    const datagrams = flows.filter(({ carrier, pieces }) => carrier === 'udp' && pieces.length > 0)
    const isPps = ({ ends }: (typeof flows)[number]) => ends.some(({ port }) => port === 22_793)
    assert.equal(datagrams.filter(isPps).length, 34)
    for (const flow of datagrams) {
      const expected = isPps(flow) ? /^(?:peer|server) likely$/ : /^no$/
      assert.match(told(lookAt(flow)), expected, JSON.stringify(flow.ends))
    }
  })
}
