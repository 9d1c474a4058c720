/** Changes of tracked connections, against bytes put together by hand from the header of the kernel. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, hex } from '../core/bytes.ts'
import { connectionOf, deleteMessage, dumpMessage, markMessage } from './conntrack-wire.ts'

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

test('all connections are asked for, or those with a mark', () => {
  assert.equal(hex(dumpMessage(2)), '14000000010101030200000000000000'.concat('00000000'))
  const wanted = '24000000 0101 0103 03000000 00000000 00000000 0800080000000009 08001500000000ff'
  assert.equal(hex(dumpMessage(3, { value: 9, mask: 0xff })), wanted.replaceAll(' ', ''))
})

/** As the kernel tells one that it translates: 192.0.2.1 asks as 203.0.113.5. */
const TOLD =
  `8c000000 0001 0200 01000000 00000000 02000000 34000180 ${ADDRESSES} 1c000280 0500010006000000 ${PORTS}` +
  '34000280 14000180 08000100c6336402 08000200cb007105' +
  '1c000280 0500010006000000 0600020007d00000 060003009c400000' +
  '0800080000000009 080007000000012c'

test('a connection is told with both its ends, also where addresses are translated', () => {
  const bytes = fromHex(TOLD)
  assert.deepEqual(connectionOf(bytes, 0, bytes.length), {
    ...{ first: [FROM, TO], answering: TO, protocol: 6, mark: 9 },
  })
  // Without its mark it has none; what is not whole is none; of other protocols there is none.
  const unmarked = bytes.subarray(0, bytes.length - 16)
  assert.equal(connectionOf(unmarked, 0, unmarked.length)?.mark, 0)
  for (let size = 20; size < bytes.length - 16; size += 4) {
    assert.equal(connectionOf(bytes.subarray(0, size), 0, size), undefined)
  }
  const icmp = fromHex(TOLD.replaceAll('0500010006000000', '0500010001000000'))
  assert.equal(connectionOf(icmp, 0, icmp.length), undefined)
})

test('a connection of IPv6', () => {
  const [one, two] = ['20010db8000000000000000000000001', '20010db8000000000000000000000002']
  const tuple = (type: string, from: string, to: string, ports: string) =>
    `4c00${type}80 2c000180 14000300${from} 14000400${to} 1c000280 0500010011000000 ${ports}`
  const back = '0600020007d00000 0600030003e80000'
  const bytes = fromHex(
    `ac000000 0001 0200 01000000 00000000 0a000000 ${tuple('01', one, two, PORTS)} ${tuple('02', two, one, back)}`,
  )
  const [from, to] = [
    { ip: '2001:db8::1', port: 1000 },
    { ip: '2001:db8::2', port: 2000 },
  ]
  const wanted = { first: [from, to], answering: to, protocol: 17, mark: 0 }
  assert.deepEqual(connectionOf(bytes, 0, bytes.length), wanted)
})
