/** A tunnel says its handshakes and counts what it carries. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { wireguard } from './index.ts'

test('two initiations, one response, data on both sides', () => {
  const file = repositoryFile('src/protocols/wireguard/fixtures/handshake.pcap')
  const [flow] = flowsOf(readFileSync(file))
  const transcript = transcriptOf(flow!)
  const kept = checkSession(wireguard, factsOf('udp', 'tunnel'), transcript)
  const spoken = kept.of('message').filter(({ name }) => name !== 'data')
  assert.deepEqual(
    spoken.map(({ side, fields }) => [side, fields.type, fields.size]),
    [
      [0, 'initiation', 148],
      [1, 'initiation', 148],
      [0, 'response', 92],
    ],
  )
  assert.deepEqual(kept.of('fault'), [])
})
