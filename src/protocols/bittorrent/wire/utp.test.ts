/** uTP headers: two packets of µTorrent, the chain of extensions, and what is not uTP. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex, hex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { utpWire } from './utp.ts'

/** A SYN, and a STATE with extension 2, as µTorrent sends them. */
const SYN = fromHex('4100530210eeb2f00000000000000000e7f50000')
const STATE = fromHex('2102530206ff3f5f7fffffff0000f00049c7e7f5 0008 0000000000000000')
/** Transmission 3.00 (libutp), capture mixed-office-1. */
const SYN_WITH_BITS = fromHex('41024aa807640cc7000000000004000008aa0000 0008 0000000000000000')

test('packets are read and written', () => {
  const sack = concat(fromHex('2101530206ff3f5f7fffffff0000f00049c7e7f5 0004 01000000'))
  const two = fromHex('01015303 06ff3f5f 00000010 0000f000 49c8e7f5 0304 01000000 0004 00000001')
  checkWire(utpWire, [SYN, STATE, SYN_WITH_BITS, sack, concat(two, bytesOf('payload'))])
})

test('fields of the SYN and the STATE that answers it', () => {
  const syn = utpWire.parse(SYN, 0)
  const state = utpWire.parse(STATE, 0)
  assert.ok(syn.kind === 'message' && state.kind === 'message')
  if (syn.kind !== 'message' || state.kind !== 'message') return
  assert.equal(syn.message.type, 'syn')
  assert.equal(syn.message.connectionId, 0x5302)
  assert.equal(syn.message.windowBytes, 0)
  assert.equal(syn.message.seq, 0xe7f5)
  assert.equal(state.message.type, 'state')
  assert.equal(state.message.connectionId, syn.message.connectionId)
  assert.equal(state.message.ack, syn.message.seq)
  assert.equal(state.message.timestampDifferenceMicros, 0x7fffffff)
  assert.deepEqual(
    state.message.extensions.map(({ type, data }) => [type, hex(data)]),
    [[2, '0000000000000000']],
  )
})

test('other versions, other types, a chain that leaves the packet: malformed', () => {
  // biome-ignore format: a table
  for (const [bytes, fault] of [
    ['4000530210eeb2f00000000000000000e7f50000', 'version-unknown'],
    ['5100530210eeb2f00000000000000000e7f50000', 'type-unknown'],
    ['4100530210eeb2f00000000000000000e7f500', 'header-cut-short'],
    ['4101530210eeb2f00000000000000000e7f50000 0004 01', 'extension-cut-short'],
    ['4101530210eeb2f00000000000000000e7f50000', 'extension-cut-short'],
    [`4101530210eeb2f00000000000000000e7f50000${'0100'.repeat(9)}`, 'too-many-extensions'],
  ] as const) {
    const outcome = utpWire.parse(fromHex(bytes), 0)
    assert.equal(outcome.kind === 'malformed' && outcome.fault, fault, bytes)
  }
})
