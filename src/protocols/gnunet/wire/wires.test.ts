/** Messages and hellos are read and written; the vectors are packets of fixtures/peers.pcap. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { endpointOf, helloWire } from './hello.ts'
import { isLegal, messageWire } from './message.ts'

const KEY = '833df1cadbb4352f05aed49e439586323694a651d2bbce7b972fad306cb37e9f'
const HELLO = fromHex(`00000000 ${KEY} 74637000 000a 000660bcf522160c 00000000 0a50370a 0826`)

test('messages', () => {
  checkWire(messageWire, [
    fromHex(`0024003d ${KEY}`),
    fromHex('00040179'),
    fromHex('0008017bffffffff'),
    fromHex('0006ffff0102'),
  ])
  assert.deepEqual(messageWire.parse(fromHex('0003003d'), 0), {
    kind: 'malformed',
    fault: 'size-too-small',
    at: 0,
  })
  assert.ok(isLegal(61, 36) && isLegal(82, 300) && !isLegal(61, 37) && !isLegal(999, 4))
})

test('a hello and its addresses', () => {
  checkWire(helloWire, [HELLO, fromHex(`00000001 ${KEY}`)])
  const outcome = helloWire.parse(HELLO, 0)
  assert.ok(outcome.kind === 'message')
  const [address] = outcome.message.addresses
  assert.deepEqual(endpointOf(address!.transport, address!.bytes), {
    ip: '10.80.55.10',
    port: 2086,
  })
  assert.equal(endpointOf('http_client', address!.bytes), undefined)
  const six = fromHex('00000000 20010db8000000000000000000000001 0826')
  assert.deepEqual(endpointOf('udp', six), { ip: '2001:db8::1', port: 2086 })
  for (const [hex, fault] of [
    [`00000000 ${KEY} 746370`, 'address-broken'],
    [`00000000 ${KEY} 74637000 00ff 000660bcf522160c 00`, 'address-broken'],
    ['00000000', 'hello-too-short'],
  ] as const) {
    const broken = helloWire.parse(fromHex(hex), 0)
    assert.equal(broken.kind === 'malformed' && broken.fault, fault)
  }
})
