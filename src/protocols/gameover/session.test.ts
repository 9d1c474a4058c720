/** A bot's versions and peers are said, and what that makes of either side. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { hex } from '../../core/bytes.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { ids, makeTalk, talk } from './fixtures/make-talk.ts'
import { gameover } from './index.ts'

test('nine claims, two bots, two threats', () => {
  const facts = factsOf('udp', 'bot')
  const kept = checkSession(gameover, facts, talk)
  assert.deepEqual(
    kept.of('claim').map(({ about }) => `${about.ip}:${about.port}`),
    Array.from({ length: 9 }, (_, i) => `203.0.113.${i + 1}:${10_001 + i}`),
  )
  assert.deepEqual(
    kept.of('client').map(({ id }) => id),
    ids.map((id) => hex(id)),
  )
  assert.deepEqual(
    kept.of('threat').map(({ severity, by }) => [severity, by]),
    [
      ['medium', facts.ends[0]],
      ['high', facts.ends[1]],
    ],
  )
  const reply = kept.of('message')[1]!.fields
  assert.deepEqual([reply.type, reply.tcp_port], ['version-reply', 4321])
  assert.deepEqual(kept.of('fault'), [])
})

test('the fixture is what its maker makes', () => {
  const file = repositoryFile('src/protocols/gameover/fixtures/talk.pcap')
  assert.deepEqual(new Uint8Array(readFileSync(file)), makeTalk())
})
