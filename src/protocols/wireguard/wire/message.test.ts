/** WireGuard's messages are read and written as the paper draws them, and as wireguard-go sends them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { flowsOf } from '../../../core/captured-flows.ts'
import { repositoryFile } from '../../../core/repository.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { messageWire } from './message.ts'

const FILE = repositoryFile('src/protocols/wireguard/fixtures/handshake.pcap')
const [flow] = flowsOf(readFileSync(FILE))
const samples = flow!.pieces.slice(0, 8).map(({ bytes }) => bytes)

test('real messages of three types pass the examination', () => {
  checkWire(messageWire, [...samples, new Uint8Array(64).fill(7).fill(0, 1, 4).fill(3, 0, 1)])
})

test('types and indices are those that tshark shows', () => {
  const read = samples.map((bytes) => {
    const outcome = messageWire.parse(bytes, 0)
    assert.equal(outcome.kind, 'message')
    if (outcome.kind !== 'message') throw new Error('unreachable')
    const { rest: _, ...fields } = outcome.message
    return fields
  })
  assert.deepEqual(read.slice(1, 5), [
    { type: 'initiation', sender: 0x23fdebeb },
    { type: 'response', sender: 0xcc0b6b6d, receiver: 0x23fdebeb },
    { type: 'data', receiver: 0xcc0b6b6d, counterBig: 0n },
    { type: 'data', receiver: 0x23fdebeb, counterBig: 0n },
  ])
})

test('wrong sizes, unknown types and reserved bytes that are set are refused by name', () => {
  const fault = (bytes: Uint8Array): string => {
    const outcome = messageWire.parse(bytes, 0)
    return outcome.kind === 'malformed' ? outcome.fault : outcome.kind
  }
  const initiation = samples[0]!
  assert.equal(fault(initiation.subarray(0, 147)), 'size-wrong')
  assert.equal(fault(initiation.subarray(0, 31)), 'too-short')
  assert.equal(fault(initiation.slice().fill(9, 0, 1)), 'type-unknown')
  assert.equal(fault(initiation.slice().fill(1, 2, 3)), 'type-unknown')
})
