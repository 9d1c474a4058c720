/** The address that is told is one that a browser can open. */
import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import { test } from 'node:test'
import { openable } from './token.ts'

function address(ip: string, internal = false): NetworkInterfaceInfo {
  const common = { address: ip, netmask: '', mac: '', internal, cidr: null }
  return ip.includes(':')
    ? { ...common, family: 'IPv6', scopeid: 0 }
    : { ...common, family: 'IPv4' }
}

const INTERFACES = {
  lo: [address('127.0.0.1', true), address('::1', true)],
  eth0: [address('192.0.2.7'), address('2001:db8::7'), address('fe80::7')],
  eth1: [address('10.1.0.1'), address('169.254.9.9')],
}

test('a page on all addresses is told by those that others reach', () => {
  assert.deepEqual(openable('0.0.0.0', INTERFACES), ['192.0.2.7', '10.1.0.1'])
  assert.deepEqual(openable('::', INTERFACES), ['192.0.2.7', '2001:db8::7', '10.1.0.1'])
})

test('without a network it is this machine; a single address is told as it is', () => {
  const { lo } = INTERFACES
  assert.deepEqual(openable('0.0.0.0', { lo }), ['127.0.0.1'])
  assert.deepEqual(openable('::', { lo }), ['::1'])
  assert.deepEqual(openable('127.0.0.1', INTERFACES), ['127.0.0.1'])
})

test('of a machine with hundreds of bridges only some are told', () => {
  const many = Array.from({ length: 300 }, (_, i) => [`br${i}`, [address(`10.2.${i % 256}.1`)]])
  assert.equal(openable('0.0.0.0', Object.fromEntries(many)).length, 8)
})
