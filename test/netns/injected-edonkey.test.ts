/**
 * Sources with their octets in reverse reach two amuled and a crowd of ours, from a client by source
 * exchange or from a node of Kad; all call addresses that never were. The honeynet behind these finds
 * incidents; asked back from the amuled, they come in where they were put in; what was seen on the link
 * says why: byte order.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Endpoint, endpointText } from '../../src/core/address.ts'
import type { Order } from '../../src/core/peer.ts'
import { Shares } from '../../src/protocols/edonkey/peer-shares.ts'
import { kindsOf, originsOf } from './backtracking.ts'
import { Amule, fileLink, type KadPeer, kadPeer, meet } from './clients/amule.ts'
import { cannotBeDark } from './dark.ts'
import { areReversed, crowdIps, reversed, Scene, SEED_IPS } from './injected.ts'
import { livePeers } from './live-peers.ts'
import { type Host, Network } from './network.ts'

const skip = cannotBeDark(['amuled', 'amulecmd', 'tcpdump'])

const live = livePeers('edonkey')
/** Two parts, of which holders have the first. */
const FILE = { name: 'field recordings.ogg', size: 12_000_000, seed: 7 }
const { hash } = new Shares().add(FILE)!
const CONTENT = `urn:ed2k:${hash}`
const PORT = 45_400
const KAD_PORT = 45_500
const AMULE_PORTS = [45_201, 45_301] as const
const SEEDS = SEED_IPS.map((ip) => ({ ip, port: PORT }))
const PUBLISH: Order = { do: 'publish', file: FILE }
const VICTIMS = SEEDS.map((seed): Order => ({ do: 'join', at: reversed(seed) }))
const CROWD_COUNT = 105
/** A search in Kad takes its time to begin. */
const CALL_SECONDS = 90
/** One who does not answer is given up after some ten. */
const ANSWER_SECONDS = 45
/** DHT and exchange. */
const KINDS = 2

class KadScene extends Scene {
  readonly #network: Network
  readonly #hosts: readonly Host[]
  readonly #crowd: Host
  readonly #seeds: Host
  readonly #amules: Amule[] = []

  constructor(network: Network) {
    super(network)
    this.#network = network
    this.#hosts = [5, 6].map((last) => this.host(`amule${last}`, `198.51.100.${last}/24`))
    this.#crowd = this.host('crowd', '198.51.100.4/24')
    this.#seeds = this.host('seeds', '198.51.100.3/24')
  }

  /** Those who have some of the file and are called as they should be. */
  async seeds(): Promise<void> {
    const part = { protocol: 'edonkey', role: 'holder', port: PORT, orders: [PUBLISH] }
    const seeds = await this.crowd(this.#seeds, part, SEED_IPS)
    await this.#network.until('the seeds are there', 15, () =>
      seeds.output.includes('all are there'),
    )
  }

