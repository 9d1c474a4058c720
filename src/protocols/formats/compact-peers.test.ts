/** Compact lists are read and written in network order, and never past their end. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, hex } from '../../core/bytes.ts'
import { limits } from '../../core/limits.ts'
import {
  COMPACT_FAULTS,
  compactNodes,
  compactPeers,
  emitCompactNodes,
  emitCompactPeers,
  endpointOfBytes,
  ipOfBytes,
} from './compact-peers.ts'

const ID = '6162636465666768696a303132333435363738 39'.replace(' ', '')

test('reads IPv4 peers: address and port in network order', () => {
  const bytes = fromHex('ff c0000201 1ae1 00000000 0000 ff')
  assert.deepEqual(compactPeers(bytes, 1, 12, 4), {
    kind: 'message',
    message: [
      { ip: '192.0.2.1', port: 6881 },
      { ip: '0.0.0.0', port: 0 },
    ],
    size: 12,
  })
})

test('reads IPv6 peers and nodes of both kinds', () => {
  const peer6 = fromHex('20010db8000000000000000000000001 1ae1')
  const outcome = compactPeers(peer6, 0, 18, 16)
  assert.deepEqual(outcome, {
    kind: 'message',
    message: [{ ip: '2001:db8::1', port: 6881 }],
    size: 18,
  })
  const node4 = fromHex(`${ID} c6336402 0050`)
  assert.deepEqual(compactNodes(node4, 0, 26, 4), {
    kind: 'message',
    message: [{ id: ID, ip: '198.51.100.2', port: 80 }],
    size: 26,
  })
  const node6 = fromHex(`${ID} 20010db8000000000000000000000002 ffff`)
  assert.deepEqual(compactNodes(node6, 0, 38, 16), {
    kind: 'message',
    message: [{ id: ID, ip: '2001:db8::2', port: 65535 }],
    size: 38,
  })
})

test('a list that is no multiple of its entry is refused', () => {
  const bytes = new Uint8Array(64)
  const refused = [
    compactPeers(bytes, 0, 7, 4),
    compactPeers(bytes, 2, 17, 16),
    compactNodes(bytes, 0, 27, 4),
    compactNodes(bytes, 3, 37, 16),
  ]
  assert.deepEqual(refused, [
    { kind: 'malformed', fault: 'list-not-multiple-of-6', at: 0 },
    { kind: 'malformed', fault: 'list-not-multiple-of-18', at: 2 },
    { kind: 'malformed', fault: 'list-not-multiple-of-26', at: 0 },
    { kind: 'malformed', fault: 'list-not-multiple-of-38', at: 3 },
  ])
  assert.deepEqual(
    refused.map((outcome) => outcome.kind === 'malformed' && outcome.fault),
    [...COMPACT_FAULTS],
  )
})

test('no list becomes more entries than are listed', () => {
  const count = limits.listedMax + 5
  const outcome = compactPeers(new Uint8Array(6 * count), 0, 6 * count, 4)
  assert.equal(outcome.kind, 'message')
  if (outcome.kind !== 'message') return
  assert.equal(outcome.message.length, limits.listedMax)
  assert.equal(outcome.size, 6 * count)
})

test('writes what it reads', () => {
  const peers = 'c00002011ae1 7f0000010000'.replace(' ', '')
  const four = compactPeers(fromHex(peers), 0, 12, 4)
  assert.ok(four.kind === 'message')
  assert.equal(hex(emitCompactPeers(four.message, 4)), peers)
  const mapped = `${'00'.repeat(10)}ffffc00002011ae1`
  const six = compactPeers(fromHex(mapped), 0, 18, 16)
  assert.ok(six.kind === 'message')
  assert.deepEqual(six.message, [{ ip: '192.0.2.1', port: 6881 }])
  assert.equal(hex(emitCompactPeers(six.message, 16)), mapped)
  const nodes = `${ID}c63364020050`
  const read = compactNodes(fromHex(nodes), 0, 26, 4)
  assert.ok(read.kind === 'message')
  assert.equal(hex(emitCompactNodes(read.message, 4)), nodes)
  assert.equal(emitCompactNodes([{ id: ID, ip: '2001:db8::1', port: 1 }], 4).length, 0)
})

test('single addresses are told by their length', () => {
  assert.deepEqual(endpointOfBytes(fromHex('c00002011ae1')), { ip: '192.0.2.1', port: 6881 })
  assert.equal(endpointOfBytes(fromHex('c00002011a')), undefined)
  assert.equal(endpointOfBytes(undefined), undefined)
  assert.equal(ipOfBytes(fromHex('c0000201')), '192.0.2.1')
  assert.equal(ipOfBytes(fromHex('20010db8000000000000000000000001')), '2001:db8::1')
  assert.equal(ipOfBytes(fromHex('c00002')), undefined)
})
