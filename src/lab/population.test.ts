/** A population: who joins whom, who dies, leaves and returns, whom firewalls shut off, what is counted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from '../core/address.ts'
import type { Link, Order, Peer, PeerFile, PeerKind, PeerSettings, Site } from '../core/peer.ts'
import { Population } from './population.ts'
import { parseScenario } from './scenario.ts'

/** Files that are on the network, by who has them: this overlay needs no messages. */
class Knower implements Peer {
  readonly settings: PeerSettings
  readonly #all: Map<Knower, PeerFile[]>
  #site!: Site

  constructor(settings: PeerSettings, all: Map<Knower, PeerFile[]>) {
    this.settings = settings
    this.#all = all
  }

  start(site: Site): void {
    this.#site = site
    site.listen('tcp', this.settings.port)
    this.#all.set(this, [])
  }

  opened(link: Link): void {
    if (link.byUs) this.#site.say({ type: 'joined', at: link.remote })
  }

  data(): number {
    return 0
  }

  closed(_link: Link, why: 'closed' | 'refused'): void {
    this.#site.say({ type: 'failed', order: 'join', why })
  }

  datagram(): void {}
  wake(): void {}

  order(order: Order): void {
    if (order.do === 'join') this.#site.connect(order.at)
    if (order.do === 'leave') this.#site.say({ type: 'left' })
    if (order.do === 'publish') {
      this.#all.get(this)!.push(order.file)
      this.#site.say({ type: 'published', name: order.file.name, content: 'urn:none' })
    }
    if (order.do === 'search') this.#search(order.text)
    if (order.do === 'fetch') {
      const from: Endpoint = { ip: '192.0.2.1', port: 1 }
      this.#site.say({ type: 'fetched', name: order.name, bytes: 1, from, verified: true })
    }
  }

  #search(text: string): void {
    for (const [peer, files] of this.#all) {
      if (peer === this) continue
      for (const { name, size } of files) {
        if (name.includes(text)) this.#site.say({ type: 'found', text, name, size, hops: 1 })
      }
    }
  }
}

function populationOf(yaml: string): Population {
  const all = new Map<Knower, PeerFile[]>()
  const kind: PeerKind = {
    roles: ['knower'],
    bugs: [],
    make: (settings) => new Knower(settings, all),
  }
  return new Population(parseScenario(yaml, 'x.yaml'), new Map([['know', { kind, port: 7000 }]]))
}

function played(yaml: string): Population {
  const population = populationOf(yaml)
  while (population.advance(10));
  return population
}

function said({ account }: Population, group: string): Record<string, number> {
  return Object.fromEntries(account.said.get(group) ?? [])
}

const CROWD = `title: A crowd
seconds: 100
network: { delay-ms: [10, 10] }
groups:
  hub: { protocol: know, role: knower, addresses: 192.0.2.1 }
  crowd:
    protocol: know
    role: knower
    count: 10
    addresses: 198.51.100.0/24
    join: { group: hub }
    files: { each: 2 }
files: { count: 20 }
deeds:
`

test('Each joins and publishes; a machine that is off does nothing, and is not told to', () => {
  const before = played(CROWD.replace('deeds:\n', ''))
  assert.deepEqual(said(before, 'crowd'), { joined: 10, published: 20 })
  const after = played(`${CROWD}  - { at: 20, who: crowd, part: 0.7, do: die }
  - { at: 50, who: crowd, do: leave }\n`)
  assert.deepEqual(said(after, 'crowd'), { joined: 10, published: 20, left: 3 })
})

test('Who returns has his files and joins again; who left only joins again', () => {
  const population =
    played(`${CROWD.replace('each: 2', 'each: 1')}  - { at: 20, who: crowd, count: 4, do: die }
  - { at: 30, who: crowd, count: 2, do: leave }
  - { at: 50, who: crowd, do: return }
  - { at: 60, who: crowd, do: return }\n`)
  assert.deepEqual(said(population, 'crowd'), { joined: 16, published: 16, left: 2 })
  assert.equal(population.network.size, 11)
})

test('One deed comes again and again: churn', () => {
  const population = played(`${CROWD}  - { at: 20, every: 10, who: crowd, count: 1, do: die }\n`)
  // At 20, 30 … 100.
  assert.equal(population.network.size, 2)
})

test('Searches of the catalogue are for what one has not, and count where they find it', () => {
  const population = played(`${CROWD}  - { at: 20, every: 1, who: crowd, count: 2, do: search }
  - { at: 60, who: hub, do: search, text: zzz }
  - { at: 70, who: crowd, do: fetch }\n`)
  const { asked, found } = population.account.quests(20, 60)
  assert.equal(asked, 80)
  assert.ok(found > 20 && found < 80, `${found} of 80`)
  assert.ok(said(population, 'crowd').fetched! >= 9)
})

test('Nobody calls through a firewall: it drops, and a NAT refuses', () => {
  const wall = (how: string) =>
    played(`title: Walls
seconds: 60
groups:
  inside: { protocol: know, role: knower, addresses: 192.0.2.1, ${how} }
  outside: { protocol: know, role: knower, addresses: 192.0.2.2, join: { group: inside } }
  lucky: { protocol: know, role: knower, addresses: 192.0.2.3 }
deeds:
  - { at: 5, who: inside, do: join, of: lucky }\n`)
  for (const how of ['firewalled: 1', 'nat: full-cone']) {
    const population = wall(how)
    assert.deepEqual(said(population, 'outside'), { failed: 1 }, how)
    assert.deepEqual(said(population, 'inside'), { joined: 1 }, how)
  }
})

test('What was expected is counted by group, name, and links', () => {
  const population = played(
    `${CROWD}  - { at: 20, who: hub, do: publish, name: the one.bin }
  - { at: 30, who: crowd, count: 3, do: search, text: the one }
expect:
  - { said: found, by: crowd, name: the one.bin, hops: 1, least: 3, most: 3 }
  - { said: found, hops: 2, least: 1 }
  - { said: joined, most: 9 }\n`.replace(
      'files: { count: 20 }',
      'files: { count: 20, named: [{ name: the one.bin, size: 5 }] }',
    ),
  )
  assert.deepEqual(
    population.account.outcomes().map(({ figure, holds }) => [figure, holds]),
    [
      [3, true],
      [0, false],
      [10, false],
    ],
  )
})
