/** Both wires read and write their messages and survive any bytes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { mdnsWire, textsIn } from './mdns.ts'
import { GREETING, multistreamWire } from './multistream.ts'

// libp2p/specs discovery/mdns.md: the query.
const QUERY = concat(
  fromHex('0000 0000 0001 0000 0000 0000'),
  bytesOf('\x04_p2p\x04_udp\x05local\0'),
  fromHex('000c 0001'),
)
const TEXT = bytesOf('dnsaddr=/ip4/192.0.2.7/tcp/4001/p2p/QmNode')
const RECORD = concat(
  fromHex('0010 0001 00000078'),
  Uint8Array.of(0, TEXT.length + 1, TEXT.length),
  TEXT,
)
const ANSWER = concat(
  fromHex('0000 8400 0000 0001 0000 0000'),
  bytesOf('\x04name\x04_p2p\x04_udp\x05local\0'),
  RECORD,
)
/** The same record with a question before it, to whose name it points. */
const POINTING = concat(
  fromHex('0000 8400 0001 0001 0000 0000'),
  QUERY.subarray(12),
  bytesOf('\x04name\xc0\x0c'),
  RECORD,
)

test('the contract of wires', () => {
  checkWire(multistreamWire, [
    bytesOf(GREETING),
    bytesOf('\x07/noise\n'),
    bytesOf('\x03na\n'),
    concat(fromHex('8101'), bytesOf(`/${'x'.repeat(127)}\n`)),
  ])
  checkWire(mdnsWire, [QUERY, ANSWER, POINTING], { notCanonical: { 2: 'a name is written out' } })
})

test('a pointer is followed, backwards only', () => {
  const outcome = mdnsWire.parse(POINTING, 0)
  assert.ok(outcome.kind === 'message')
  assert.deepEqual(outcome.message.records[0]!.name, ['name', '_p2p', '_udp', 'local'])
  assert.deepEqual(textsIn(outcome.message.records[0]!.data), [
    'dnsaddr=/ip4/192.0.2.7/tcp/4001/p2p/QmNode',
  ])
  const loop = POINTING.slice()
  loop[loop.length - RECORD.length - 1] = loop.length - RECORD.length - 2
  assert.equal(mdnsWire.parse(loop, 0).kind, 'malformed')
})

test('what is no line is refused', () => {
  for (const bytes of ['00', '01 0a', '16 0301', '03 6e 00 0a', '03 6e 6e 6e', '8000']) {
    const padded = concat(fromHex(bytes), new Uint8Array(30))
    assert.equal(multistreamWire.parse(padded, 0).kind, 'malformed', bytes)
  }
})
