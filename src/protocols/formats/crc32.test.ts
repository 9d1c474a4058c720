/** The check value of CRC-32 is the published one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../core/bytes.ts'
import { crc32 } from './crc32.ts'

test('123456789 gives cbf43926, nothing gives 0', () => {
  assert.equal(crc32(bytesOf('123456789')), 0xcbf43926)
  assert.equal(crc32(new Uint8Array(0)), 0)
})
