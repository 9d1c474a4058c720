/** Every wire reads and writes its messages and survives any bytes; vectors are of the specifications. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex, hex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { discv4Wire } from './discv4.ts'
import { enrWire, factsOf } from './enr.ts'
import { rlpAt, rlpOf } from './rlp.ts'
import { isPoint, rlpxWire } from './rlpx.ts'

// EIP-8, "Test vectors": a ping packet with version 4 and additional list elements.
const PING = fromHex(`
  e9614ccfd9fc3e74360018522d30e1419a143407ffcce748de3e22116b7e8dc92ff74788c0b6663a
  aa3d67d641936511c8f8d6ad8698b820a7cf9e1be7155e9a241f556658c55428ec0563514365799a
  4be2be5a685a80971ddcfa80cb422cdd0101ec04cb847f000001820cfa8215a8d790000000000000
  000000000000000000018208ae820d058443b9a3550102`)
// EIP-778, "Test vectors": the example record.
const ENR = fromHex(`
  f884b8407098ad865b00a582051940cb9cf36836572411a47278783077011599ed5cd16b76f2635f4e234738f30813
  a89eb9137e3e3df5266e3a1f11df72ecf1145ccb9c01826964827634826970847f00000189736563703235366b31
  a103ca634cae0d49acb401d8a4c6b6fe8c55b70d115bf400769cc1400f3258cd31388375647082765f`)
// SEC 2: the generator of secp256k1.
const G = fromHex(`
  04 79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798
     483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8`)

test('the contract of wires', () => {
  checkWire(discv4Wire, [PING])
  checkWire(enrWire, [ENR])
  checkWire(rlpxWire, [concat(fromHex('0071'), G, new Uint8Array(48).fill(9))])
})

test('the ping of EIP-8 says what EIP-8 says', () => {
  const outcome = discv4Wire.parse(PING, 0)
  assert.ok(outcome.kind === 'message')
  assert.equal(outcome.message.number, 1)
  const [version, from, to] = outcome.message.list
  assert.deepEqual(version, Uint8Array.of(4))
  assert.deepEqual(
    (from as Uint8Array[]).map((item) => hex(item)),
    ['7f000001', '0cfa', '15a8'],
  )
  assert.deepEqual((to as Uint8Array[])[1], fromHex('08ae'))
  const bad = PING.slice()
  bad[120]! ^= 1
  assert.deepEqual(discv4Wire.parse(bad, 0), { kind: 'malformed', fault: 'hash-wrong', at: 0 })
})

test('the record of EIP-778: 127.0.0.1, UDP 30303, its key', () => {
  const outcome = enrWire.parse(ENR, 0)
  assert.ok(outcome.kind === 'message')
  const facts = factsOf(outcome.message)
  assert.deepEqual(facts.endpoints, [
    { endpoint: { ip: '127.0.0.1', port: 30_303 }, carrier: 'udp' },
  ])
  assert.equal(
    hex(facts.key!),
    '03ca634cae0d49acb401d8a4c6b6fe8c55b70d115bf400769cc1400f3258cd3138',
  )
  assert.deepEqual(facts.keys, ['id', 'ip', 'secp256k1', 'udp'])
})

test('the generator is on the curve, its neighbour is not', () => {
  assert.equal(isPoint(G, 0), true)
  const beside = G.slice()
  beside[64]! ^= 1
  assert.equal(isPoint(beside, 0), false)
})

test('RLP: the examples of its page, and the forms that waste', () => {
  // ethereum.org: "dog", [ "cat", "dog" ], [], the set of three.
  assert.equal(hex(rlpOf(bytesOf('dog'))), '83646f67')
  assert.equal(hex(rlpOf([bytesOf('cat'), bytesOf('dog')])), 'c88363617483646f67')
  assert.equal(hex(rlpOf([])), 'c0')
  assert.equal(hex(rlpOf([[], [[]], [[], [[]]]])), 'c7c0c1c0c3c0c1c0')
  assert.equal(rlpAt(fromHex('8101'), 0), undefined)
  assert.equal(rlpAt(fromHex('b80161'), 0), undefined)
  assert.equal(rlpAt(fromHex('f8ff'), 0), undefined)
  assert.equal(rlpAt(new Uint8Array(40).fill(0xc1), 0), undefined)
})
