/** The vagaa is recognised by its greetings, never by its port. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, fromHex } from '../../core/bytes.ts'
import type { Look } from '../../core/protocol.ts'
import { recognise } from './recognise.ts'

const GREETING = fromHex('0017 00 54504c31 a0a1a2a3a4a5a6a7a8a9aaabacadaeaf 1ca3')
const NOTHING = new Uint8Array(0)

function look(opener: Uint8Array, other: Uint8Array, final = false): Look {
  return {
    carrier: 'tcp',
    fromStart: true,
    heads: [opener, other],
    totals: [opener.length, other.length],
    segments: [],
    datagrams: [],
    ends: [
      { ip: '192.0.2.1', port: 40_000 },
      { ip: '198.51.100.2', port: 7331 },
    ],
    final,
  }
}

function sureness(seen: Look): string {
  const sight = recognise(seen)
  return typeof sight === 'string' ? sight : sight.sureness
}

test('two greetings are certain, one alone waits and is likely in the end', () => {
  assert.equal(sureness(look(GREETING, GREETING)), 'certain')
  assert.equal(sureness(look(GREETING, NOTHING)), 'more')
  assert.equal(sureness(look(GREETING, NOTHING, true)), 'likely')
})

test('half a greeting waits for the rest', () => {
  assert.equal(sureness(look(GREETING.subarray(0, 4), NOTHING)), 'more')
})

test('other bytes on the same port are not the vagaa', () => {
  assert.equal(sureness(look(bytesOf('GET / HTTP/1.1\r\n'), NOTHING)), 'no')
  assert.equal(sureness(look(NOTHING, NOTHING)), 'no')
})
