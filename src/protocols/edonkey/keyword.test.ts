/** MD4 and the words of names; hashes made with `openssl dgst -md4 -provider legacy`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, hex } from '../../core/bytes.ts'
import { md4 } from '../../core/md4.ts'
import { keywordsIn } from './keyword.ts'

test('MD4 gives the vectors of RFC 1320 and of openssl', () => {
  assert.equal(hex(md4(bytesOf(''))), '31d6cfe0d16ae931b73c59d7e0c089c0')
  assert.equal(hex(md4(bytesOf('abc'))), 'a448017aaf21d8525fc10ae87aa6729d')
  assert.equal(hex(md4(bytesOf('handbook'))), '39f21d8f02b640d81758eb42903143c3')
  const digits = '1234567890'.repeat(8)
  assert.equal(hex(md4(bytesOf(digits))), 'e33b4ddc9c38f2199c3e7b164fcc0536')
})

test('a name is found by its words in lower case, not by short ones', () => {
  const words = keywordsIn('Quarterly report (v2).ods')
  assert.equal(words.get('bba1d41b97c5d8aaf6746a923a6496fd'), 'quarterly')
  assert.deepEqual([...words.values()], ['quarterly', 'report', 'ods'])
})
