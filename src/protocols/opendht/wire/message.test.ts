/** MessagePack as OpenDHT writes it, both ways; the vectors are datagrams of fixtures/nodes.pcap. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ByteWriter, fromHex, hex } from '../../../core/bytes.ts'
import { flowsOf } from '../../../core/captured-flows.ts'
import { repositoryFile } from '../../../core/repository.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { inMap, kindOf, messageWire, textOf } from './message.ts'
import { readValue, writeValue } from './msgpack.ts'

const PING = fromHex(
  '85 a161 81 a26964 c414 3cdeac243fbaffde019856cba0e2f6823e2c8674 a171 a470696e67 a174 ce5a091d6a a179 a171 a176 a4524e4731',
)

test('a ping', () => {
  checkWire(messageWire, [
    PING,
    fromHex('84 a165 92 cd0191 a3626164 a174 01 a179 a165 a176 a4524e4731'),
    fromHex('83 a179 a170 a174 ce20b84eaa a170 81 00 82 a16f cd0500 a164 c402 0102'),
  ])
  const outcome = messageWire.parse(PING, 0)
  assert.ok(outcome.kind === 'message')
  assert.equal(kindOf(outcome.message.root), 'q')
  assert.equal(textOf(inMap(outcome.message.root, 'q')), 'ping')
})

test('every datagram of the fixture comes out as it went in', () => {
  const path = repositoryFile('src/protocols/opendht/fixtures/nodes.pcap')
  let count = 0
  for (const { pieces } of flowsOf(readFileSync(path))) {
    for (const { bytes } of pieces) {
      const outcome = messageWire.parse(bytes, 0)
      assert.ok(outcome.kind === 'message')
      assert.equal(hex(messageWire.emit(outcome.message)), hex(bytes))
      count++
    }
  }
  assert.ok(count > 100)
})

test('values of all forms, as the specification writes them', () => {
  for (const text of [
    'c0',
    'c2',
    'c3',
    '7f',
    'cc80',
    'cd0100',
    'ce00010000',
    'cf0000000100000000',
    'ff',
    'e0',
    'd0df',
    'd1ff7f',
    'd2ffff7fff',
    'd3ffffffff7fffffff',
    'ca3fc00000',
    'cb3ff8000000000000',
    '93010203',
    '80',
    '81a16101',
    'a3616263',
    'c4020102',
    `d920${'61'.repeat(32)}`,
    `dc0010${'01'.repeat(16)}`,
    `de0010${'01'.repeat(32)}`,
    `c50100${'00'.repeat(256)}`,
  ]) {
    const bytes = fromHex(text)
    const read = readValue(bytes, 0)
    assert.equal(read?.end, bytes.length, text)
    const writer = new ByteWriter()
    writeValue(writer, read!.value)
    assert.equal(hex(writer.finish()), text)
  }
})

test('what is cut, claims too much or nests too deep is no value', () => {
  for (const text of [
    '',
    'dd7fffffff',
    'df7fffffff',
    'c6ffffffff',
    'c1',
    'd4',
    'a361',
    '91'.repeat(40),
  ]) {
    assert.equal(readValue(fromHex(text), 0), undefined, text)
  }
  const behind = messageWire.parse(fromHex(`${hex(PING)}00`), 0)
  assert.equal(behind.kind === 'malformed' && behind.fault, 'bytes-behind')
  const other = messageWire.parse(fromHex('81a16101'), 0)
  assert.equal(other.kind === 'malformed' && other.fault, 'kind-missing')
})
