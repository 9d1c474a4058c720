/** A meta connection says who speaks and how it will be sealed. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { tinc } from './index.ts'

test('two nodes by name, two keys, no fault in what is sealed', () => {
  const file = repositoryFile('src/protocols/tinc/fixtures/meta.pcap')
  const [flow] = flowsOf(readFileSync(file))
  const transcript = transcriptOf(flow!)
  const kept = checkSession(tinc, factsOf('tcp', 'meta'), transcript)
  assert.deepEqual(
    kept.of('client').map(({ nick, version }) => [nick, version]),
    [
      ['cli', '17'],
      ['srv', '17'],
    ],
  )
  assert.deepEqual(
    kept.of('message').map(({ side, name }) => [side, name]),
    [
      [0, 'id'],
      [1, 'id'],
      [1, 'metakey'],
      [0, 'metakey'],
    ],
  )
  assert.deepEqual(kept.of('fault'), [])
})
