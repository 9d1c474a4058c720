/** A node's discovery key and the address that a relay saw are said. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, hex } from '../../core/bytes.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { answers, disco, discoKeys, makeFind, request } from './fixtures/make-find.ts'
import { tailscale } from './index.ts'

test('an address that a relay tells is a claim', () => {
  const facts = factsOf('udp', 'stun')
  const kept = checkSession(tailscale, facts, [
    [0, request],
    [1, answers[0]!],
  ])
  assert.deepEqual(kept.of('claim'), [
    {
      type: 'claim',
      by: facts.ends[1],
      about: { ip: '203.0.113.7', port: 41_641 },
      part: 'node',
      carriers: 'udp',
      via: 'stun',
    },
  ])
})

test('each node is told once by its key; the tunnel in the same flow is no fault', () => {
  const tunnel = new Uint8Array(96).fill(4, 0, 1)
  const kept = checkSession(tailscale, factsOf('udp', 'node'), [...disco, [0, tunnel]])
  assert.deepEqual(
    kept.of('client').map(({ id }) => id),
    discoKeys.map((key) => hex(key)),
  )
  assert.deepEqual(kept.of('fault'), [])
})

test('the name of a relay is said', () => {
  const ask = bytesOf('GET /derp HTTP/1.1\r\nHost: derp.example\r\nUpgrade: DERP\r\n\r\n')
  const kept = checkSession(tailscale, factsOf('tcp', 'relay'), [
    [0, ask],
    [1, bytesOf('HTTP/1.1 101 Switching Protocols\r\n\r\n\x01')],
  ])
  assert.deepEqual(
    kept.of('message').map(({ fields }) => fields),
    [{ type: 'derp-upgrade', host: 'derp.example' }],
  )
})

test('the fixture is what its maker makes', () => {
  const file = repositoryFile('src/protocols/tailscale/fixtures/find.pcap')
  assert.deepEqual(new Uint8Array(readFileSync(file)), makeFind())
})
