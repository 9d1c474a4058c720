/** Announcements, relay messages and records are read and written; vectors are packets of captures. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../../core/bytes.ts'
import { lookAt, madeFlow } from '../../../core/captured-flows.ts'
import type { Finding, Sight } from '../../../core/protocol.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { recognise } from '../recognise.ts'
import { announceWire } from './announce.ts'
import { certificateIn, commonNameIn, recordWire } from './record.ts'
import { relayWire, xdrBytes } from './relay.ts'

/** real/syncthing.pcap, its first datagram. */
const ANNOUNCEMENT = fromHex(
  '2ea7d90b 0a20 6c9d426ed39b9bc91347a7092c459258ae0b75da3dd6c045a8e319abe2692340' +
    '1213 7463703a2f2f302e302e302e303a3232303030' +
    '1219 7463703a2f2f3139322e3136382e38382e31313a3232303030' +
    '120f 7463703a2f2f302e302e302e303a30 18abcd92c8b99dcecf5e',
)
/** The ClientHello of real/syncthing.pcap. */
const HELLO = fromHex(
  '16030100f6 010000f2 0303 f3406657d5790a99c1dee47a3cc64a68d5b707398269f33e188c9e4c060a15a5' +
    '20 2cbfb4de805c3f66fdac25b71b44d6afab1a5899c5be418e76503681f58661d4' +
    '0026 c02bc02fc02cc030cca9cca8c009c013c00ac014009c009d002f0035c012000a130113021303 0100' +
    '0083 000500050100000000 000a000a0008001d001700180019 000b00020100' +
    '000d001a0018080404030807080508060401050106010503060302010203 ff01000100' +
    '0010000a00080762 65702f312e30 00120000 002b0003020304' +
    '003300260024001d0020436a6f51b0069e03a29bcb51b372df37fbf92026e14aba7cefe65765fdf01b3a',
)

test('announcements of all versions', () => {
  const id = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'
  checkWire(announceWire, [
    ANNOUNCEMENT,
    fromHex(`2ea7d90b 0a20${id} 210000000000000001 2d00000001`),
    fromHex(`9d79bc39 00000020 ${id} 00000000 00000000`),
    fromHex(`7d79bc40 00000020 ${id} 00000000 00000000`),
  ])
})

test('an announcement without an id of 32 bytes is none', () => {
  for (const [hex, fault] of [
    ['2ea7d90b 0a03 616263', 'device-id-wrong'],
    ['2ea7d90b 1203 616263', 'device-id-wrong'],
    ['2ea7d90b 0a20 616263', 'fields-broken'],
    ['2ea7d90b', 'device-id-wrong'],
    ['2ea7d90c 0a20', 'magic-wrong'],
    ['9d79bc39 00000020 00', 'device-id-wrong'],
  ] as const) {
    const outcome = announceWire.parse(fromHex(hex), 0)
    assert.equal(outcome.kind === 'malformed' && outcome.fault, fault, hex)
  }
})

test('messages to relays', () => {
  const join = fromHex('9e79bc40 00000003 0000000c 00000005 6b65793031000000')
  checkWire(relayWire, [join, fromHex('9e79bc40 00000000 00000000')])
  const outcome = relayWire.parse(join, 0)
  assert.ok(outcome.kind === 'message')
  assert.equal(outcome.message.name, 'join-session')
  assert.deepEqual(xdrBytes(outcome.message.body, 0), bytesOf('key01'))
  assert.equal(xdrBytes(fromHex('00000009 6b'), 0), undefined)
})

test('records: a client hello that offers the protocol, wherever it is cut it asks for more', () => {
  checkWire(recordWire, [HELLO, fromHex('1503030002 0228')])
  const seen = (end: number): Sight =>
    recognise({ ...lookAt(madeFlow('tcp', [[0, HELLO.subarray(0, end)]])), final: false })
  assert.equal((seen(HELLO.length) as Finding).part, 'device')
  for (let end = 1; end < HELLO.length; end++) assert.equal(seen(end), 'more', `cut at ${end}`)
})

test('a certificate of TLS 1.2 and its common name', () => {
  const name = concat(fromHex('0603550403 0c 09'), bytesOf('syncthing'))
  const certificate = concat(fromHex('3014 3112'), name)
  const size = certificate.length
  const body = concat(Uint8Array.of(0, 0, size + 3, 0, 0, size), certificate)
  assert.deepEqual(certificateIn(body), certificate)
  assert.equal(commonNameIn(certificate), 'syncthing')
  assert.equal(certificateIn(fromHex('000000')), undefined)
  assert.equal(certificateIn(fromHex('0000ff 0000ff 00')), undefined)
})
