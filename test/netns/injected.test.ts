/**
 * A tracker names eight peers with their octets in reverse. A crowd of ours, Transmission and aria2 ask it, and
 * all call eight addresses that never were. The honeynet behind these finds incidents; asked back, the tracker
 * is where they come in, and no peer passes them on; what was seen on the link says why: byte order.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Endpoint, endpointText } from '../../src/core/address.ts'
import type { Cause, Incident } from '../../src/core/incident.ts'
import type { Order } from '../../src/core/peer.ts'
import { Capture } from './capture.ts'
import { startAria2 } from './clients/aria2.ts'
import { Transmission } from './clients/transmission.ts'
import { cannotBeDark, DARK_NETWORK, DarkNetwork } from './dark.ts'
import { livePeers } from './live-peers.ts'
import { type Host, Network } from './network.ts'

const skip = cannotBeDark(['transmission-daemon', 'transmission-remote', 'aria2c', 'tcpdump'])

const MAIN = join(import.meta.dirname, '../../src/app/main.js')
const CROWD = join(import.meta.dirname, 'live-crowd.js')
const live = livePeers('bittorrent')
const TRACKER = { ip: '198.51.100.1', port: 6969 }
const ANNOUNCE = `http://${endpointText(TRACKER)}/announce`
/** Nobody has it: who wants it goes on looking. */
const NOTHING = '5a'.repeat(20)
const CONTENT = `urn:btih:${NOTHING}`
const PORT = 6881
const TRANSMISSION: Endpoint = { ip: '21.3.99.10', port: 45_101 }
const ARIA2: Endpoint = { ip: '22.3.99.10', port: 45_103 }
/** Read backwards, each is in the dark network. */
const SEEDS = [11, 12, 13, 14, 15, 16].map((first) => ({ ip: `${first}.3.99.10`, port: PORT }))
const LIVE = [TRANSMISSION, ARIA2, ...SEEDS]
const CROWD_COUNT = 105
/** An incident is more than so many sources: eMule and BitTorrent in P2PScope. */
const SOURCES_MIN = 100
const CALLING_SECONDS = 15

function reversed({ ip, port }: Endpoint): Endpoint {
  return { ip: ip.split('.').reverse().join('.'), port }
}

async function crowd(host: Host, role: string, ips: readonly string[]): Promise<void> {
  const routes = ips.map((ip) => `ip route add local ${ip} dev lo`)
  await host.run('sh', ['-c', routes.join(' && ')])
  const orders: Order[] = [
    { do: 'join', at: TRACKER },
    { do: 'fetch', name: 'nothing', content: CONTENT },
  ]
  const words = ['bittorrent', role, String(PORT), JSON.stringify(orders), ...ips]
  host.start(process.execPath, [CROWD, ...words])
}

interface Found {
  readonly incidents: readonly Incident[]
}

interface Diagnosed {
  readonly causes: readonly Cause[]
}

interface Origin {
  readonly at: Endpoint
  readonly via: string
}

test('Reversed entries of a tracker: honeynet, incident, origin, cause', {
  skip,
}, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const lan = network.bridge('lan')
  const hosts = {
    tracker: network.host('tracker', [lan, `${TRACKER.ip}/24`]),
    dark: network.host('dark', [lan, '198.51.100.2/24']),
    seeds: network.host('seeds', [lan, '198.51.100.3/24']),
    crowd: network.host('crowd', [lan, '198.51.100.4/24']),
    crawler: network.host('crawler', [lan, '198.51.100.5/24']),
    transmission: network.host('real', [lan, `${TRANSMISSION.ip}/32`]),
    aria2: network.host('aria2', [lan, `${ARIA2.ip}/32`]),
  }
  const { tracker, dark, transmission, aria2 } = hosts
  for (const host of Object.values(hosts)) {
    await host.run('ip', ['route', 'add', 'default', 'dev', 'eth0'])
    if (host !== dark) await host.run('ip', ['route', 'add', `${dark.ip}/32`, 'dev', 'eth0'])
  }
  const callers = Object.values(hosts).filter((host) => host !== dark)
  const honeynet = await DarkNetwork.start(network, dark, callers)
  const capture = await Capture.start(network, lan, join(network.folder, 'lan.pcap'))
  const victims = LIVE.map((seed): [number, Order] => [0, { do: 'join', at: reversed(seed) }])
  live(tracker, 'tracker,injects', TRACKER.port, victims)
  await network.until('our tracker listens', 10, () => tracker.listens('tcp', TRACKER.port))
  await crowd(
    hosts.seeds,
    'peer',
    SEEDS.map(({ ip }) => ip),
  )
  const { port } = TRANSMISSION
  const settings = { port, encryption: 0, extras: false } as const
  const magnet = `magnet:?xt=${CONTENT}&tr=${encodeURIComponent(ANNOUNCE)}`
  const client = await Transmission.start(network, transmission, settings)
  await client.add(magnet)
  startAria2(network, aria2, magnet, { port: ARIA2.port })
  await crowd(
    hosts.crowd,
    'deaf:peer',
    Array.from({ length: CROWD_COUNT }, (_, i) => `198.18.0.${1 + i}`),
  )
  // Who was refused by others goes on to the next at once; the last entries come within seconds.
  await pause(1000 * CALLING_SECONDS)
  await honeynet.program.stop('SIGINT')
  await capture.stop()
  const program = (...words: readonly string[]) =>
    hosts.crawler.run(process.execPath, [MAIN, ...words])
  const incidents = join(network.folder, 'incidents.json')
  const isDark = ['--dark', DARK_NETWORK]

  await context.test('addresses that all called are incidents', async () => {
    const words = ['-r', honeynet.capture, ...isDark, '--format', 'json', '-w', incidents]
    await program('incidents', ...words)
    const { incidents: found } = JSON.parse(readFileSync(incidents, 'utf8')) as Found
    const meant = new Set(LIVE.map((seed) => endpointText(reversed(seed))))
    assert.ok(found.length > 0)
    for (const { target, sources, contents, software } of found) {
      assert.ok(meant.has(endpointText(target)), endpointText(target))
      assert.ok(sources > SOURCES_MIN, String(sources))
      assert.deepEqual(contents, [{ name: CONTENT, count: sources }])
      for (const real of ['Transmission ', 'aria2 ']) {
        assert.ok(
          software.some(({ name }) => name.startsWith(real)),
          real,
        )
      }
    }
  })

  await context.test('asked back, they come in at the tracker', async () => {
    const ask = ['--ask', `tracker@${endpointText(TRACKER)}/announce`]
    const words = ['1', '--events', incidents, ...ask, '--allow', '198.51.100.0/24']
    const told = await program('backtrack', ...words, '--format', 'json', '-q')
    const { findings } = JSON.parse(told) as { findings: readonly { origins: readonly Origin[] }[] }
    assert.deepEqual(
      findings.map(({ origins }) => origins.map(({ at, via }) => `${endpointText(at)} ${via}`)),
      [[`${endpointText(TRACKER)} tracker`]],
    )
  })

  await context.test('what passed on the link says why', async () => {
    const told = await program('diagnose', '-r', capture.file, ...isDark, '--format', 'json')
    const [diagnosis] = JSON.parse(told) as [Diagnosed]
    const cause = diagnosis.causes.find(({ verdict }) => verdict === 'confirmed')
    assert.deepEqual(
      [cause?.hypothesis, cause?.tested, cause?.hits],
      ['byte-order', LIVE.length, LIVE.length],
    )
  })
})
