/** Spotify's beacon is recognised by its letters and size, and says who the player is. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { flowsOf, lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Look } from '../../core/protocol.ts'
import { sharedCapture } from '../../core/repository.ts'
import { checkSession, factsOf, feed } from '../../core/session-check.ts'
import { checkWire } from '../../core/wire-check.ts'
import { spotify } from './index.ts'
import { logs } from './logs.ts'
import { recognise } from './recognise.ts'
import { beaconWire } from './wire/beacon.ts'

const BEACON = concat(
  bytesOf('SpotUdp0'),
  fromHex('a0a1a2a3a4a5a6a7 0001 0004 4895c203'),
  new Uint8Array(20).fill(9),
)

function told(look: Look): string {
  const sight = recognise(look)
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

test('the contract of wires', () => {
  checkWire(beaconWire, [BEACON, BEACON.subarray(0, 40)])
})

test('letters and size are certain; letters of another size, or a text with them, are not', () => {
  assert.equal(told(lookAt(madeFlow('udp', [[0, BEACON]]))), 'discovery certain')
  assert.equal(told(lookAt(madeFlow('udp', [[0, BEACON.subarray(0, 23)]]))), 'no')
  assert.equal(
    told(lookAt(madeFlow('udp', [[0, concat(fromHex('00'), BEACON.subarray(1))]]))),
    'no',
  )
  assert.equal(told(lookAt(madeFlow('tcp', [[0, BEACON]]))), 'no')
})

test('a player is said once, every beacon is counted', () => {
  const flow = factsOf('udp', 'discovery')
  const kept = checkSession(spotify, flow, [
    [0, BEACON],
    [0, BEACON],
  ])
  assert.deepEqual(kept.of('client'), [
    { type: 'client', who: flow.ends[0], software: 'Spotify', id: 'a0a1a2a3a4a5a6a7' },
  ])
  assert.equal(kept.counts.get('beacon'), 2)
  const [said] = kept.of('message')
  assert.deepEqual(said!.fields, {
    type: 'beacon',
    id: 'a0a1a2a3a4a5a6a7',
    group: '4895c203',
    first: 1,
    second: 4,
  })
  assert.deepEqual(Object.keys(logs.spotify.properties), Object.keys(said!.fields))
})

test('a datagram of another size is a fault, and reading goes on', () => {
  const { kept } = feed(spotify, factsOf('udp', 'discovery'), [
    [0, BEACON.subarray(0, 20)],
    [0, BEACON],
  ])
  assert.deepEqual(
    kept.of('fault').map(({ fault }) => fault),
    ['size-wrong'],
  )
  assert.equal(kept.of('client').length, 1)
})

const CAPTURES: readonly (readonly [string, readonly string[]])[] = [
  ['third-party/p2p/skype/ndpi-skype.pcap', ['192.168.1.92']],
  ['third-party/other/zeek/ssh.pcap', ['192.168.1.31', '192.168.1.32']],
  ['third-party/other/ndpi/teams.pcap', ['192.168.1.112']],
  ['third-party/other/ndpi/zoom.pcap', ['192.168.1.117']],
]
for (const [path, players] of CAPTURES) {
  const file = sharedCapture(path)
  const skip = file === undefined ? 'the third-party captures are not here' : false
  test(`${path}: players, and nobody else`, { skip }, () => {
    const found = flowsOf(readFileSync(file!)).filter((flow) => told(lookAt(flow)) !== 'no')
    assert.deepEqual(
      found.map(({ ends }) => ends[0].ip),
      players,
    )
  })
}