  /** Both want the file, and know the seeds. */
  async amules(sources: readonly Endpoint[], nodes: readonly KadPeer[]): Promise<void> {
    this.#hosts.forEach((host, i) => {
      const tcpPort = AMULE_PORTS[i]!
      const settings = { nick: host.name, tcpPort, udpPort: tcpPort + 10, obfuscated: false }
      this.#amules.push(new Amule(this.#network, host, settings))
    })
    await meet(this.#amules, nodes)
    const link = fileLink(FILE, hash, [...SEEDS, ...sources])
    for (const client of this.#amules) await client.add(link)
  }

  /** The amuled call, then a crowd that asks the injector. */
  async call(role: string, injector: Endpoint): Promise<void> {
    const network = this.#network
    for (const { ip, name } of this.#hosts) {
      await network.until(`${name} calls all who never were`, CALL_SECONDS, () => {
        const asked = this.honeynet.of('request').filter(({ by }) => by.ip === ip)
        return new Set(asked.map(({ of }) => of.ip)).size === SEEDS.length
      })
    }
    const orders: Order[] = [
      { do: 'fetch', name: FILE.name, content: CONTENT },
      { do: 'join', at: injector },
    ]
    const part = { protocol: 'edonkey', role, port: PORT, orders }
    const crowd = await this.crowd(this.#crowd, part, crowdIps(CROWD_COUNT))
    await network.until('all of the crowd have called', CALL_SECONDS, async () => {
      if (!crowd.output.includes('all are there')) return false
      const states = ['state', 'established', 'state', 'syn-sent']
      return (await this.#crowd.run('ss', ['-Htn', ...states])) === ''
    })
    await this.end()
  }

  async askedBack() {
    const ask = this.#amules.flatMap(({ host: { ip }, settings: { tcpPort, udpPort } }) => [
      ...['--ask', `peer@${ip}:${tcpPort}`],
      ...['--ask', `kad@${ip}:${udpPort}`],
    ])
    // An amuled that waits for a busy disk answers nobody meanwhile.
    return this.#network.until('the amuled answer for both kinds', ANSWER_SECONDS, async () => {
      const finding = await this.backtracked(...ask, '--size', String(FILE.size))
      return kindsOf(finding).length === KINDS ? finding : undefined
    })
  }

  async isByteOrder(via: string): Promise<void> {
    const { causes, channels } = await this.diagnosis()
    const confirmed = causes.filter(({ verdict }) => verdict === 'confirmed')
    assert.deepEqual(
      confirmed.map(({ hypothesis, tested, hits }) => [hypothesis, tested, hits]),
      [['byte-order', SEEDS.length, SEEDS.length]],
    )
    const spreading = channels.filter(({ spreads }) => spreads === 'yes')
    assert.deepEqual(
      spreading.map((channel) => channel.via),
      [via],
    )
  }

  /** Incidents of all seeds, called by real clients too. */
  async areFound(): Promise<void> {
    const incidents = await this.incidents()
    areReversed(incidents, SEEDS, CONTENT)
    assert.equal(incidents.length, SEEDS.length)
    for (const { sources, software } of incidents) {
      assert.equal(sources, CROWD_COUNT + this.#amules.length)
      const amule = software.find(({ name }) => name.startsWith('aMule'))
      assert.equal(amule?.count, this.#amules.length, JSON.stringify(software))
    }
  }
}

test('A client names sources in reverse to who exchanges them', { skip }, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const scene = new KadScene(network)
  const liar = scene.host('liar', '198.51.100.13/24')
  const injector = { ip: liar.ip, port: PORT }
  await scene.open()
  live(
    liar,
    'holder,injects',
    PORT,
    [PUBLISH, ...VICTIMS].map((order) => [0, order]),
  )
  await network.until('the liar listens', 10, () => liar.listens('tcp', PORT))
  await scene.seeds()
  await scene.amules([injector], [])
  await scene.call('seeker', injector)

  await context.test('addresses that all called are incidents', () => scene.areFound())

  await context.test('asked back, they come in at the liar, by exchange', async () => {
    const finding = await scene.askedBack()
    assert.deepEqual(kindsOf(finding), ['dht no', 'exchange yes'])
    assert.deepEqual(originsOf(finding), [`${endpointText(injector)} source-exchange exchange`])
  })

  await context.test('what passed on the link says why', () => scene.isByteOrder('source-exchange'))
})

test('A node of Kad names sources in reverse', { skip }, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const scene = new KadScene(network)
  const liar = scene.host('liar', '198.51.100.13/24')
  const injector = { ip: liar.ip, port: KAD_PORT }
  await scene.open()
  live(
    liar,
    'kad-node,injects',
    KAD_PORT,
    [PUBLISH, ...VICTIMS].map((order) => [0, order]),
  )
  await network.until('the liar listens', 10, () => liar.listens('udp', KAD_PORT))
  await scene.seeds()
  await scene.amules([], [kadPeer(liar, KAD_PORT, hash)])
  await scene.call('kad-seeker', injector)

  await context.test('addresses that all called are incidents', () => scene.areFound())

  await context.test('asked back, they come in at the liar, by Kad', async () => {
    const finding = await scene.askedBack()
    assert.deepEqual(kindsOf(finding), ['dht yes', 'exchange no'])
    assert.deepEqual(originsOf(finding), [`${endpointText(injector)} kad-source table`])
  })

  await context.test('what passed on the link says why', () => scene.isByteOrder('kad-source'))
})
