/** Who is named where nobody can be is counted; who acts, or is in a private network, is not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { misnamed } from './misnamed.ts'

test('only named, not routed and not private', () => {
  const peers = [
    { ip: '0.0.0.7', routable: false, seen: false },
    { ip: '240.0.0.1', routable: false, seen: false },
    { ip: '198.51.100.1', routable: false, seen: true },
    { ip: '192.168.0.1', routable: false, seen: false },
    { ip: '8.8.8.8', routable: true, seen: false },
  ]
  assert.equal(misnamed(peers), 2)
})
