/**
 * What is not P2P does not become it when the capture begins late, is cut, loses packets, sees one
 * direction, or when ports are P2P's: every fixture in every way of `mutations.ts`.
 */
import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { test } from 'node:test'
import { repositoryFile } from '../../src/core/repository.ts'
import { FIXTURES } from './fixtures.ts'
import { isKnown, KNOWN_FIXTURES } from './known.ts'
import { MUTATIONS } from './mutations.ts'
import { flowsOf, namedOf, packetsOf } from './packets.ts'

for (const path of FIXTURES) {
  const known = KNOWN_FIXTURES[basename(path)]
  const what = known ? `no family but its own (${known.names.join(', ')})` : 'no flow gets a family'
  test(`${basename(path)}: ${what}, however the capture is changed`, async () => {
    const packets = await packetsOf(repositoryFile(path))
    assert.ok(packets.length > 0)
    for (const [name, mutate] of MUTATIONS) {
      const flows = flowsOf(mutate(packets))
      const others = flows.filter(({ p2p }) => p2p && !isKnown(known, p2p.family, p2p.part))
      assert.deepEqual(namedOf(others), [], name)
    }
  })
}

test('the ways do change captures: each of them some packet or its place', async () => {
  const packets = await packetsOf(repositoryFile('test/negatives/fixtures/ldap.pcap'))
  const told = (all: typeof packets) => all.map(({ bytes, micros }) => [micros, ...bytes].join(' '))
  const before = told(packets)
  for (const [name, mutate] of MUTATIONS.slice(1)) {
    assert.notDeepEqual(told(mutate(packets)), before, name)
  }
})
