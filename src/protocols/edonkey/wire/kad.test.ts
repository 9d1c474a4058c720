/** Kad datagrams: compressed ones, the golden bootstrap, sizes by formula. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { concat, fromHex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { FILE_KAD, IP_REVERSED, PORT } from '../samples-in-test.ts'
import { kadWire } from './kad.ts'

const CONTACT = `${FILE_KAD} ${IP_REVERSED} 4012 ${PORT} 08`

function packed(opcode: number, body: string): Uint8Array {
  return concat(Uint8Array.of(0xe5, opcode), deflateSync(fromHex(body), { level: 9 }))
}

test('E5 holds the same bodies, compressed', () => {
  const bytes = packed(0x29, `${FILE_KAD} 03 ${CONTACT.repeat(3)}`)
  checkWire(kadWire, [bytes], { noiseCount: 2_000 })
  const read = kadWire.parse(bytes, 0)
  assert.equal(read.kind, 'message')
  if (read.kind !== 'message') return
  assert.equal(read.message.packed, true)
  assert.equal(read.message.message.type, 'response')
})

test('E5 that is no zlib, or would grow beyond the bound, is a fault', () => {
  const fault = (bytes: Uint8Array) => {
    const read = kadWire.parse(bytes, 0)
    return read.kind === 'malformed' ? read.fault : read.kind
  }
  assert.equal(fault(fromHex('e529 0011223344')), 'compressed-broken')
  const bomb = concat(Uint8Array.of(0xe5, 0x29), deflateSync(new Uint8Array(12_000_000)))
  assert.ok(bomb.length < 65_000)
  assert.equal(fault(bomb), 'compressed-broken')
})

test('the golden bootstrap request is two bytes', () => {
  const read = kadWire.parse(fromHex('e401'), 0)
  assert.equal(read.kind === 'message' && read.message.message.type, 'bootstrap-request')
})

test('a response counts its contacts; one more or less is a fault or a rest', () => {
  const short = kadWire.parse(fromHex(`e429 ${FILE_KAD} 02 ${CONTACT}`), 0)
  assert.equal(short.kind === 'malformed' && short.fault, 'count-exceeds-body')
  const long = kadWire.parse(fromHex(`e429 ${FILE_KAD} 00 ${CONTACT}`), 0)
  assert.equal(long.kind === 'message' && long.message.message.rest.length, 25)
})
