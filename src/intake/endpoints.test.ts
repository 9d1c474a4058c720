/** What is remembered of endpoints: by address and port and carrier, for a time, and how much. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from '../core/address.ts'
import { limits } from '../core/limits.ts'
import { Endpoints, type Taught } from './endpoints.ts'

const SECONDS = 1e6
const NOON = 1_700_000_000 * SECONDS
const HERE: Endpoint = { ip: '192.0.2.1', port: 6881 }
const BY: Endpoint = { ip: '198.51.100.9', port: 80 }

function taught(
  index: number,
  part: string,
  carriers: Taught['carriers'],
  micros: number,
  frame = 1,
): Taught {
  const taughtBy = { capture: 'a', frame, via: 'pex', by: BY, endpoint: HERE, micros }
  return { index, part, carriers, taughtBy, lastMicros: micros }
}

/** Parts known of an endpoint for a flow of one moment. */
function parts(endpoints: Endpoints, end: Endpoint, carrier: 'tcp' | 'udp', at = NOON): string[] {
  return endpoints.find(end, carrier, at, at).map(({ part }) => part)
}

test('an endpoint is an address and a port: neither alone is known', () => {
  const endpoints = new Endpoints()
  assert.deepEqual(parts(endpoints, HERE, 'tcp'), [])
  endpoints.teach(HERE, taught(0, 'peer', 'tcp', NOON))
  assert.equal(endpoints.size, 1)
  assert.deepEqual(parts(endpoints, { ...HERE }, 'tcp'), ['peer'])
  assert.deepEqual(parts(endpoints, { ...HERE, port: 6882 }, 'tcp'), [])
  assert.deepEqual(parts(endpoints, { ...HERE, ip: '192.0.2.2' }, 'tcp'), [])
})

test('a port of zero teaches nothing', () => {
  const endpoints = new Endpoints()
  endpoints.teach({ ...HERE, port: 0 }, taught(0, 'peer', 'both', NOON))
  assert.equal(endpoints.size, 0)
  assert.deepEqual(parts(endpoints, { ...HERE, port: 0 }, 'tcp'), [])
})

test('a claim holds for the carriers it names', () => {
  const endpoints = new Endpoints()
  endpoints.teach(HERE, taught(0, 'peer', 'tcp', NOON))
  endpoints.teach(HERE, taught(0, 'dht', 'udp', NOON))
  endpoints.teach(HERE, taught(1, 'node', 'both', NOON))
  assert.deepEqual(parts(endpoints, HERE, 'tcp'), ['peer', 'node'])
  assert.deepEqual(parts(endpoints, HERE, 'udp'), ['dht', 'node'])
})

test('the same part may be claimed on one carrier first and on the other later', () => {
  for (const [first, second] of [
    ['tcp', 'udp'],
    ['udp', 'tcp'],
    ['tcp', 'both'],
  ] as const) {
    const endpoints = new Endpoints()
    endpoints.teach(HERE, taught(0, 'peer', first, NOON))
    endpoints.teach(HERE, taught(0, 'peer', second, NOON))
    assert.ok(parts(endpoints, HERE, 'tcp').includes('peer'), `${first} then ${second}: tcp`)
    assert.ok(parts(endpoints, HERE, 'udp').includes('peer'), `${first} then ${second}: udp`)
  }
})

test('a claim is believed for a while, before and after', () => {
  const endpoints = new Endpoints()
  endpoints.teach(HERE, taught(0, 'peer', 'tcp', NOON))
  const long = limits.endpointSeconds * SECONDS
  assert.deepEqual(parts(endpoints, HERE, 'tcp', NOON + long - 1), ['peer'])
  assert.deepEqual(parts(endpoints, HERE, 'tcp', NOON + long), [])
  assert.deepEqual(parts(endpoints, HERE, 'tcp', NOON - long + 1), ['peer'])
  assert.deepEqual(parts(endpoints, HERE, 'tcp', NOON - long), [])
  // A long flow is judged by its own times: it began before the claim and went on after it.
  const day = 86_400 * SECONDS
  assert.equal(endpoints.find(HERE, 'tcp', NOON - day, NOON + day).length, 1)
})

