/** n2n's packets of version 1 as edges send them, of versions 2 and 3 as its source writes them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ip4 } from '../../../core/address.ts'
import { hex } from '../../../core/bytes.ts'
import { flowsOf } from '../../../core/captured-flows.ts'
import { repositoryFile } from '../../../core/repository.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { registered } from '../fixtures/make-registered.ts'
import { packetWire } from './packet.ts'

const FILE = repositoryFile('src/protocols/n2n/fixtures/edges.pcap')
const real = flowsOf(readFileSync(FILE)).flatMap(({ pieces }) => pieces.map(({ bytes }) => bytes))

test('packets of all versions pass the examination', () => {
  checkWire(
    packetWire,
    [...real, ...registered(2), ...registered(3)].map((bytes) => bytes.slice()),
  )
})

test('the frame that a supernode passed on tells where its edge is', () => {
  const passed = real.find((bytes) => bytes[1] === 3 && bytes[3] === 1 && bytes[20] === 0x5a)!
  const outcome = packetWire.parse(passed, 0)
  assert.ok(outcome.kind === 'message' && outcome.message.version === 1)
  const { publicEnd, source, ttl } = outcome.message
  assert.deepEqual(
    [ip4(publicEnd.address, 0), publicEnd.port, hex(source), ttl],
    ['10.80.62.2', 60_357, '5a9a59f914f2', 1],
  )
})
