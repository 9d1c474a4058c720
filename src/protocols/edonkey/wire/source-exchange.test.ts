/** Source lists: four versions, three sizes, exactly as many entries as counted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { SX1, SX2, SX3, SX4, USER } from '../samples-in-test.ts'
import { sourceExchangeWire } from './source-exchange.ts'

test('lists of all versions pass the examination of wires', () => {
  checkWire(
    sourceExchangeWire,
    ['0000', `0100 ${SX1}`, `0200 ${SX2} ${SX2}`, `0100 ${SX3}`, `0300 ${SX4} ${SX4} ${SX4}`].map(
      fromHex,
    ),
    { noiseCount: 4_000 },
  )
})

test('the entry size comes from count and length together', () => {
  const read = sourceExchangeWire.parse(fromHex(`0100 ${SX4}`), 0)
  assert.equal(read.kind, 'message')
  if (read.kind !== 'message') return
  assert.equal(read.message.entryBytes, 29)
  assert.equal(read.message.sources[0]!.userHash, USER)
  assert.equal(read.message.sources[0]!.options, 0x83)
})

test('a count that does not divide the length is a fault, not a guess', () => {
  for (const text of [`0200 ${SX1}`, `0100 ${SX1} 00`, `0100 ${SX4} 00`]) {
    const read = sourceExchangeWire.parse(fromHex(text), 0)
    assert.equal(read.kind === 'malformed' && read.fault, 'body-wrong', text)
  }
})