test('what is said again is believed longer, and its first message is kept', () => {
  const endpoints = new Endpoints()
  endpoints.teach(HERE, taught(0, 'peer', 'tcp', NOON, 7))
  endpoints.teach(HERE, taught(0, 'peer', 'tcp', NOON + 5000 * SECONDS, 99))
  const found = endpoints.find(HERE, 'tcp', NOON + 12_000 * SECONDS, NOON + 12_000 * SECONDS)
  assert.deepEqual(
    found.map(({ taughtBy }) => taughtBy.frame),
    [7],
  )
  // Merged captures may step back in time: what was believed stays believed.
  endpoints.teach(HERE, taught(0, 'peer', 'tcp', NOON - 5000 * SECONDS, 3))
  assert.deepEqual(parts(endpoints, HERE, 'tcp', NOON + 12_000 * SECONDS), ['peer'])
})

test('what is said of one endpoint is bounded', () => {
  const endpoints = new Endpoints()
  for (let i = 0; i < 1000; i++) endpoints.teach(HERE, taught(0, `part-${i}`, 'both', NOON))
  assert.equal(endpoints.size, 1)
  const known = parts(endpoints, HERE, 'tcp')
  assert.equal(known[0], 'part-0')
  assert.ok(known.length < 10, `${known.length} kept`)
})

test('what has expired makes room for what is said later', () => {
  const endpoints = new Endpoints()
  const later = NOON + limits.endpointSeconds * SECONDS
  for (let i = 0; i < 5; i++) endpoints.teach(HERE, taught(0, `part-${i}`, 'both', NOON + 1))
  endpoints.teach(HERE, taught(0, 'expired', 'both', NOON))
  endpoints.teach(HERE, taught(0, 'late', 'both', later))
  assert.deepEqual(parts(endpoints, HERE, 'tcp', later).at(-1), 'late')
  endpoints.teach(HERE, taught(0, 'too many', 'both', later))
  assert.equal(parts(endpoints, HERE, 'tcp', later).includes('too many'), false)
})

test('the endpoint longest not mentioned is forgotten first', () => {
  const endpoints = new Endpoints(8)
  const endOf = (port: number) => ({ ip: '192.0.2.1', port })
  const known = taught(0, 'peer', 'tcp', NOON)
  for (let port = 1; port <= 8; port++) endpoints.teach(endOf(port), known)
  assert.equal(endpoints.forgotten, 0)
  // The first is mentioned again: now the second is the one to go.
  endpoints.teach(endOf(1), known)
  endpoints.teach(endOf(9), known)
  assert.equal(endpoints.size, 8)
  assert.equal(endpoints.forgotten, 1)
  const ports = Array.from({ length: 9 }, (_, i) => i + 1)
  assert.deepEqual(
    ports.filter((port) => parts(endpoints, endOf(port), 'tcp').length > 0),
    [1, 3, 4, 5, 6, 7, 8, 9],
  )
})

test('what is new is told on, and what is said again only after a while; hearsay is not', () => {
  const endpoints = new Endpoints()
  const told: string[] = []
  endpoints.retell = (_, { part, lastMicros }) => told.push(`${part} ${(lastMicros - NOON) / 1e6}`)
  const say = (part: string, after: number) =>
    endpoints.teach(HERE, taught(0, part, 'tcp', NOON + after * SECONDS))
  say('peer', 0)
  say('peer', 1)
  say('tracker', 2)
  endpoints.learn(HERE, taught(0, 'dht', 'udp', NOON))
  say('peer', limits.endpointSeconds / 2)
  assert.deepEqual(told, ['peer 0', 'tracker 2', `peer ${limits.endpointSeconds / 2}`])
  assert.deepEqual(parts(endpoints, HERE, 'udp'), ['dht'])
})
