/** What is read of TCP: cipher seeds, the line of a called-back uploader, lists of shared files. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteWriter, bytesOf, concat, fromHex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { giveWire } from './give.ts'
import { answerWire, hasGiftSeed, helloWire } from './handshake.ts'
import { emitVarint, sharedFileWire, varint } from './shared-file.ts'

/** Frames 8 and 10 of real/fasttrack.pcap. */
const HELLO = fromHex('fa00b62b facb1238 3209d232')
const ANSWER = fromHex('33038124 dd493461')

test('seeds keep the contract of wires', () => {
  checkWire(helloWire, [HELLO])
  checkWire(answerWire, [ANSWER])
  assert.equal(hasGiftSeed(HELLO), true)
  assert.equal(hasGiftSeed(fromHex('fa00b62b 01020304 3209d232')), false)
})

/** The push id of giFT-FastTrack PROTOCOL. */
const GIVE = bytesOf('GIVE 4253679545\r\n')

test('GIVE keeps the contract of wires', () => {
  checkWire(giveWire, [GIVE, bytesOf('GIVE 0\r\n')])
  assert.deepEqual(giveWire.parse(GIVE, 0), {
    kind: 'message',
    message: { pushId: 4_253_679_545 },
    size: 17,
  })
})

test('GIVE with anything but a number of 32 bits is none', () => {
  for (const line of ['GIVE a\r\n', 'GIVE 4294967296\r\n', 'GIVE \r\n', 'GIVE 12345678901\r\n']) {
    assert.equal(giveWire.parse(bytesOf(line), 0).kind, 'malformed', line)
  }
  assert.equal(giveWire.parse(bytesOf('GIV 1:'), 0).kind, 'malformed')
})

const HASH = fromHex('8e0cda92da564448da5ec5070f3231907abac2a6')
/** checksum 13609, size 3145728, name "a.mp3", 215 seconds: made after the description. */
const FILE = concat(
  HASH,
  fromHex('ea29 81c08000 02'),
  fromHex('02 05'),
  bytesOf('a.mp3'),
  fromHex('05 02 8157'),
)

test('shared files keep the contract of wires', () => {
  checkWire(sharedFileWire, [FILE, concat(HASH, fromHex('00 00 00'))])
  const outcome = sharedFileWire.parse(FILE, 0)
  assert.ok(outcome.kind === 'message')
  assert.equal(outcome.message.checksum, 13_609)
  assert.equal(outcome.message.size, 3_145_728)
  assert.deepEqual(
    outcome.message.tags.map(({ type }) => type),
    [2, 5],
  )
})

test('a list that claims more tags than it may is malformed, one that is cut is not', () => {
  const many = concat(HASH, fromHex('00 00 ff7f'))
  assert.deepEqual(sharedFileWire.parse(many, 0), {
    kind: 'malformed',
    fault: 'tags-too-many',
    at: 24,
  })
  assert.deepEqual(sharedFileWire.parse(FILE.subarray(0, 28), 0), { kind: 'need', size: 29 })
})

test('packed integers: BER, as perl packs "w"', () => {
  for (const [value, hex] of [
    [0, '00'],
    [127, '7f'],
    [128, '8100'],
    [16_384, '818000'],
    [4_294_967_295, '8fffffff7f'],
  ] as const) {
    const writer = new ByteWriter()
    emitVarint(writer, value)
    assert.deepEqual(writer.finish(), fromHex(hex))
    assert.deepEqual(varint(fromHex(hex), 0), { value, next: fromHex(hex).length })
  }
  assert.equal(varint(fromHex('ffffffffffffffff01'), 0), 'too-long')
  assert.equal(varint(fromHex('81'), 0), 'cut')
})
