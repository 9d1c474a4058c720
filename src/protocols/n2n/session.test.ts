/** Edges, their community and where supernodes see them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { makeRegistered, registered } from './fixtures/make-registered.ts'
import { n2n } from './index.ts'

test('the real supernode tells where each edge is', () => {
  const file = repositoryFile('src/protocols/n2n/fixtures/edges.pcap')
  const about = flowsOf(readFileSync(file)).map((flow) => {
    const transcript = transcriptOf(flow)
    const kept = checkSession(n2n, factsOf('udp', 'edge'), transcript)
    assert.deepEqual(kept.of('fault'), [])
    return [...new Set(kept.of('claim').map((claim) => `${claim.about.ip}:${claim.about.port}`))]
  })
  // The other edge each: to whom a frame is passed on is told where it came from; between edges, nobody.
  assert.deepEqual(about.slice(0, 2).flat().sort(), ['10.80.62.2:60357', '10.80.62.3:52550'])
  assert.deepEqual(about[2], [])
})

for (const version of [2, 3] as const) {
  test(`the answer to a registration tells the edge its address, version ${version}`, () => {
    const [ask, answer] = registered(version)
    const facts = factsOf('udp', 'edge')
    const kept = checkSession(n2n, facts, [
      [0, ask],
      [1, answer],
    ])
    assert.deepEqual(kept.of('claim'), [
      {
        type: 'claim',
        by: facts.ends[1],
        about: { ip: '203.0.113.9', port: 40_009 },
        part: 'edge',
        carriers: 'udp',
        via: 'register-super-ack',
      },
    ])
    assert.deepEqual(kept.of('client'), [
      { type: 'client', who: facts.ends[0], software: 'n2n', id: 'ae1020304050' },
    ])
  })
}

test('the fixture is what its maker makes', () => {
  const file = repositoryFile('src/protocols/n2n/fixtures/registered.pcap')
  assert.deepEqual(new Uint8Array(readFileSync(file)), makeRegistered())
})
