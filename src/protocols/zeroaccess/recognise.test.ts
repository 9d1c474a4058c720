/** ZeroAccess fits by a checksum that is right; its fixed bytes alone are not enough. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../core/bytes.ts'
import { lookAt, madeFlow } from '../../core/captured-flows.ts'
import { answer, requests } from './fixtures/make-lists.ts'
import { fits } from './recognise.ts'
import { commandWire } from './wire/command.ts'

function seen(bytes: Uint8Array): string {
  return fits(lookAt(madeFlow('udp', [[0, bytes]])))[0]?.alone ?? 'nothing'
}

test('requests and answers are likely', () => {
  for (const bytes of [...requests, answer]) assert.equal(seen(bytes), 'likely')
})

test('near misses do not fit', () => {
  const bent = requests[0].slice()
  bent[13]! ^= 1
  assert.equal(seen(bent), 'nothing', 'a checksum that is wrong')
  assert.equal(seen(requests[0].subarray(0, 12)), 'nothing', 'too short')
  const other = commandWire.emit({ type: 'other', command: 0x7365744c, body: new Uint8Array(8) })
  assert.equal(seen(other), 'nothing', 'another command of the same ending')
  assert.equal(seen(bytesOf('sixteen bytes !!')), 'nothing')
})
