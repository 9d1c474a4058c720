/** The UDP tracker's packets: requests and responses of both IP versions, as a real client sent them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex, hex } from '../../../core/bytes.ts'
import { latin1 } from '../../../core/text.ts'
import { checkWire } from '../../../core/wire-check.ts'
import {
  udpTrackerRequestWire,
  udpTrackerResponse6Wire,
  udpTrackerResponseWire,
  urlDataOf,
} from './udp-tracker.ts'

const CONNECT = fromHex('0000041727101980 00000000 12345678')
const HASH = '00112233445566778899aabbccddeeff00112233'
const PEER_ID = '2d5452343030302d303132333435363738396162'
const ANNOUNCE = fromHex(`
  0102030405060708 00000001 12345679 ${HASH} ${PEER_ID}
  0000000000000001 7fffffffffffffff 0000000000000002
  00000002 c0000201 deadbeef ffffffff 1ae1`)
const SCRAPE = fromHex(`0102030405060708 00000002 1234567a ${HASH} ${HASH}`)
const CONNECTED = fromHex('00000000 12345678 0102030405060708')
const ANNOUNCED = fromHex(`00000001 12345679 00000708 00000003 00000004
  c0000205 1ae1 c6336407 0000`)
const ANNOUNCED6 = fromHex(`00000001 12345679 00000708 00000001 00000000
  20010db8000000000000000000000009 c8d5`)
const SCRAPED = fromHex('00000002 1234567a 00000001 00000002 00000003 00000004 00000005 00000006')
const REFUSED = concat(fromHex('00000003 12345679'), bytesOf('torrent not registered'))

test('keeps the contract of wires', () => {
  const withOptions = concat(ANNOUNCE, fromHex('01 02 05'), bytesOf('/abc?'), fromHex('00'))
  checkWire(udpTrackerRequestWire, [CONNECT, ANNOUNCE, withOptions, SCRAPE])
  checkWire(udpTrackerResponseWire, [CONNECTED, ANNOUNCED, SCRAPED, REFUSED])
  checkWire(udpTrackerResponse6Wire, [CONNECTED, ANNOUNCED6, SCRAPED, REFUSED])
})

test('reads an announce request', () => {
  const outcome = udpTrackerRequestWire.parse(ANNOUNCE, 0)
  assert.ok(outcome.kind === 'message' && outcome.message.action === 'announce')
  const said = outcome.message
  assert.equal(hex(said.infoHash), HASH)
  assert.equal(latin1(said.peerId), '-TR4000-0123456789ab')
  assert.equal(said.downloadedBig, 1n)
  assert.equal(said.leftBig, 9223372036854775807n)
  assert.equal(said.uploadedBig, 2n)
  assert.equal(said.event, 2)
  assert.equal(said.ip, '192.0.2.1')
  assert.equal(said.key, 0xdeadbeef)
  assert.equal(said.wanted, -1)
  assert.equal(said.port, 6881)
  assert.equal(said.transaction, 0x12345679)
})

test('reads the responses', () => {
  const announced = udpTrackerResponseWire.parse(ANNOUNCED, 0)
  assert.ok(announced.kind === 'message' && announced.message.action === 'announce')
  const { intervalSeconds, leechers, seeders, peers } = announced.message
  assert.deepEqual(
    [intervalSeconds, leechers, seeders, hex(peers)],
    [1800, 3, 4, 'c00002051ae1c63364070000'],
  )
  const scraped = udpTrackerResponseWire.parse(SCRAPED, 0)
  assert.ok(scraped.kind === 'message' && scraped.message.action === 'scrape')
  assert.deepEqual(scraped.message.counts, [
    { seeders: 1, completed: 2, leechers: 3 },
    { seeders: 4, completed: 5, leechers: 6 },
  ])
  const refused = udpTrackerResponseWire.parse(REFUSED, 0)
  assert.ok(refused.kind === 'message' && refused.message.action === 'error')
  assert.equal(latin1(refused.message.words), 'torrent not registered')
})

test('names what is wrong', () => {
  // biome-ignore format: a table
  const requests = [
    ['0000041727101980 00000000', 'truncated'],
    ['0000041727101981 00000000 12345678', 'connect-without-magic'],
    ['0000041727101980 00000003 12345678', 'action-unknown'],
    ['0102030405060708 00000002 12345678 00', 'scrape-not-multiple-of-20'],
    [hex(ANNOUNCE, 0, 97), 'truncated'],
  ] as const
  for (const [bytes, fault] of requests) {
    const outcome = udpTrackerRequestWire.parse(fromHex(bytes), 0)
    assert.equal(outcome.kind === 'malformed' && outcome.fault, fault)
  }
  // biome-ignore format: a table
  const responses = [
    ['00000000 12345678 01020304050607', 'truncated'],
    ['00000004 12345678', 'action-unknown'],
    ['00000002 12345678 00', 'scrape-not-multiple-of-12'],
    [`${hex(ANNOUNCED)}00`, 'list-not-multiple-of-6'],
  ] as const
  for (const [bytes, fault] of responses) {
    const outcome = udpTrackerResponseWire.parse(fromHex(bytes), 0)
    assert.equal(outcome.kind === 'malformed' && outcome.fault, fault)
  }
  const six = udpTrackerResponse6Wire.parse(ANNOUNCED, 0)
  assert.equal(six.kind === 'malformed' && six.fault, 'list-not-multiple-of-18')
})

test('joins the URL pieces of BEP 41 options', () => {
  const url = (options: string) => {
    const bytes = urlDataOf(fromHex(options))
    return bytes === undefined ? undefined : latin1(bytes)
  }
  assert.equal(url(''), '')
  assert.equal(url('02 03 2f6162 01 02 02 3f78 00 02 01 79'), '/ab?x')
  assert.equal(url('09 01 ff 02 01 61'), 'a')
  assert.equal(url('02 05 2f61'), undefined)
  assert.equal(url('02'), undefined)
})
