/** Frames and messages of both generations; packets that MLDonkey's authors dumped come first. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../../core/bytes.ts'
import type { Wire } from '../../../core/wire.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { frameWire } from './frame.ts'
import { message2002Wire, message2003Wire, type Said } from './message.ts'

/** openFTProtocol.ml, "Received from FileDescr 19 (len 12): FT_STATS_RESPONSE". */
const STATS = fromHex('000c 006b 00000172 000649b4 00000c14')
/** The same file, dump of a search for "johnny". */
const SEARCH = concat(fromHex('001f 00c8 00000006 0001'), bytesOf('johnny\0'), new Uint8Array(18))
const IP18 = fromHex('0004 c6336402 000000000000000000000000')
const IP6 = fromHex('0004 c6336402')
const MD5 = fromHex('634539c449a6513c852c7e388b09cca4')
const GUID = fromHex('000102030405060708090a0b0c0d0e0f')

function frame(command: number, ...parts: Uint8Array[]): Uint8Array {
  return frameWire.emit({ stream: false, command, body: concat(...parts) })
}

function read(wire: Wire<Said>, bytes: Uint8Array): Said {
  const outcome = wire.parse(bytes, 0)
  assert.ok(outcome.kind === 'message', JSON.stringify(outcome))
  return outcome.message
}

const OF_2002 = [
  STATS,
  SEARCH,
  fromHex('0000 0000'),
  fromHex('0006 0001 0000 0000 0005'),
  fromHex('0002 0003 0002'),
  frame(5, IP18, fromHex('04bf 04c0')),
  frame(5, IP18, fromHex('04bf 04c0'), bytesOf('bob\0')),
  frame(7),
  frame(7, IP18, fromHex('04bf 0002')),
  frame(9, fromHex('0001'), bytesOf('ZLIB\0'), fromHex('0000')),
  frame(106, fromHex('0002'), IP18, fromHex('00000011 00000022')),
  frame(201, fromHex('00000006')),
  frame(
    201,
    fromHex('00000006'),
    IP18,
    fromHex('04bf 04c0 00000001 00002000'),
    bytesOf(`${'0'.repeat(32)}\0/a.mp3\0`),
  ),
  frame(300, IP18, fromHex('04c0'), bytesOf('/a.mp3\0'), fromHex('00000000 00000010')),
  frame(999, bytesOf('abc')),
]

const FILE = concat(
  fromHex('00000001 00002000'),
  MD5,
  bytesOf('audio/mpeg\0/share/a.mp3\0artist\0Lab\0'),
)

const OF_2003 = [
  fromHex('0000 0000'),
  fromHex('0008 0001 0000 0002 0001 0006'),
  fromHex('0000 0002'),
  frame(2, IP6),
  frame(3, fromHex('0004 00000000 0003 04bf 04c0'), bytesOf('bob\0')),
  frame(4, fromHex('0000 0000 0002 000f')),
  frame(5, IP6, fromHex('04bf 0003'), fromHex('0004 00000000 0000 0000')),
  frame(7, fromHex('0001'), bytesOf('ZLIB\0'), fromHex('0000')),
  fromHex('0002 000b 0001'),
  frame(105, MD5, bytesOf('/a.mp3\0audio/mpeg\0'), fromHex('00002000'), bytesOf('artist\0Lab\0')),
  frame(106, MD5, bytesOf('NOT_CHILD\0')),
  frame(107),
  frame(109, IP6, fromHex('00000011 00000022')),
  frame(200, GUID, IP6, fromHex('0002 0064 0001'), bytesOf('blue\0\0audio\0')),
  frame(
    200,
    GUID,
    IP6,
    fromHex('0002 0064 0011 11111111 22222222 00000000 00000000'),
    bytesOf('\0'),
  ),
  frame(201, GUID),
  frame(201, GUID, IP6, fromHex('04bf'), IP6, fromHex('04bf 04c0'), bytesOf('bob\0'), FILE),
  frame(203, GUID, FILE),
  frame(301, IP6, bytesOf('/a.mp3\0'), fromHex('00000000 00000010')),
]

test('the contract of wires', () => {
  const stream = { stream: true, command: 105, id: 7, flags: 4, body: bytesOf('x') } as const
  checkWire(frameWire, [STATS, fromHex('0000 0000'), frameWire.emit(stream)])
  checkWire(message2002Wire, OF_2002)
  checkWire(message2003Wire, OF_2003)
})

test('dumped packets: statistics and a search', () => {
  assert.deepEqual(read(message2002Wire, STATS).values, { users: 370, shares: 412_084, size: 3092 })
  assert.deepEqual(read(message2002Wire, SEARCH).values, {
    number: 6,
    kind: 1,
    query: { wanted: 'johnny', unwanted: '' },
    realm: '',
    size_min: 0,
    size_max: 0,
    rate_min: 0,
    rate_max: 0,
  })
})

test('a result of 2003 names owner, parent and file', () => {
  const said = read(message2003Wire, OF_2003[16]!)
  assert.equal(said.name, 'search-response')
  assert.equal(said.values.http_port, 1216)
  assert.equal(said.values.path, '/share/a.mp3')
  assert.deepEqual(said.values.meta, [['artist', 'Lab']])
  assert.deepEqual(said.values.md5, MD5)
})

test('words that a node hides are numbers', () => {
  assert.deepEqual(read(message2003Wire, OF_2003[14]!).values.query, {
    wanted: [0x11111111, 0x22222222],
    unwanted: [],
  })
})

test('the same address has 18 bytes in one generation and 6 in the other', () => {
  const wide = frame(2, IP18)
  assert.equal(read(message2003Wire, wide).rest.length, 12)
  const narrow = message2002Wire.parse(frame(5, IP6, fromHex('04bf 04c0')), 0)
  assert.deepEqual(narrow, { kind: 'malformed', fault: 'body-cut', at: 10 })
})

test('faults', () => {
  const family = frame(2, fromHex('0006 c6336402'))
  assert.deepEqual(message2003Wire.parse(family, 0), {
    kind: 'malformed',
    fault: 'family-unknown',
    at: 10,
  })
  const unended = frame(106, MD5, bytesOf('NOT'))
  assert.deepEqual(message2003Wire.parse(unended, 0), {
    kind: 'malformed',
    fault: 'text-unended',
    at: 20,
  })
  const short = fromHex('0002 8069 0000')
  assert.deepEqual(frameWire.parse(short, 0), {
    kind: 'malformed',
    fault: 'stream-header-cut',
    at: 0,
  })
})
