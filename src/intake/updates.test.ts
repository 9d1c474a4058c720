/** How flows stand while they go on: each span of capture time, and only where it is asked for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../core/limits.ts'
import { A, B, Bench, C, unreadable, whisper } from './engine-in-test.ts'

/** IPv4 and UDP headers. */
const HEADERS = 28
const SPAN = 10_000_000

function bench(): Bench {
  return new Bench([whisper], { updateSeconds: 10 })
}

test('recognised flows that moved are told at the end of each span, with all since their begin', () => {
  const watched = bench()
  watched.udp(A, B, 'whisper one').wait(12).udp(A, B, 'more').udp(B, A, 'back').wait(30)
  watched.udp(C, B, 'x').end()
  const updates = watched.of('flow-update')
  assert.deepEqual(
    updates.map(({ flow, packets, p2p }) => [flow, packets, p2p.part]),
    [
      [1, [1, 0], 'talk'],
      [1, [2, 1], 'talk'],
    ],
  )
  assert.deepEqual(updates[1]!.bytes, [HEADERS * 2 + 11 + 4, HEADERS + 4])
})

test('all packets count as traffic, in spans that begin at even times', () => {
  const watched = bench()
  const start = watched.micros
  watched.udp(A, B, 'whisper one').udp(C, B, 'x').wait(25).udp(C, B, 'yz').end()
  const traffic = watched.of('traffic')
  const first = Math.floor(start / SPAN) * SPAN + SPAN
  assert.deepEqual(
    traffic.map(({ micros, packets, bytes, flows, seconds }) => [
      micros,
      packets,
      bytes,
      flows,
      seconds,
    ]),
    [
      [first, 2, 2 * HEADERS + 12, 2, 10],
      [first + 2 * SPAN, 1, HEADERS + 2, 0, 10],
    ],
  )
})

test('a flow that a later claim explains is named at the next span, while it goes on', () => {
  const watched = bench()
  const { lookDatagrams } = limits
  for (let i = 0; i < lookDatagrams; i++)
    watched.udp(A, C, unreadable(40)).udp(C, A, unreadable(50))
  watched.udp(B, A, `whisper claim ${C.ip} ${C.port} talk udp`)
  assert.equal(watched.recognitions.length, 1)
  watched.wait(11).udp(A, C, unreadable(40))
  const [, named] = watched.recognitions
  assert.deepEqual([named?.flow, named?.part, named?.sureness], [1, 'secret', 'likely'])
  assert.equal(named?.frame, 2 * lookDatagrams, 'it is said of the last packet of its flow')
  watched.end()
  assert.equal(watched.flows.find(({ flow }) => flow === 1)?.p2p?.part, 'secret')
})

test('time may run without packets; nothing is told of a span in which nothing moved', () => {
  const watched = bench()
  watched.udp(A, B, 'whisper one')
  watched.engine.tick(watched.micros + 11_000_000)
  watched.engine.tick(watched.micros + 22_000_000)
  assert.deepEqual([watched.of('flow-update').length, watched.of('traffic').length], [1, 1])
})

test('nobody who did not ask is told', () => {
  const quiet = new Bench()
  quiet.udp(A, B, 'whisper one').wait(30).udp(A, B, 'two').end()
  assert.deepEqual([quiet.of('flow-update').length, quiet.of('traffic').length], [0, 0])
})
