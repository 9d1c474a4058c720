/** Figures for Prometheus are bounded, whatever a capture holds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event, Verdict } from '../../core/event.ts'
import { Counters } from './counters.ts'

const STAMP = {
  family: 'f',
  flow: 1,
  micros: 0,
  capture: 'a',
  frame: 1,
  ends: [
    { ip: '192.0.2.1', port: 1 },
    { ip: '192.0.2.2', port: 2 },
  ],
  carrier: 'tcp',
} as const

function message(name: string): Event {
  return { ...STAMP, type: 'message', log: 'f', name, side: 0, fields: {} }
}

function samples(counters: Counters, name: string) {
  return counters.metrics().find((metric) => metric.name === name)!.samples
}

test('messages are counted by name, and beyond a thousand names as others', () => {
  const counters = new Counters()
  for (let i = 0; i < 1500; i++) counters.consume(message(`m${i}`))
  counters.consume(message('m0'))
  const counted = samples(counters, 'peerscope_messages_total')
  assert.equal(counted.length, 1001)
  assert.equal(counted[0]?.value, 2)
  assert.deepEqual(counted.at(-1), { labels: { proto: 'other', type: 'other' }, value: 500 })
})

test('a host has one verdict, its last', () => {
  const counters = new Counters()
  const verdict = (sureness: Verdict['sureness']): Verdict => ({
    type: 'verdict',
    host: '192.0.2.1',
    micros: 0,
    families: [],
    sureness,
    score: 50,
    reasons: [],
    software: [],
    flows: 1,
    bytes: [0, 0],
  })
  counters.consume(verdict('unsure'))
  counters.consume(verdict('certain'))
  assert.deepEqual(
    samples(counters, 'peerscope_hosts_flagged').map(({ value }) => value),
    [1, 0, 0],
  )
})
