/** Tox is recognised by pairs of exact sizes with a repeated key, never by its port. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { concat } from '../../core/bytes.ts'
import { type CapturedFlow, flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { repositoryFile } from '../../core/repository.ts'
import { KEYS, keyed, noise, talk, unkeyed } from './fixtures/make-talk.ts'
import { fits, recognise } from './recognise.ts'

type Talk = readonly (readonly [Side, Uint8Array])[]

function told(said: Talk, count?: number): string {
  const sight = recognise(lookAt(madeFlow('udp', said), count))
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

test('a pair is waited for, and certain once a key is said again', () => {
  assert.deepEqual(
    [1, 2, 3].map((count) => told(talk, count)),
    ['more', 'more', 'dht certain'],
  )
  assert.equal(told(talk.slice(0, 2)), 'dht likely')
  assert.equal(told(talk.slice(4, 6)), 'dht likely')
})

test('one side, other sizes, other keys, or bytes that are no chance are nothing', () => {
  assert.equal(told(talk.filter(([side]) => side === 0)), 'no')
  assert.equal(told([[0, keyed(0x02, 0, 112)]]), 'no')
  assert.equal(told([talk[0]!, [1, keyed(0x04, 1, 83)]]), 'no')
  assert.equal(told([talk[0]!, [1, concat(Uint8Array.of(4), new Uint8Array(81))]]), 'no')
  const stranger = concat(Uint8Array.of(0), noise(81))
  assert.equal(told([talk[0]!, talk[1]!, [1, stranger]]), 'dht likely')
  // WireGuard's first message has 148 bytes and zeros behind its kind.
  assert.equal(told([[0, concat(Uint8Array.of(1, 0, 0, 0), noise(144))]]), 'no')
  // A question of DNS with a small id, of 82 bytes.
  assert.equal(
    told([[0, concat(Uint8Array.of(0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0), noise(70))]]),
    'no',
  )
})

test('discovery in the local network: one key to everybody, from port to same port', () => {
  const hail = concat(Uint8Array.of(0x21), KEYS[0])
  const flow = (ip: string, port: number, times: number): CapturedFlow => ({
    ...madeFlow(
      'udp',
      Array.from({ length: times }, () => [0, hail] as const),
    ),
    ends: [
      { ip: '192.0.2.1', port: 33445 },
      { ip, port },
    ],
  })
  const of = (each: CapturedFlow): string => {
    const sight = recognise(lookAt(each))
    return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
  }
  assert.equal(of(flow('192.0.2.255', 33445, 2)), 'lan-discovery likely')
  assert.equal(of(flow('192.0.2.255', 33445, 1)), 'no')
  assert.equal(of(flow('192.0.2.255', 33446, 2)), 'no')
  assert.equal(of(flow('192.0.2.9', 33445, 2)), 'no')
})

test('relays: the sizes of their handshake, then lengths that chain', () => {
  const frame = (size: number): Uint8Array =>
    concat(Uint8Array.of(Math.floor(size / 256), size % 256), noise(size))
  const alone = (said: Talk): string => fits(lookAt(madeFlow('tcp', said)))[0]?.alone ?? 'none'
  const relay: Talk = [
    [0, noise(128)],
    [1, noise(96)],
    [0, concat(frame(25), frame(49))],
    [1, frame(25)],
  ]
  assert.equal(alone(relay), 'likely')
  assert.equal(alone(relay.slice(0, 3)), 'none')
  assert.equal(alone([...relay.slice(0, 3), [1, noise(25)]]), 'none')
  assert.equal(alone([[0, noise(127)], ...relay.slice(1)]), 'none')
  assert.equal(unkeyed(0x1a, 385).length, 385)
})

test('real nodes: the table, discovery at the own and at other ports, relays', () => {
  const path = repositoryFile('src/protocols/tox/fixtures/nodes.pcap')
  const seen = flowsOf(readFileSync(path)).map((flow) => {
    const sight = recognise(lookAt(flow))
    if (typeof sight !== 'string') return `${sight.part} ${sight.sureness}`
    const [fit] = fits(lookAt(flow))
    return fit === undefined ? 'none' : `${fit.part} ${fit.alone ?? 'by endpoint'}`
  })
  const counts = new Map<string, number>()
  for (const each of seen) counts.set(each, (counts.get(each) ?? 0) + 1)
  // make-nodes.sh: three nodes with each other, over IPv4 and IPv6, two of them and a third at a relay.
  assert.equal(counts.get('dht certain'), 6)
  assert.equal(counts.get('relay likely'), 3)
  assert.deepEqual([...counts.keys()].sort(), [
    'dht certain',
    'lan-discovery by endpoint',
    'lan-discovery likely',
    'relay likely',
  ])
})
