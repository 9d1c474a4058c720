/** Changes of tracked connections, against bytes put together by hand from the header of the kernel. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hex } from '../core/bytes.ts'
import { deleteMessage, markMessage } from './conntrack-wire.ts'

const FROM = { ip: '192.0.2.1', port: 1000 }
const TO = { ip: '198.51.100.2', port: 2000 }

const ADDRESSES = '14000180 08000100c0000201 08000200c6336402'
const PORTS = '0600020003e80000 0600030007d00000'

test('a mark by its first direction', () => {
  const tracked = { from: FROM, to: TO, protocol: 6, direction: 'first' } as const
  const wanted =
    '58000000 0001 0500 01000000 00000000 02000000' +
    `34000180 ${ADDRESSES} 1c000280 0500010006000000 ${PORTS}` +
    '0800080000000004 08001500000000ff'
  assert.equal(hex(markMessage(tracked, 1, 4, 0xff)), wanted.replaceAll(' ', ''))
})

test('deleted by what answers', () => {
  const tracked = { from: FROM, to: TO, protocol: 17, direction: 'answers' } as const
  const wanted =
    '48000000 0201 0500 07000000 00000000 02000000' +
    `34000280 ${ADDRESSES} 1c000280 0500010011000000 ${PORTS}`
  assert.equal(hex(deleteMessage(tracked, 7)), wanted.replaceAll(' ', ''))
})

test('IPv6 has attributes of its own', () => {
  const tracked = {
    from: { ip: '2001:db8::1', port: 1000 },
    to: { ip: '2001:db8::2', port: 2000 },
    protocol: 6,
    direction: 'first',
  } as const
  const text = hex(deleteMessage(tracked, 1))
  // Family 10, then a tuple of 4 + (4 + 20 + 20) + 28 bytes.
  assert.equal(text.slice(32, 48), '0a0000004c000180')
  assert.equal(text.slice(48, 64), '2c00018014000300')
  assert.equal(text.slice(64, 96), '20010db8000000000000000000000001')
  assert.equal(text.slice(96, 104), '14000400')
})
