/** Every wire reads and writes its messages and survives any bytes; vectors are of the specifications. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex, hex } from '../../../core/bytes.ts'
import { latin1 } from '../../../core/text.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { addrV2Wire, addrWire } from './addr.ts'
import { compactSizeAt } from './compact-size.ts'
import { frameWire } from './frame.ts'
import { inventoryWire, rejectWire } from './inventory.ts'
import { versionWire } from './version.ts'

// Bitcoin wiki, Protocol documentation: the examples of `verack` and `version` (with its message).
const VERACK = fromHex('f9beb4d9 76657261636b000000000000 00000000 5df6e0e2')
const VERSION = fromHex(`
  f9beb4d9 76657273696f6e0000000000 64000000 3b648d5a
  62ea0000 0100000000000000 11b2d05000000000
  0100000000000000 00000000000000000000ffff00000000 0000
  0100000000000000 00000000000000000000ffff00000000 0000
  3b2eb35d8ce61765 0f2f5361746f7368693a302e372e322f c03e0300`)
// The same page: an `addr` of one entry, 10.0.0.1 port 8333.
const ADDR = fromHex('01 e215104d 0100000000000000 00000000000000000000ffff0a000001 208d')
// BIP 155's own numbers: one entry of each network.
const ADDRV2 = concat(
  fromHex('03'),
  fromHex('00000000 01 01 04 01020304 208d'),
  fromHex('79627683 fd0409 02 10 20010db8000000000000000000000001 0000'),
  fromHex('ffffffff fe00000100 04 20'),
  bytesOf('0123456789abcdef0123456789abcdef'),
  fromHex('00f1'),
)
const INV = concat(
  fromHex('02 01000000'),
  new Uint8Array(32).fill(7),
  fromHex('02000000'),
  new Uint8Array(32),
)
const REJECT = concat(
  fromHex('02'),
  bytesOf('tx'),
  fromHex('12 09'),
  bytesOf('duplicate'),
  new Uint8Array(32),
)

// nDPI bitcoin.pcap, of the days without checksum: version 32,001 without user agent.
const OLD_VERSION = concat(
  fromHex('f9beb4d9 76657273696f6e0000000000 55000000'),
  fromHex('017d0000 0100000000000000 11b2d05000000000'),
  fromHex('0100000000000000 00000000000000000000ffffbca5d5a9 208d'),
  fromHex('0100000000000000 00000000000000000000ffffc0a8018e d83d'),
  fromHex('3b2eb35d8ce61765 00 c03e0200'),
)

test('the contract of wires', () => {
  checkWire(frameWire, [VERACK, VERSION, OLD_VERSION])
  checkWire(versionWire, [
    VERSION.slice(24),
    VERSION.slice(24, 24 + 46),
    concat(VERSION.slice(24), fromHex('01')),
  ])
  checkWire(addrWire, [ADDR, concat(fromHex('01'), ADDR.slice(5)), fromHex('00')])
  checkWire(addrV2Wire, [ADDRV2])
  checkWire(inventoryWire, [INV])
  checkWire(rejectWire, [REJECT])
})

test('the version of the wiki says what the wiki says', () => {
  const frame = frameWire.parse(VERSION, 0)
  assert.ok(frame.kind === 'message')
  assert.equal(frame.message.command, 'version')
  const outcome = versionWire.parse(frame.message.payload, 0)
  assert.ok(outcome.kind === 'message')
  const { version, services, time, more } = outcome.message
  assert.deepEqual([version, services, time], [60_002, 1n, 0x50d0b211n])
  assert.equal(latin1(more!.userAgent), '/Satoshi:0.7.2/')
  assert.equal(more!.height, 212_672)
  assert.equal(hex(more!.nonce), '3b2eb35d8ce61765')
})

test('an address has its port in network order', () => {
  const outcome = addrWire.parse(ADDR, 0)
  assert.ok(outcome.kind === 'message')
  const [entry] = outcome.message
  assert.deepEqual([entry!.ip, entry!.port, entry!.time], ['10.0.0.1', 8333, 0x4d1015e2])
})

test('a version without checksum is read as one', () => {
  const outcome = frameWire.parse(OLD_VERSION, 0)
  assert.ok(outcome.kind === 'message')
  assert.equal(outcome.message.checked, false)
  const said = versionWire.parse(outcome.message.payload, 0)
  assert.ok(said.kind === 'message')
  // Vector of the reference: bca5d5a9 208d is 188.165.213.169:8333.
  assert.equal(`${said.message.to.ip}:${said.message.to.port}`, '188.165.213.169:8333')
})

test('one wrong bit breaks the checksum; a count that lies is told', () => {
  const bad = VERSION.slice()
  bad[40]! ^= 1
  assert.deepEqual(frameWire.parse(bad, 0), { kind: 'malformed', fault: 'checksum-wrong', at: 20 })
  const lie = ADDR.slice()
  lie[0] = 2
  assert.deepEqual(addrWire.parse(lie, 0), { kind: 'malformed', fault: 'count-wrong', at: 0 })
})

test('a number in a form too long for it is refused', () => {
  assert.equal(compactSizeAt(fromHex('fd0100'), 0), undefined)
  assert.deepEqual(compactSizeAt(fromHex('fdfd00'), 0), { value: 253n, size: 3 })
  assert.deepEqual(compactSizeAt(fromHex('ff0000000001000000'), 0), {
    value: 0x1_0000_0000n,
    size: 9,
  })
})
