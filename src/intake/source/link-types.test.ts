/** What is said about link types is what the packet decoder does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Decoder, LINK_TYPE_NOT_READ } from '../packet/packet.ts'
import { linkTypeOf } from './link-types.ts'

test('a link type is said to be read exactly where it is', () => {
  const decoder = new Decoder()
  const zeros = new Uint8Array(100)
  for (let linkType = 0; linkType < 400; linkType++) {
    const status = decoder.decode(zeros, 0, 100, 100, linkType, 0)
    const { read, name } = linkTypeOf(linkType)
    assert.equal(read, status !== LINK_TYPE_NOT_READ, `${linkType} ${name}`)
  }
})

test('an unknown link type has its number for a name', () => {
  assert.deepEqual(linkTypeOf(9999), { name: 'link type 9999', read: false })
})
