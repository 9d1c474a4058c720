/** Discovery and address requests are read and written as Tailscale's source has them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, fromHex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { answers, disco, request } from '../fixtures/make-find.ts'
import { discoWire } from './disco.ts'
import { stunWire } from './stun.ts'

test('the wires pass the examination', () => {
  checkWire(
    discoWire,
    disco.map(([, bytes]) => bytes),
  )
  checkWire(stunWire, [request, ...answers])
})

test('a request whose fingerprint is wrong, and one of other software, are refused by name', () => {
  const fault = (bytes: Uint8Array): string => {
    const outcome = stunWire.parse(bytes, 0)
    return outcome.kind === 'malformed' ? outcome.fault : outcome.kind
  }
  const bent = request.slice()
  bent[10]! ^= 1
  assert.equal(fault(bent), 'fingerprint-wrong')
  const other = request.slice()
  other.set(bytesOf('otherone'), 24)
  assert.equal(fault(other), 'not-tailnode')
})

test('the mapped address of RFC 5769 section 2.2 is unmasked as it says', () => {
  // Header, cookie and transaction of the vector, with its XOR-MAPPED-ADDRESS as only attribute.
  const bytes = fromHex('0101 000c 2112a442 b7e7a701bc34d686fa87dfae 0020 0008 0001 a147 e112a643')
  const outcome = stunWire.parse(bytes, 0)
  assert.equal(outcome.kind, 'message')
  if (outcome.kind !== 'message' || outcome.message.type !== 'answer') return
  assert.deepEqual(outcome.message.mapped, { ip: '192.0.2.1', port: 32_853 })
})
