/** ZeroTier fits by addresses that agree with each other; repeated bytes do not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../core/bytes.ts'
import { lookAt, madeFlow } from '../../core/captured-flows.ts'
import { hello, node, root, sealed } from './fixtures/make-hello.ts'
import { fits } from './recognise.ts'

function seen(...transcript: (readonly [0 | 1, Uint8Array])[]): string {
  return fits(lookAt(madeFlow('udp', transcript)))[0]?.reason.slice(0, 7) ?? 'nothing'
}

test('a HELLO alone, and sealed packets of both sides, are likely', () => {
  assert.equal(seen([0, hello({ ip: '203.0.113.4', port: 9993 })]), 'a HELLO')
  assert.equal(seen([0, hello(undefined, 2)], [1, sealed(root, node)]), 'a HELLO')
  assert.equal(seen([0, sealed(node, root)], [1, sealed(root, node, 90, 3)]), 'each si')
})

test('near misses do not fit', () => {
  const other = Uint8Array.of(1, 2, 3, 4, 5)
  assert.equal(seen([0, sealed(node, root)]), 'nothing', 'one side')
  assert.equal(
    seen([0, sealed(node, root)], [1, sealed(root, other)]),
    'nothing',
    'another address',
  )
  assert.equal(seen([0, sealed(node, node)], [1, sealed(node, node)]), 'nothing', 'to itself')
  const zeros = new Uint8Array(5)
  assert.equal(seen([0, sealed(zeros, root)], [1, sealed(root, zeros)]), 'nothing', 'zeros')
  const cipher = 7
  assert.equal(
    seen([0, sealed(node, root, 60, cipher)], [1, sealed(root, node, 60, cipher)]),
    'nothing',
    'a cipher nobody uses',
  )
  const text = bytesOf('GET / HTTP/1.1 and more of the same, and more of the same')
  assert.equal(seen([0, text], [1, text]), 'nothing')
  const bent = hello(undefined)
  bent[46] = 9
  assert.equal(seen([0, bent]), 'nothing', 'an identity of another kind')
})
