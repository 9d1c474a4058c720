/** Local service discovery as real clients multicast it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../../core/bytes.ts'
import { latin1 } from '../../../core/text.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { lsdWire, makeLsd } from './lsd.ts'

const HASH = 'be166897bb9f6ef4230a24990437c1f0b24d168e'

// libtorrent (with cookie) and Transmission (upper-case hash), fixtures/bt-lsd.pcap.
const LIBTORRENT = `BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\nInfohash: ${HASH}\r\ncookie: 99f3ada\r\n\r\n\r\n`
const TRANSMISSION = `BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 51413\r\nInfohash: ${HASH.toUpperCase()}\r\n\r\n\r\n`
const SEVERAL = `BT-SEARCH * HTTP/1.1\r\nHost: [ff15::efc0:988f]:6771\r\nPort: 0\r\nInfohash: ${HASH}\r\nInfohash: ${'0'.repeat(40)}\r\n\r\n`

test('keeps the contract of wires', () => {
  checkWire(lsdWire, [LIBTORRENT, TRANSMISSION, SEVERAL].map(bytesOf))
})

test('reads port, contents and cookie', () => {
  const outcome = lsdWire.parse(bytesOf(LIBTORRENT), 0)
  assert.ok(outcome.kind === 'message')
  assert.equal(outcome.message.port, 6881)
  assert.equal(outcome.message.cookie, '99f3ada')
  assert.deepEqual(outcome.message.infoHashes, [HASH])
  const upper = lsdWire.parse(bytesOf(TRANSMISSION), 0)
  assert.ok(upper.kind === 'message')
  assert.deepEqual(upper.message.infoHashes, [HASH])
  assert.equal(upper.message.cookie, undefined)
  const several = lsdWire.parse(bytesOf(SEVERAL), 0)
  assert.ok(several.kind === 'message')
  assert.equal(several.message.infoHashes.length, 2)
  assert.equal(several.message.port, 0)
})

test('writes what BEP 14 prints', () => {
  assert.equal(latin1(makeLsd('239.192.152.143:6771', 6881, [HASH], '99f3ada')), LIBTORRENT)
})

test('names what is wrong', () => {
  const start = 'BT-SEARCH * HTTP/1.1\r\n'
  // biome-ignore format: a table
  const table = [
    ['M-SEARCH * HTTP/1.1\r\n\r\n', 'start-line-wrong'],
    [`${start}Port: 1\r\n`, 'head-broken'],
    [`${start}Infohash: ${HASH}\r\n\r\n`, 'port-wrong'],
    [`${start}Port: 65536\r\nInfohash: ${HASH}\r\n\r\n`, 'port-wrong'],
    [`${start}Port: 1\r\n\r\n`, 'infohash-missing'],
    [`${start}Port: 1\r\nInfohash: abc\r\n\r\n`, 'infohash-wrong'],
  ] as const
  for (const [input, fault] of table) {
    const outcome = lsdWire.parse(bytesOf(input), 0)
    assert.equal(outcome.kind === 'malformed' && outcome.fault, fault, input)
  }
})
