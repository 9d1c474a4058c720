/** A request is a suspicion, an answer a finding; the bots that it names are claims. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { answer, makeLists, requests } from './fixtures/make-lists.ts'
import { zeroaccess } from './index.ts'

test('claims, files and threats with their evidence', () => {
  const facts = factsOf('udp', 'bot')
  const kept = checkSession(zeroaccess, facts, [
    [0, requests[1]],
    [1, answer],
    [0, requests[1]],
  ])
  const claims = kept.of('claim')
  assert.equal(claims.length, 16)
  assert.deepEqual(claims[0], {
    type: 'claim',
    by: facts.ends[1],
    about: { ip: '203.0.113.1', port: facts.ends[1].port },
    part: 'bot',
    carriers: 'udp',
    via: 'retL',
  })
  assert.deepEqual(kept.of('share').map(({ name, size }) => [name, size])[4], ['80000004', 102_400])
  assert.deepEqual(
    kept.of('threat').map(({ threat, severity, by }) => [threat, severity, by]),
    [
      ['botnet-zeroaccess', 'medium', facts.ends[0]],
      ['botnet-zeroaccess', 'high', facts.ends[1]],
    ],
  )
})

test('the fixture is what its maker makes', () => {
  const file = repositoryFile('src/protocols/zeroaccess/fixtures/lists.pcap')
  assert.deepEqual(new Uint8Array(readFileSync(file)), makeLists())
})
