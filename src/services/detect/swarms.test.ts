/** Contents are summed up under all their names and URNs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event, Stamp } from '../../core/event.ts'
import { Swarms } from './swarms.ts'

const A = { ip: '192.0.2.1', port: 40_000 }
const B = { ip: '198.51.100.2', port: 6881 }

function stamp(frame: number): Stamp {
  return {
    family: 'f',
    flow: 1,
    micros: frame,
    ends: [A, B],
    carrier: 'tcp',
    capture: 'a.pcap',
    frame,
  }
}

function summed(events: readonly Event[]) {
  const swarms = new Swarms()
  for (const event of events) swarms.consume(event)
  return swarms.list()
}

test('hosts, claims, bytes and the best name of a content', () => {
  const [swarm, ...rest] = summed([
    { ...stamp(1), type: 'request', by: A, of: B, what: 'announce', content: 'urn:x:1' },
    {
      ...stamp(2),
      type: 'claim',
      by: B,
      about: { ip: '203.0.113.1', port: 1 },
      part: 'peer',
      carriers: 'both',
      via: 'tracker',
      content: 'urn:x:1',
    },
    { ...stamp(3), type: 'share', by: B, content: 'urn:x:1', via: 'hit', name: 'rumour', size: 9 },
    {
      ...stamp(4),
      type: 'share',
      by: B,
      content: 'urn:x:1',
      via: 'metadata',
      name: 'truth',
      verified: true,
      files: [
        { path: 'a', size: 4 },
        { path: 'b', size: 5 },
      ],
    },
    { ...stamp(5), type: 'transfer', from: B, to: A, content: 'urn:x:1', bytes: 100, via: 'piece' },
  ])
  assert.deepEqual(rest, [])
  assert.equal(swarm!.names[0]!.name, 'truth')
  assert.equal(swarm!.names[0]!.frame, 4)
  assert.deepEqual(
    swarm!.names.map(({ verified }) => verified),
    [true, false],
  )
  assert.deepEqual([swarm!.hosts, swarm!.asking, swarm!.bytes, swarm!.files], [3, 1, 100, 2])
  assert.deepEqual(swarm!.claims, { tracker: 1 })
  assert.equal(swarm!.size, 9)
  assert.equal(swarm!.frame, 1)
})

test('two URNs of one content become one, whichever was heard first', () => {
  const transfer = { ...stamp(1), type: 'transfer', from: B, to: A, bytes: 7, via: 'get' } as const
  const list = summed([
    { ...transfer, content: 'urn:y:2' },
    { ...transfer, content: 'urn:x:1' },
    { ...stamp(2), type: 'share', by: A, content: 'urn:x:1', via: 'hit', also: ['urn:y:2'] },
    { ...transfer, content: 'urn:y:2' },
  ])
  assert.equal(list.length, 1)
  assert.equal(list[0]!.content, 'urn:x:1')
  assert.deepEqual(list[0]!.also, ['urn:y:2'])
  assert.equal(list[0]!.bytes, 21)
})

test('what moved most comes first', () => {
  const transfer = { ...stamp(1), type: 'transfer', from: B, to: A, via: 'get' } as const
  const list = summed([
    { ...transfer, content: 'urn:x:1', bytes: 1 },
    { ...transfer, content: 'urn:x:2', bytes: 2 },
  ])
  assert.deepEqual(
    list.map(({ content }) => content),
    ['urn:x:2', 'urn:x:1'],
  )
})

test('contents are bounded; what comes later is counted, not summed up', () => {
  const swarms = new Swarms(2)
  for (const content of ['urn:x:1', 'urn:x:2', 'urn:x:3', 'urn:x:1']) {
    swarms.consume({ ...stamp(1), type: 'request', by: A, of: B, what: 'get', content })
  }
  assert.deepEqual(
    swarms
      .list()
      .map(({ content }) => content)
      .sort(),
    ['urn:x:1', 'urn:x:2'],
  )
  assert.equal(swarms.forgotten, 1)
})
