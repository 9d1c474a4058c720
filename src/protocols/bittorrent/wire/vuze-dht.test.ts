/** The Azureus DHT's packets: headers of several versions, and what the bodies tell of others. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fromHex, hex } from '../../../core/bytes.ts'
import { flowsOf } from '../../../core/captured-flows.ts'
import { sharedCapture } from '../../../core/repository.ts'
import { latin1 } from '../../../core/text.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { vuzeActionName, vuzeBody, vuzeDhtWire } from './vuze-dht.ts'

const KEY = '00112233445566778899aabbccddeeff00112233'
// connection, action, transaction, version 54, vendor, network, own version, address, instance,
// time, flags, flags2
const HEAD = (action: string) =>
  `8123456789abcdef ${action} 12345678 36 00 00000000 37 04c00002010fa1 11223344 000001800000 0000 00 01`
const PING = fromHex(`${HEAD('00000400')} 00`)
const FIND_NODE = fromHex(`${HEAD('00000404')} 14${KEY} 00000001 00000064`)
const FIND_VALUE = fromHex(`${HEAD('00000406')} 14${KEY} 00 1e`)
// Version 13: no vendor, no flags.
const OLD_PING = fromHex(
  '8123456789abcdef 00000400 12345678 0d 00000000 0d 04c00002010fa1 11223344 0000018000000000',
)
const CONTACTS = '0002 01 36 04c63364051ae1 01 37 1020010db8000000000000000000000001c8d5'
const VALUE = '00000001 0000018000000000 0006 363838313b43 01 36 04c63364090fa1 00 00 ff'
const REPLY = (action: string) =>
  `${action} 12345678 8123456789abcdef 36 00 00000000 11223344 00 01 0005`
const FOUND_NODES = fromHex(
  `${REPLY('00000405')} deadbeef 00000001 00000064 01 05 02 ffff ${CONTACTS}`,
)
const FOUND_VALUE = fromHex(`${REPLY('00000407')} 00 01 01 0001 ${VALUE}`)
const FOUND_CONTACTS = fromHex(`${REPLY('00000407')} 00 00 ${CONTACTS} 00`)
const WRONG_ADDRESS = fromHex(`${REPLY('00000408')} 00000001 04cb0071070fa1`)
const STORE = fromHex(`${HEAD('00000402')} deadbeef 01 14${KEY} 01 0001 ${VALUE}`)

const ALL = [
  PING,
  FIND_NODE,
  FIND_VALUE,
  OLD_PING,
  FOUND_NODES,
  FOUND_VALUE,
  FOUND_CONTACTS,
  WRONG_ADDRESS,
  STORE,
]

function read(bytes: Uint8Array) {
  const outcome = vuzeDhtWire.parse(bytes, 0)
  if (outcome.kind !== 'message') assert.fail(JSON.stringify(outcome))
  return outcome.message
}

test('keeps the contract of wires', () => {
  checkWire(vuzeDhtWire, ALL)
})

test('reads the heads of requests and replies', () => {
  const ping = read(PING)
  assert.ok(ping.kind === 'request')
  assert.equal(vuzeActionName(ping.action), 'ping')
  assert.deepEqual(ping.address, { ip: '192.0.2.1', port: 4001 })
  assert.deepEqual([ping.version, ping.ownVersion, ping.transaction], [54, 55, 0x12345678])
  assert.equal(ping.connectionBig, 0x8123456789abcdefn)
  assert.equal(hex(ping.body), '00')
  const old = read(OLD_PING)
  assert.deepEqual([old.version, old.vendor, old.flags], [13, 0xff, 0])
  const found = read(FOUND_NODES)
  assert.ok(found.kind === 'reply')
  assert.equal(found.tookMs, 5)
})

const CONTACT_LIST = [
  { ip: '198.51.100.5', port: 6881 },
  { ip: '2001:db8::1', port: 51413 },
]

test('reads keys, contacts and values', () => {
  assert.deepEqual(
    vuzeBody(read(FIND_NODE))!.keys.map((key) => hex(key)),
    [KEY],
  )
  assert.deepEqual(
    vuzeBody(read(FIND_VALUE))!.keys.map((key) => hex(key)),
    [KEY],
  )
  assert.deepEqual(vuzeBody(read(FOUND_NODES))!.contacts, CONTACT_LIST)
  assert.deepEqual(vuzeBody(read(FOUND_CONTACTS))!.contacts, CONTACT_LIST)
  assert.deepEqual(vuzeBody(read(WRONG_ADDRESS))!.seenAs, { ip: '203.0.113.7', port: 4001 })
  for (const bytes of [FOUND_VALUE, STORE]) {
    const { values } = vuzeBody(read(bytes))!
    assert.equal(values.length, 1)
    assert.equal(latin1(values[0]!.bytes), '6881;C')
    assert.deepEqual(values[0]!.by, { ip: '198.51.100.9', port: 4001 })
  }
})

test('a body that breaks off tells nothing, wherever it does', () => {
  for (const whole of [FIND_NODE, FOUND_NODES, FOUND_VALUE, STORE]) {
    const { body } = read(whole)
    const cut = read(whole.slice(0, whole.length - body.length + 1))
    assert.equal(vuzeBody(cut), undefined)
  }
})

test('what is neither request nor reply is refused', () => {
  // biome-ignore format: a table
  const table = [
    ['0123456789abcdef 00000400 12345678 36', 'not-vuze'],          // top bit not set
    ['8123456789abcdef 00000401 12345678 36', 'not-vuze'],          // a reply's action
    ['8123456789abcdef 00000440 12345678 36', 'not-vuze'],          // out of range
    ['00000404 12345678 8123456789abcdef 36', 'not-vuze'],          // a request's action
    ['8123456789abcdef 00000400 12345678', 'truncated'],
    [`8123456789abcdef 00000400 12345678 36 00 00000000 37 05 ${'00'.repeat(30)}`, 'address-size-wrong'],
  ] as const
  for (const [input, fault] of table) {
    const outcome = vuzeDhtWire.parse(fromHex(input), 0)
    assert.equal(outcome.kind === 'malformed' && outcome.fault, fault, input)
  }
})

test('real packets of Azureus nodes are read and written back', (context) => {
  const path = sharedCapture('third-party/other/ndpi/xf8a5-false_positives.pcapng')
  if (path === undefined) return context.skip('the shared captures are not on this machine')
  const flows = flowsOf(readFileSync(path)).filter((flow) => flow.ends[0].port === 28_707)
  const packets = flows.flatMap((flow) => flow.pieces.map(({ bytes }) => bytes))
  const names = packets.map((bytes) => {
    const said = read(bytes)
    assert.equal(hex(vuzeDhtWire.emit(said)), hex(bytes))
    assert.ok(vuzeBody(said), 'the body reads to where it tells of others')
    return vuzeActionName(said.action)
  })
  // Actions as tshark prints them: 1024, 1025, 1030, 1031.
  const count = (name: string) => names.filter((other) => other === name).length
  assert.deepEqual(
    ['ping', 'ping-reply', 'find-value', 'find-value-reply'].map(count),
    [3, 2, 2, 2],
  )
  const contacts = packets.flatMap((bytes) => vuzeBody(read(bytes))!.contacts)
  assert.equal(contacts.length, 20)
})
