/** Datagrams of Tox are read and written; who speaks is told once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hex } from '../../core/bytes.ts'
import { checkSession, factsOf, feed } from '../../core/session-check.ts'
import { checkWire } from '../../core/wire-check.ts'
import { KEYS, keyed, noise, talk } from './fixtures/make-talk.ts'
import { tox } from './index.ts'
import { logs } from './logs.ts'
import { datagramWire, isSize } from './wire/datagram.ts'

test('datagrams of all kinds', () => {
  checkWire(datagramWire, [
    ...talk.map(([, bytes]) => bytes),
    keyed(0x21, 0, 33),
    noise(4).fill(0x83),
  ])
  // The sizes that libprotoident saw, and those of one to four nodes.
  assert.deepEqual(
    [82, 121, 133, 160, 172, 184, 199, 211, 238, 286].map((size) => isSize(0x04, size)),
    Array.from({ length: 10 }, () => true),
  )
  assert.ok(!isSize(0x04, 83) && !isSize(0x04, 325) && !isSize(0x02, 112) && !isSize(0x77, 10))
  const wrong = datagramWire.parse(keyed(0x02, 0, 112), 0)
  assert.equal(wrong.kind === 'malformed' && wrong.fault, 'size-wrong')
})

test('keys of both sides become clients, other kinds a log', () => {
  const kept = checkSession(tox, factsOf('udp', 'dht'), talk)
  assert.deepEqual(
    kept.of('client').map(({ id }) => id),
    [hex(KEYS[0]), hex(KEYS[1])],
  )
  assert.deepEqual(kept.of('fault'), [])
  const known = new Set(Object.keys(logs.tox.properties))
  for (const { fields } of kept.of('message')) {
    for (const key of Object.keys(fields)) assert.ok(known.has(key), key)
  }
  assert.equal(kept.of('message')[0]!.name, 'nodes-request')
  const hail = checkSession(tox, factsOf('udp', 'lan-discovery'), [[0, keyed(0x21, 0, 33)]])
  assert.equal(hail.of('claim')[0]!.about.ip, '192.0.2.1')
})

test('a relay is counted, not read', () => {
  const { kept, session } = feed(tox, factsOf('tcp', 'relay'), [
    [0, noise(128)],
    [1, noise(96)],
  ])
  assert.equal(session.messages, 1)
  assert.equal(kept.said.length, 0)
})
