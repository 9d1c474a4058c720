/** Node ids are held against their addresses as BEP 42 prints it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex } from '../../core/bytes.ts'
import { idChecksum, idFitsAddress } from './node-id.ts'

// biome-ignore format: a table
const VECTORS = [
  ['124.31.75.21', '5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401', 1],
  ['21.75.31.124', '5a3ce9c14e7a08645677bbd1cfe7d8f956d53256', 86],
  ['65.23.51.170', 'a5d43220bc8f112a3d426c84764f8c2a1150e616', 22],
  ['84.124.73.14', '1b0321dd1bb1fe518101ceef99462b947a01ff41', 65],
  ['43.213.53.83', 'e56f6cbf5b7c4be0237986d5243b87aa6d51305a', 90],
] as const

test('the vectors of BEP 42 fit, and no other address of the table does', () => {
  for (const [ip, id] of VECTORS) {
    for (const [other] of VECTORS) {
      assert.equal(idFitsAddress(fromHex(id), other), other === ip, `${id} at ${other}`)
    }
  }
})

test('one changed bit among the first 21 is seen, the 22nd is free', () => {
  const id = fromHex(VECTORS[0][1])
  const bit21 = id.slice()
  bit21[2]! ^= 0x08
  assert.equal(idFitsAddress(bit21, VECTORS[0][0]), false)
  const bit22 = id.slice()
  bit22[2]! ^= 0x04
  assert.equal(idFitsAddress(bit22, VECTORS[0][0]), true)
})

test('the checksum begins as the published ids do', () => {
  assert.equal(idChecksum('124.31.75.21', 1), 0x5fbfbdb2)
  assert.equal(idChecksum('21.75.31.124', 86), 0x5a3ce9b0)
  assert.equal(idChecksum('65.23.51.170', 22), 0xa5d4344a)
})

test('private addresses are exempt, what is no address cannot be judged', () => {
  const id = fromHex(VECTORS[0][1])
  for (const ip of [
    '10.0.0.1',
    '172.16.3.4',
    '192.168.1.2',
    '169.254.1.1',
    '127.0.0.1',
    'fe80::1',
  ]) {
    assert.equal(idFitsAddress(id, ip), undefined, ip)
  }
  assert.equal(idFitsAddress(id, 'nowhere'), undefined)
  assert.equal(idFitsAddress(id.subarray(1), '124.31.75.21'), undefined)
})

test('IPv6: only the first eight bytes count, masked', () => {
  const crc = idChecksum('2001:4860:4860::8888', 5)!
  const id = new Uint8Array(20)
  id[0] = Math.floor(crc / 0x1_000_000)
  id[1] = Math.floor(crc / 0x1_0000) % 256
  id[2] = Math.floor(crc / 0x100) % 256
  id[19] = 0xfd
  assert.equal(idFitsAddress(id, '2001:4860:4860::8888'), true)
  assert.equal(idFitsAddress(id, '2001:4860:4860::1'), true)
  assert.equal(idFitsAddress(id, '2001:4860:4861::8888'), false)
  id[19] = 0xfc
  assert.equal(idFitsAddress(id, '2001:4860:4860::8888'), false)
})
