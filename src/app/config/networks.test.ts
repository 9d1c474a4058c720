/** The first network that holds a host decides; whoever breaks its policy is told of once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Verdict } from '../../core/event.ts'
import { parseConfig } from './config.ts'
import { Networks } from './networks.ts'

const CONFIG = parseConfig(
  `networks:
  - { name: lab, cidrs: [10.1.0.0/16, 2001:db8:1::/48], policy: allow }
  - { name: campus, cidrs: [10.0.0.0/8, 192.0.2.7], policy: forbid }
hosts: { 10.2.0.5: printer }
`,
  'p.yaml',
)

function verdict(host: string, score: number): Verdict {
  return {
    type: 'verdict',
    host,
    micros: 0,
    families: ['f'],
    sureness: 'certain',
    score,
    reasons: [],
    software: [],
    flows: 1,
    bytes: [1, 1],
  }
}

test('networks in their order, IPv6 and single addresses', () => {
  const networks = new Networks(CONFIG, () => undefined)
  const name = (ip: string) => networks.of(ip)?.name
  assert.deepEqual(
    ['10.1.2.3', '10.2.0.5', '192.0.2.7', '192.0.2.8', '2001:db8:1::5', '2001:db8:2::5'].map(name),
    ['lab', 'campus', 'campus', undefined, 'lab', undefined],
  )
})

test('where P2P is forbidden, each host is told of once, by its name, until the rules change', () => {
  const told: string[] = []
  const networks = new Networks(CONFIG, (host, network) => told.push(`${host} in ${network}`))
  networks.consider(verdict('10.1.0.1', 99))
  networks.consider(verdict('10.2.0.5', 49))
  assert.deepEqual(told, [])
  networks.consider(verdict('10.2.0.5', 50))
  networks.consider(verdict('10.2.0.5', 90))
  assert.deepEqual(told, ['printer in campus'])
  networks.configure(CONFIG)
  networks.consider(verdict('10.2.0.5', 90))
  assert.equal(told.length, 2)
})
