/** CRC-32C gives the values that RFC 3720 prints. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../core/bytes.ts'
import { crc32c } from './crc32c.ts'

test('vectors of RFC 3720 B.4, and the usual check value', () => {
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa)
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43)
  const ascending = Uint8Array.from({ length: 32 }, (_, i) => i)
  assert.equal(crc32c(ascending), 0x46dd794e)
  assert.equal(crc32c(ascending.slice().reverse()), 0x113fdb5c)
  assert.equal(crc32c(bytesOf('123456789')), 0xe3069283)
  assert.equal(crc32c(bytesOf('xx123456789x'), 2, 9), 0xe3069283)
})
