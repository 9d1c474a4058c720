/** Obfuscated messages: the vector is the one that aioslsk's own script decodes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { initWire } from './message.ts'
import { hiddenLength, obfuscatedWire } from './obfuscated.ts'

/** JurgenR/aioslsk, the script beside its obfuscation: an example as it was captured. */
const VECTOR = fromHex('491f36ad 843e6c5a2774d8b44db9dc00f79600a75c93c2a66bd2d74dd6a40f')

test('a captured message comes out in clear, and back', () => {
  checkWire(obfuscatedWire, [VECTOR])
  assert.equal(hiddenLength(VECTOR, 0), VECTOR.length - 8)
  const outcome = obfuscatedWire.parse(VECTOR, 0)
  assert.ok(outcome.kind === 'message')
  const opened = initWire.parse(outcome.message.clear, 0)
  assert.ok(opened.kind === 'message')
  assert.equal(opened.message.name, 'peer-init')
  assert.equal(opened.message.rest.length, 0)
})

test('lengths of nothing and of too much are faults', () => {
  assert.equal(obfuscatedWire.parse(fromHex('00000000 00000000'), 0).kind, 'malformed')
  assert.equal(obfuscatedWire.parse(fromHex('00000000 ffffff7f'), 0).kind, 'malformed')
})
