/** Connections that the kernel tells are given to the wall; those that it wants lose their marks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '../../linux/conntrack-wire.ts'
import { KernelError } from '../../linux/libc.ts'
import { Review } from './review.ts'

const HOST = { ip: '192.168.7.2', port: 40_000 }
const PEER = { ip: '198.51.100.9', port: 6881 }
const GATEWAY = { ip: '198.51.100.1', port: 6881 }

/** A caller whom the gateway sends on to a host of ours, then one that ours called. */
const TOLD: readonly Connection[] = [
  { first: [PEER, GATEWAY], answering: HOST, protocol: 6, mark: 9 },
  { first: [HOST, PEER], answering: PEER, protocol: 17, mark: 1 },
]

test('what is told a part at a time is looked at, and recalled by how the kernel knows it', () => {
  const begun: unknown[] = []
  const asked: unknown[] = []
  const marked: unknown[] = []
  let parts: Connection[] = []
  const walk = {
    get isOn() {
      return parts.length > 0
    },
    begin: (filter?: unknown) => {
      begun.push(filter)
      parts = [...TOLD]
    },
    step: (each: (connection: Connection) => void) => {
      each(parts.shift()!)
      return parts.length > 0
    },
  }
  const wanted = ['all', 'unread'] as const
  const wall = {
    nextReview: () => wanted[begun.length],
    review: (connection: unknown, what: unknown) => asked.push([connection, what]) === 1,
  }
  const connections = {
    mark: (...how: unknown[]) => marked.push(how) > 0,
  }
  const review = new Review({ walk, wall, connections, warn: () => assert.fail() })
  for (let i = 0; i < 4; i++) review.step(1)
  assert.deepEqual(begun, [undefined, { value: 9, mask: 0xff }])
  const [first, second] = [
    { ends: [PEER, HOST], carrier: 'tcp', mark: 9 },
    { ends: [HOST, PEER], carrier: 'udp', mark: 1 },
  ]
  assert.deepEqual(asked, [
    ...[first, second].map((each) => [each, 'all']),
    ...[first, second].map((each) => [each, 'unread']),
  ])
  assert.deepEqual(marked, [[[PEER, GATEWAY], 6, 0, 0xff]])
  assert.equal(review.recalled, 1)
})

test('a kernel that tells nothing is told of once, and holds nothing up', () => {
  const warnings: string[] = []
  const review = new Review({
    walk: {
      isOn: false,
      begin: () => {
        throw new KernelError('all connections', 95)
      },
      step: () => false,
    },
    wall: { nextReview: () => 'all', review: () => false },
    connections: { mark: () => false },
    warn: (text) => warnings.push(text),
  })
  review.step(1)
  review.step(2)
  assert.equal(warnings.length, 1)
  assert.match(warnings[0]!, /EOPNOTSUPP|ENOTSUP/)
})
