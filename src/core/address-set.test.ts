/** A list of networks is one set of addresses, whatever their order and however they overlap. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddressSet } from './address-set.ts'

function of(...networks: string[]): AddressSet {
  const set = AddressSet.of(networks)
  if (typeof set === 'string') assert.fail(set)
  return set
}

test('Networks that overlap or touch are one range, in order', () => {
  const set = of('198.51.101.0/24', '10.0.0.0/8', '198.51.100.0/24', '10.7.0.0/16', '192.0.2.9')
  assert.deepEqual(set.ranges, [
    { from: 0x0a000000, to: 0x0b000000 },
    { from: 0xc0000209, to: 0xc000020a },
    { from: 0xc6336400, to: 0xc6336600 },
  ])
  for (const ip of ['10.0.0.0', '10.255.255.255', '192.0.2.9', '198.51.101.255']) {
    assert.ok(set.has(ip), ip)
  }
  for (const ip of ['9.255.255.255', '11.0.0.0', '192.0.2.8', '192.0.2.10', '198.51.102.0']) {
    assert.ok(!set.has(ip), ip)
  }
})

test('All of IPv4 ends at its last address, and says nothing of IPv6', () => {
  const all = of('0.0.0.0/0')
  assert.ok(all.has('0.0.0.0') && all.has('255.255.255.255'))
  assert.ok(!all.has('::') && !all.has('::ffff:10.0.0.1'))
})

test('Networks of IPv6 end between bytes, too', () => {
  const set = of('2001:db8:8000::/33', 'fc00::/7', '2001:db8::1')
  for (const ip of ['2001:db8:8000::', '2001:db8:ffff::1', 'fdff::', '2001:db8::1']) {
    assert.ok(set.has(ip), ip)
  }
  for (const ip of ['2001:db8:7fff::1', '2001:db9:8000::', 'fe00::', '2001:db8::2']) {
    assert.ok(!set.has(ip), ip)
  }
  assert.ok(of('::/0').has('ffff::') && !of('::/0').has('0.0.0.0'))
})

test('What is no address is in no set, and what is no network is named', () => {
  for (const text of ['', 'localhost', '10.0.0', '10.0.0.0/8', ':']) {
    assert.ok(!of('0.0.0.0/0', '::/0').has(text), text)
  }
  assert.ok(!of().has('10.0.0.1'))
  assert.equal(AddressSet.of(['10.0.0.0/8', 'here', 'there']), 'here')
  assert.equal(AddressSet.of(['10.0.0.0/33']), '10.0.0.0/33')
})
