/** A session of the msdo says the same however its bytes are cut, and what they mean. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { makeTalk, talk } from './fixtures/make-talk.ts'
import { msdo } from './index.ts'

const URN = 'urn:sha1:AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYU'

test('what was said comes out as claim, request, transfer and clients', () => {
  const kept = checkSession(msdo, factsOf('tcp', 'peer'), talk)
  const [opener, other] = factsOf('tcp', 'peer').ends
  assert.deepEqual(kept.of('claim'), [
    {
      type: 'claim',
      by: other,
      about: { ip: '203.0.113.9', port: 7331 },
      part: 'peer',
      carriers: 'tcp',
      via: 'tell',
      content: URN,
    },
  ])
  assert.deepEqual(kept.of('request'), [
    { type: 'request', by: opener, of: other, what: 'ask', content: URN },
  ])
  assert.deepEqual(kept.of('transfer'), [
    { type: 'transfer', from: other, to: opener, content: URN, bytes: 17, via: 'peer' },
  ])
  assert.deepEqual(
    kept.of('client').map(({ listens }) => listens?.port),
    [7331, 7332],
  )
  assert.equal(kept.of('message').length, 5)
})

test('the fixture is what its maker makes', () => {
  const file = repositoryFile('src/protocols/msdo/fixtures/talk.pcap')
  assert.deepEqual(new Uint8Array(readFileSync(file)), makeTalk())
})
