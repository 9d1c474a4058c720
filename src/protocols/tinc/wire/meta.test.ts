/** tinc's lines are read and written as two real nodes send them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf } from '../../../core/bytes.ts'
import { flowsOf } from '../../../core/captured-flows.ts'
import { repositoryFile } from '../../../core/repository.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { metaWire } from './meta.ts'

const FILE = repositoryFile('src/protocols/tinc/fixtures/meta.pcap')
const [flow] = flowsOf(readFileSync(FILE))
const [identity, both] = flow!.pieces.map(({ bytes }) => bytes)

test('the real lines pass the examination', () => {
  const srv = 'srv'.length + '0  17\n'.length
  const lines = [identity!, both!.subarray(0, srv), both!.subarray(srv)].map((line) => line.slice())
  checkWire(metaWire, [...lines, bytesOf('0 a_1 17.7\n'), bytesOf('0 ^deadbeef 17.1\n')])
})

test('the key line tells cipher, digest and the size of the key', () => {
  const outcome = metaWire.parse(both!, 9)
  assert.ok(outcome.kind === 'message' && outcome.message.type === 'metakey')
  const { cipher, digest, macLength, compression, key } = outcome.message
  assert.deepEqual([cipher, digest, macLength, compression], [429, 672, 0, 0])
  assert.equal(key.length * 4, 2048)
})

test('lines that only begin so are refused', () => {
  for (const line of ['0 a b 17\n', '0 17\n', '0 a 17 \n', '1 94 64 0 0 ABC\n', '2 AA\n', '\n']) {
    assert.equal(metaWire.parse(bytesOf(line), 0).kind, 'malformed', line)
  }
})
