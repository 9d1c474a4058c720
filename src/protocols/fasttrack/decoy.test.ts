/** The answer in a supernode's place, byte for byte, and to nothing but a ping. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, fromHex, hex } from '../../core/bytes.ts'
import { decoy } from './decoy.ts'

/** As Kazaa sends it: 12 bytes (giFT-FastTrack PROTOCOL). */
const PING = fromHex('27 00000029 80 4b615a6141 00')

test('A ping is answered by a supernode without room: 29, its cipher bits, kind, no address, an id', () => {
  assert.equal(hex(decoy.answer(PING, 0x01020304)!), '290000002901000000' + '01020304')
  // The flow's number is a double; the id has 32 bits.
  assert.equal(hex(decoy.answer(PING, 2 ** 32 + 5)!), '290000002901000000' + '00000005')
  const imesh = fromHex('27 000000a9 80 66696c657368617265 00')
  assert.equal(hex(decoy.answer(imesh, 7)!), '29000000a901000000' + '00000007')
})

test('Nothing else is answered', () => {
  for (const other of ['28 00000029 00 00 3c13 00 00 4b615a6141 00', '2a 01020304', 'c0 01', '']) {
    assert.equal(decoy.answer(fromHex(other), 1), undefined)
  }
  assert.equal(decoy.answer(bytesOf("'hello, this is no ping at all"), 1), undefined)
  assert.equal(decoy.answer(PING.subarray(0, 11), 1), undefined)
})

test('A client that pinged is asked again so that it must answer', () => {
  assert.equal(hex(decoy.probe!(PING)!), '290000002901000000' + '00000000')
  assert.equal(decoy.probe!(fromHex('2a 01020304')), undefined)
})
