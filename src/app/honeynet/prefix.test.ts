/** A honeynet answers for private and documentation networks; for others only on its holder's word. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '../exit-codes.ts'
import { darkPrefix } from './prefix.ts'

test('networks that are nobody’s are taken, cut to their prefix', () => {
  assert.deepEqual(darkPrefix('10.99.3.4/16', false), {
    text: '10.99.0.0/16',
    network: 0x0a630000,
    bits: 16,
  })
  for (const text of ['172.31.0.0/16', '100.127.255.0/24', '203.0.113.7', '198.19.0.0/16']) {
    assert.ok(darkPrefix(text, false), text)
  }
})

test('networks that may be somebody’s are refused, unless they are said to be one’s own', () => {
  for (const text of [
    '8.8.8.0/24',
    '172.32.0.0/16',
    '192.0.0.0/16',
    '100.128.0.0/24',
    '172.0.0.0/8',
  ]) {
    assert.throws(() => darkPrefix(text, false), UsageError, text)
    assert.ok(darkPrefix(text, true), text)
  }
})

test('what is no network of IPv4, or half the Internet, is refused in any case', () => {
  for (const text of ['', 'dark', '2001:db8::/32', '10.0.0.0/33', '0.0.0.0/0', '0.0.0.0/7']) {
    assert.throws(() => darkPrefix(text, true), UsageError, text)
  }
})
