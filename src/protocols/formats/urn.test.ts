/** Content names in their many spellings become one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex } from '../../core/bytes.ts'
import { parseUrn, sha1Urn } from './urn.ts'

// SHA-1, MD5 of the empty string and the Tiger tree root of the empty file (THEX draft: LWPNACQ…).
const SHA1_HEX = 'da39a3ee5e6b4b0d3255bfef95601890afd80709'
const SHA1 = '3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ'
const TIGER = 'LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ'
const MD5 = 'd41d8cd98f00b204e9800998ecf8427e'

test('sha1 in base32 of either case, and in hex', () => {
  for (const text of [`urn:sha1:${SHA1}`, `URN:SHA1:${SHA1.toLowerCase()}`, `sha1:${SHA1_HEX}`]) {
    assert.deepEqual(parseUrn(text), { urn: `urn:sha1:${SHA1}`, also: [] })
  }
  assert.equal(sha1Urn(fromHex(SHA1_HEX)), `urn:sha1:${SHA1}`)
})

test('a bitprint is two names', () => {
  assert.deepEqual(parseUrn(`urn:bitprint:${SHA1}.${TIGER}`), {
    urn: `urn:sha1:${SHA1}`,
    also: [`urn:tree:tiger:${TIGER}`],
  })
})

test('tree, md5 and ed2k names', () => {
  for (const text of [`urn:tree:tiger/:${TIGER}`, `urn:tree:tiger:${TIGER}`, `ttroot:${TIGER}`]) {
    assert.equal(parseUrn(text)?.urn, `urn:tree:tiger:${TIGER}`)
  }
  assert.equal(parseUrn(`urn:md5:${MD5}`)?.urn, `urn:md5:${MD5}`)
  assert.equal(parseUrn('urn:md5:2QOYZWMPACZAJ2MABGMOZ6CCPY')?.urn, `urn:md5:${MD5}`)
  assert.equal(parseUrn(`urn:ed2khash:${MD5.toUpperCase()}`)?.urn, `urn:ed2k:${MD5}`)
})

test('another size, another alphabet or an unknown name is none', () => {
  for (const text of [
    'urn:sha1:',
    `urn:sha1:${SHA1}A`,
    `urn:sha1:${SHA1.slice(1)}1`,
    'urn:x:y',
    '',
  ]) {
    assert.equal(parseUrn(text), undefined, text)
  }
})
