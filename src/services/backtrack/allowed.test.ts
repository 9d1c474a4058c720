/** Without a word from the user only loopback may be asked, and in a namespace private networks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Allowed, homeNetworks } from './allowed.ts'

const HOME_NETWORKS = homeNetworks(true)

function of(networks: readonly string[]): Allowed {
  const allowed = Allowed.of(networks)
  if (typeof allowed === 'string') assert.fail(allowed)
  return allowed
}

test('Of the Internet nothing is allowed unless it is named', () => {
  const home = of(HOME_NETWORKS)
  for (const ip of ['127.0.0.1', '10.255.0.1', '172.31.9.9', '192.168.0.1', '::1', 'fd00::1']) {
    assert.ok(home.has(ip), ip)
  }
  const others = ['8.8.8.8', '172.32.0.1', '192.169.0.1', '11.0.0.1', '126.255.255.255', '0.0.0.0']
  const strange = ['255.255.255.255', '169.254.1.1', '2001:db8::1', 'fe80::1', '::', 'ff02::1']
  for (const ip of [...others, ...strange, '', 'localhost', '127.1', '010.0.0.1.']) {
    assert.equal(home.has(ip), false, ip)
  }
  const named = of([...HOME_NETWORKS, '198.51.100.64/26', '2001:db8:8000::/33'])
  assert.ok(named.has('198.51.100.127') && named.has('2001:db8:ffff::1'))
  assert.ok(!named.has('198.51.100.128') && !named.has('2001:db8:7fff::1'))
  assert.ok(!named.has('198.51.100.63'))
})

test('On the network that the machine has only the machine itself is allowed', () => {
  const home = of(homeNetworks(false))
  for (const ip of ['127.0.0.1', '127.255.255.254', '::1']) assert.ok(home.has(ip), ip)
  for (const ip of ['10.0.0.1', '172.16.0.1', '192.168.0.1', 'fd00::1', '8.8.8.8', '::2']) {
    assert.equal(home.has(ip), false, ip)
  }
})

test('What is excepted is not allowed, though its network is', () => {
  const allowed = Allowed.of(HOME_NETWORKS, ['10.99.0.0/16'])
  if (typeof allowed === 'string') assert.fail(allowed)
  assert.ok(allowed.has('10.98.255.255') && allowed.has('10.100.0.0'))
  assert.ok(!allowed.has('10.99.0.0') && !allowed.has('10.99.255.255'))
  assert.equal(Allowed.of(HOME_NETWORKS, ['dark']), 'dark')
})

test('What is no network is named', () => {
  assert.equal(Allowed.of(['10.0.0.0/8', 'everything']), 'everything')
  assert.equal(Allowed.of(['10.0.0.0/33']), '10.0.0.0/33')
})
