/** Datagrams of each kind are read as others saw them, and written back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { coverWire, HELLO } from './cover.ts'
import { datagramWire } from './datagram.ts'

const PAYLOAD = fromHex('1697 02 aed10087 792e012b 1b34b94fb4a7cf2ec4a3ef4bd9e7d21f643db7bd')
const NAK = fromHex('1697 47 c0000201 05060708')
const RESEND = fromHex('1697 03 01 00000005 aed10087 792e012b 1b34b94f')
const SOUND = fromHex('1697 0d 0102')

function readOf(bytes: Uint8Array) {
  const outcome = datagramWire.parse(bytes, 0)
  assert.equal(outcome.kind, 'message')
  return outcome.kind === 'message' ? outcome.message : assert.fail()
}

test('kinds, ids and the address that a nak tells', () => {
  const payload = readOf(PAYLOAD)
  assert.deepEqual(
    { ...payload, body: 0 },
    {
      type: 'payload',
      id: 0x1697,
      unknown: 0,
      iv: 0xaed10087,
      crc: 0x792e012b,
      body: 0,
    },
  )
  assert.deepEqual(readOf(NAK), {
    type: 'nak',
    id: 0x1697,
    unknown: 4,
    kind: 7,
    seen: '192.0.2.1',
    seed: 0x05060708,
  })
  assert.equal(readOf(RESEND).type, 'resend')
  assert.equal(readOf(SOUND).type, 'other')
})

test('sizes that cannot be are faults', () => {
  for (const [hexText, fault] of [
    ['1697', 'too-short'],
    ['1697 02 aed10087 792e012b', 'payload-too-short'],
    ['1697 07 c0000201 050607', 'nak-size-wrong'],
    ['1697 05 c0000201 0506070809', 'nak-size-wrong'],
  ] as const) {
    const outcome = datagramWire.parse(fromHex(hexText), 0)
    assert.equal(outcome.kind === 'malformed' ? outcome.fault : outcome.kind, fault)
  }
})

test('the wires pass the examination', () => {
  checkWire(datagramWire, [PAYLOAD, NAK, RESEND, SOUND])
  const hello = new Uint8Array(HELLO.length + 16).fill(7)
  hello.set(HELLO)
  const fixed = (['answer', 'login-open', 'login-ready'] as const).map((type) =>
    coverWire.emit({ type }),
  )
  assert.deepEqual(
    fixed.map(({ length }) => length),
    [79, 5, 5],
  )
  checkWire(coverWire, [hello, ...fixed])
})
