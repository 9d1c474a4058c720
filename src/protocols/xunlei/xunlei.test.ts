/** Xunlei needs both sides and several datagrams; a small number alone is nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { lookAt, madeFlow } from '../../core/captured-flows.ts'
import type { Side } from '../../core/event.ts'
import { checkSession, factsOf } from '../../core/session-check.ts'
import { checkWire } from '../../core/wire-check.ts'
import { xunlei } from './index.ts'
import { logs } from './logs.ts'
import { recognise } from './recognise.ts'
import { packetWire } from './wire/packet.ts'

type Talk = readonly (readonly [Side, Uint8Array])[]

function packet(number: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size).fill(0x77)
  bytes.set([number, 0, 0, 0])
  return bytes
}

function told(carrier: 'tcp' | 'udp', talk: Talk, final = true): string {
  const sight = recognise({ ...lookAt(madeFlow(carrier, talk)), final })
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

const TALK: Talk = [
  [0, packet(0x35, 80)],
  [1, packet(0x29, 31)],
  [0, packet(0x35, 45)],
  [1, packet(0x29, 70)],
]

test('the contract of wires', () => {
  checkWire(packetWire, [packet(0x36, 51), packet(0x28, 4)])
})

test('four datagrams of both sides are likely, three wait', () => {
  assert.equal(told('udp', TALK), 'peer likely')
  assert.equal(told('udp', TALK.slice(0, 3), false), 'more')
  assert.equal(told('udp', TALK.slice(0, 3)), 'no')
})

test('near misses over UDP', () => {
  const answered = (number: number) =>
    told(
      'udp',
      TALK.map(([side, bytes]) => [side, side === 1 ? bytes.with(0, number) : bytes]),
    )
  assert.equal(answered(0x28), 'peer likely')
  assert.equal(answered(0x36), 'no')
  // One side only; a number that counts; a number that is a length; one size; BER of SNMP.
  assert.equal(
    told(
      'udp',
      TALK.map(([, bytes]) => [0, bytes]),
    ),
    'no',
  )
  const counted: Talk = [0x32, 0x33, 0x34, 0x35].map((number, i) => [
    i % 2 === 0 ? 0 : 1,
    packet(number, 40 + i),
  ])
  assert.equal(told('udp', counted), 'no')
  const lengths: Talk = TALK.map(([side]) => [side, packet(0x35, 0x35 + 4)])
  assert.equal(told('udp', lengths), 'no')
  const same: Talk = TALK.map(([side]) => [side, packet(0x35, 100)])
  assert.equal(told('udp', same), 'no')
  assert.equal(told('udp', [[0, fromHex('302902010004067075626c6963')]]), 'no')
})

test('over TCP a pair and its sizes', () => {
  const pair = (a: Uint8Array, b: Uint8Array) =>
    told('tcp', [
      [0, a],
      [1, b],
    ])
  assert.equal(pair(packet(0x3e, 132), packet(0x36, 51)), 'peer likely')
  assert.equal(pair(packet(0x3e, 9), packet(0x44, 200)), 'peer likely')
  assert.equal(pair(packet(0x3e, 131), packet(0x36, 51)), 'no')
  assert.equal(pair(packet(0x36, 54), packet(0x36, 54)), 'no')
  assert.equal(told('tcp', [[0, packet(0x3e, 132)]], false), 'more')
  assert.equal(told('tcp', [[0, packet(0x3e, 132)]]), 'no')
})

test('over HTTP both bodies must begin so', () => {
  const head =
    'POST / HTTP/1.1\r\nHost: hub.example\r\nContent-Type: application/octet-stream\r\n\r\n'
  const post = concat(bytesOf(head), packet(0x36, 60))
  const ok = bytesOf('HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n')
  const pair = (b: Uint8Array) =>
    told('tcp', [
      [0, post],
      [1, b],
    ])
  assert.equal(pair(concat(ok, packet(0x36, 40))), 'server likely')
  assert.equal(pair(concat(ok, bytesOf('<html>'))), 'no')
  assert.equal(told('tcp', [[0, post]], false), 'more')
  assert.equal(told('tcp', [[0, post]]), 'no')
  const form = bytesOf('POST / HTTP/1.1\r\nHost: a\r\n\r\nname=value')
  assert.equal(told('tcp', [[0, form]]), 'no')
})

test('packets are told by their number, once a side, and counted', () => {
  const kept = checkSession(xunlei, factsOf('udp', 'peer'), TALK)
  assert.equal(kept.counts.get('packet'), 4)
  assert.deepEqual(kept.of('message')[0]!.fields, { type: 'packet', generation: 0x35, bytes: 80 })
  assert.deepEqual(Object.keys(kept.of('message')[0]!.fields), Object.keys(logs.xunlei.properties))
  const stream = checkSession(xunlei, factsOf('tcp', 'peer'), [
    [0, packet(0x3e, 132)],
    [1, packet(0x36, 51)],
  ])
  assert.deepEqual(
    stream.of('message').map(({ fields }) => fields.generation),
    [0x3e, 0x36],
  )
  checkSession(xunlei, factsOf('tcp', 'server'), [[0, packet(0x3e, 132)]])
})
