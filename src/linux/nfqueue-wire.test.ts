/**
 * Messages to and from a queue, against bytes that a kernel took and gave (Linux 6.18, queue 5):
 * each request was acknowledged with 0.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromHex, hex } from '../core/bytes.ts'
import { answerOf, attribute, attributeU32, eachMessage, emitMessage, nested } from './netlink.ts'
import {
  bindMessage,
  flagsMessage,
  lengthMessage,
  PACKET,
  QUEUE_FLAGS,
  QueuedPacket,
  rangeMessage,
  unbindMessage,
  verdictMessage,
} from './nfqueue-wire.ts'

const spaced = (bytes: Uint8Array) => hex(bytes)

test('requests are byte for byte as the kernel takes them', () => {
  const both = QUEUE_FLAGS.failOpen + QUEUE_FLAGS.gso
  // biome-ignore format: a table
  const rows: readonly (readonly [Uint8Array, string])[] = [
    [bindMessage(5, 1),               '1c000000 0203 0500 01000000 00000000 00000005 08000100 01000000'],
    [rangeMessage(5, 2, 256),         '20000000 0203 0500 02000000 00000000 00000005 09000200 00000100 02000000'],
    [lengthMessage(5, 3, 4096),       '1c000000 0203 0500 03000000 00000000 00000005 08000300 00001000'],
    [flagsMessage(5, 4, both, both),  '24000000 0203 0500 04000000 00000000 00000005 08000500 00000005 08000400 00000005'],
    [unbindMessage(5, 5),             '1c000000 0203 0500 05000000 00000000 00000005 08000100 02000000'],
  ]
  for (const [bytes, wanted] of rows) assert.equal(spaced(bytes), wanted.replaceAll(' ', ''))
})

test('verdicts: attribute 2 holds verdict and id, attribute 3 the mark', () => {
  // nlmsghdr of 0x20 bytes, type 0x301, flags 1; nfgenmsg with queue 5; NFQA_VERDICT_HDR.
  assert.equal(
    spaced(verdictMessage(5, { id: 7, accept: true, isBatch: false })),
    '20000000010301000000000000000000000000050c0002000000000100000007',
  )
  assert.equal(
    spaced(verdictMessage(300, { id: 0x01020304, accept: false, mark: 4, isBatch: true })),
    '280000000303010000000000000000000000012c0c00020000000000010203040800030000000004',
  )
})

/** As the kernel puts it: HDR, IFINDEX in, out, MARK, HWADDR, UID, CAP_LEN, PAYLOAD. */
const GIVEN = concat(
  attribute(1, fromHex('00000009 0800 02')),
  attributeU32(5, 2),
  attributeU32(6, 3),
  attributeU32(3, 0x100),
  attribute(9, fromHex('0006 0000 0242ac110002 0000')),
  attributeU32(16, 1234),
  attributeU32(13, 1500),
  attribute(10, fromHex('4500 001d aa')),
)

function given(attributes: Uint8Array): Uint8Array {
  const fields = { flags: 0, sequence: 0, family: 2, resource: 5 }
  return emitMessage({ type: PACKET, ...fields, attributes })
}

test('a packet is told with all that came with it', () => {
  const packet = new QueuedPacket()
  const bytes = given(GIVEN)
  assert.ok(packet.read(bytes, 0, bytes.length))
  const { id, etherType, hook, mark, inInterface, outInterface, userId, wireSize } = packet
  assert.deepEqual(
    [id, etherType, hook, mark, inInterface, outInterface, userId, wireSize],
    [9, 0x800, 2, 0x100, 2, 3, 1234, 1500],
  )
  assert.equal(hex(bytes, packet.hardwareAt, packet.hardwareSize), '0242ac110002')
  assert.equal(hex(bytes, packet.at, packet.size), '4500001daa')

  // What the last one had, the next one has not.
  const bare = given(
    concat(attribute(1, fromHex('0000000a 86dd 03')), attribute(10, fromHex('60'))),
  )
  assert.ok(packet.read(bare, 0, bare.length))
  assert.deepEqual(
    [packet.id, packet.mark, packet.inInterface, packet.hardwareSize, packet.userId],
    [10, 0, 0, 0, -1],
  )
  assert.equal(packet.wireSize, 1)
})

test('whatever is cut off, nothing outside is read', () => {
  const whole = given(GIVEN)
  const packet = new QueuedPacket()
  for (let size = 0; size < whole.length; size++) {
    const cut = whole.slice(0, size)
    packet.read(cut, 0, size)
    assert.ok(packet.at + packet.size <= size || packet.size === 0, `${size} bytes`)
  }
  assert.equal(packet.read(given(attributeU32(3, 1)), 0, 28), false, 'without an id')
})

test('several messages in a datagram, among them a refusal', () => {
  // NLMSG_ERROR with errno 1 (EPERM) to the request with sequence 1, as a second bind gets it.
  const refusal = fromHex(
    '24000000 0200 0000 01000000 00000000 ffffffff 1c000000 0203 0500 01000000 00000000',
  )
  const all = concat(given(GIVEN), refusal)
  const types: number[] = []
  eachMessage(all, 0, all.length, (type, at, end) => {
    types.push(type)
    const answer = answerOf(all, at, end)
    if (type === 2) assert.deepEqual(answer, { sequence: 1, errno: 1 })
    else assert.equal(answer, undefined)
  })
  assert.deepEqual(types, [PACKET, 2])
})

test('sizes that lie end the walk', () => {
  for (const text of ['00000000', '0f000000', 'ffffffff']) {
    const lies = concat(fromHex(text), new Uint8Array(28))
    eachMessage(lies, 0, lies.length, () => assert.fail('nothing is there'))
  }
})

test('attributes of attributes carry the bit that says so', () => {
  assert.equal(hex(nested(1, attributeU32(8, 4))), '0c0001800800080000000004')
})
