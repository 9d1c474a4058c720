/** Who introduces himself is told by address and version. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { fragment, hello, makeHello, node, root, sealed } from './fixtures/make-hello.ts'
import { zerotier } from './index.ts'

test('a HELLO tells address, version and where it is sent', () => {
  const facts = factsOf('udp', 'node')
  const kept = checkSession(zerotier, facts, [
    [0, hello({ ip: '203.0.113.4', port: 9993 })],
    [1, sealed(root, node)],
    [0, hello(undefined)],
    [1, fragment],
  ])
  assert.deepEqual(kept.of('client'), [
    {
      type: 'client',
      who: facts.ends[0],
      software: 'ZeroTier',
      version: '1.14.2',
      id: '3a46f1bf30',
    },
  ])
  assert.deepEqual(kept.of('message')[0]!.fields, {
    type: 'hello',
    node: '3a46f1bf30',
    to: '778cde7190',
    version: '1.14.2',
    protocol: 12,
    sent_to: '203.0.113.4:9993',
  })
  assert.deepEqual(kept.of('fault'), [])
})

test('the fixture is what its maker makes', () => {
  const file = repositoryFile('src/protocols/zerotier/fixtures/hello.pcap')
  assert.deepEqual(new Uint8Array(readFileSync(file)), makeHello())
})
