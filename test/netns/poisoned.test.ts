/**
 * A DHT of real nodes: ninety-six of libtorrent on twenty-four hosts, Transmission and aria2. What a crawl of it hears is
 * examined twice: as it is, and once an attacker has come in, with many nodes at one address that name dark
 * addresses as peers of whatever is asked for, and with eight in one /24 that crowd around one content.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Cause } from '../../src/core/incident.ts'
import { startAria2 } from './clients/aria2.ts'
import { hasLibtorrent, startLibtorrentNodes } from './clients/libtorrent-nodes.ts'
import { makeTorrent } from './clients/torrent.ts'
import { Transmission } from './clients/transmission.ts'
import type { Poison } from './dht-poisoner.ts'
import { cannotRun, type Host, Network } from './network.ts'
import { read } from './reading.ts'

const skip =
  cannotRun(['transmission-daemon', 'transmission-remote', 'transmission-create', 'aria2c']) ||
  (hasLibtorrent() ? false : 'python3-libtorrent is not installed here')

const MAIN = join(import.meta.dirname, '../../src/app/main.js')
const POISONER = join(import.meta.dirname, 'dht-poisoner.js')
const DARK_NETWORK = '93.184.99.0/24'
const PORT = 6881
const HOSTS = 24
const NODES_A_HOST = 4

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex')
const CONTENTS = Array.from({ length: 16 }, (_, i) => sha1(`content ${i}`))
const [CROWDED] = CONTENTS as [string]
/** Nobody shares it. */
const MADE_UP = sha1('made up')
/** Of one /24 each, so that nobody is a crowd by his address. */
const addressesOf = (host: number) =>
  Array.from({ length: NODES_A_HOST }, (_, i) => `84.${host}.${i}.5`)
const ARIA2 = '85.0.0.5'
const TRANSMISSION = '85.0.1.5'
const ENTRY = { ip: '84.0.0.5', port: PORT }
/** What is asked later says no more. */
const BOUND = ['--packets', '700']
const ENTERING_MILLIS = 8000
const ROUTER = '87.0.0.1'
const VICTIMS = Array.from({ length: 8 }, (_, i) => ({ ip: `93.184.99.${1 + i}`, port: 4662 }))

const MANY_COUNT = 16
/** At one address, all over the DHT. */
const MANY = Array.from({ length: MANY_COUNT }, (_, i) => {
  const first = Math.floor((256 * i) / MANY_COUNT)
    .toString(16)
    .padStart(2, '0')
  return { ip: '66.6.6.6', port: 7000 + i, id: first + sha1(`many ${i}`).slice(2) }
})
/** Their ids share the first three bytes with the content. */
const CROWD = Array.from({ length: 8 }, (_, i) => {
  return {
    ip: `66.6.7.${1 + i}`,
    port: PORT,
    id: CROWDED.slice(0, 6) + sha1(`crowd ${i}`).slice(6),
  }
})

/** What a crawl for all contents hears, examined. */
async function examine(crawler: Host, capture: string): Promise<readonly Cause[]> {
  const asked = [MADE_UP, ...CONTENTS].map((hash) => `urn:btih:${hash}`)
  const first = ['84.1.2.5', '84.9.2.5', ARIA2, TRANSMISSION].flatMap((ip) => [
    '--ask',
    `dht@${ip}:${PORT}`,
  ])
  const who = [...first, '--allow', '84.0.0.0/7,66.0.0.0/8']
  const rates = ['--rate', '2000', '--network-rate', '200', '--in-flight', '256']
  const crawl = [MAIN, 'backtrack', ...asked, ...who, ...rates, '-w', capture, '-q', ...BOUND]
  await crawler.run(process.execPath, crawl)
  const diagnose = [MAIN, 'diagnose', '-r', capture, '--dark', DARK_NETWORK, '--made-up', MADE_UP]
  const told = JSON.parse(
    await crawler.run(process.execPath, [...diagnose, '--format', 'json']),
  ) as {
    readonly of: string
    readonly causes: readonly Cause[]
  }[]
  return told.find(({ of }) => of === 'told')!.causes
}

test('A DHT of real nodes, clean and poisoned', { skip }, async (context) => {
  const network = Network.open()
  context.after(() => network.close())
  const place = await meetingPlace(network)
  const hosts = await Promise.all(
    Array.from({ length: HOSTS }, (_, i) => place(`nodes${i}`, addressesOf(i))),
  )
  const aria2 = await place('aria2', [ARIA2])
  const transmission = await place('mine', [TRANSMISSION])
  const attacker = await place('attacker', [MANY[0]!.ip, ...CROWD.map(({ ip }) => ip)], true)
  const crawler = await place('crawler', ['86.0.0.5'])
  await Promise.all([
    startLibtorrentNodes(network, hosts, { entry: ENTRY, contents: CONTENTS }),
    startOthers(network, aria2.host, transmission.host),
  ])

  const captures = ['clean', 'poisoned'].map((name) => join(network.folder, `${name}.pcapng`)) as [
    string,
    string,
  ]

  await context.test('of a clean one nothing is said', async () => {
    const causes = await examine(crawler.host, captures[0])
    assert.deepEqual(found(causes), [])
    const poisoning = causes.find(({ hypothesis }) => hypothesis === 'poisoning')
    assert.ok(poisoning!.controls[0]!.tested >= HOSTS, JSON.stringify(poisoning))
  })

  const enter = hosts.flatMap(({ ips }) => ips.map((ip) => ({ ip, port: PORT })))
  const poison: Poison = { nodes: [...MANY, ...CROWD], victims: VICTIMS, enter }
  const attack = attacker.host.start(process.execPath, [POISONER, JSON.stringify(poison)])
  await network.until('the attacker is there', 10, () => attack.output.includes('all are there'))
  await pause(ENTERING_MILLIS)

  await context.test('of a poisoned one both are said, with their numbers', async () => {
    const causes = await examine(crawler.host, captures[1])
    for (const { hypothesis, verdict, text } of causes) {
      if (verdict === 'confirmed') context.diagnostic(`${hypothesis}: ${text}`)
    }
    assert.deepEqual(found(causes).sort(), ['poisoning confirmed', 'sybils confirmed'])
    const [poisoning, sybils] = ['poisoning', 'sybils'].map((name) =>
      causes.find(({ hypothesis }) => hypothesis === name),
    ) as [Cause, Cause]
    assert.deepEqual([poisoning.hits, poisoning.tested], [VICTIMS.length, VICTIMS.length])
    const shown = `${VICTIMS.length} by who knows peers of what does not exist`
    assert.ok(poisoning.text.includes(shown), poisoning.text)
    // Peers that nodes name truly.
    const [control] = poisoning.controls
    assert.ok(control!.tested >= HOSTS && control!.hits === 0, JSON.stringify(control))
    assert.deepEqual([sybils.hits, sybils.tested], [CROWD.length, CROWD.length])
    assert.ok(sybils.text.includes('ids in 66.6.7.0/24') && sybils.text.includes(CROWDED))
  })

  await context.test('nodes of the other programs told of others, too', async () => {
    const tellers = new Set<string>()
    for (const capture of captures) {
      const { events } = await read(capture)
      for (const event of events) if (event.type === 'claim') tellers.add(event.by.ip)
    }
    for (const ip of [ARIA2, TRANSMISSION]) assert.ok(tellers.has(ip), ip)
  })
})

/** `sybils confirmed`, of all that is more than chance. */
function found(causes: readonly Cause[]): string[] {
  const told = causes.filter(({ verdict }) => verdict === 'confirmed' || verdict === 'supported')
  return told.map(({ hypothesis, verdict }) => `${hypothesis} ${verdict}`)
}

/** Two nodes of other programs, which want what nobody else does. */
async function startOthers(network: Network, aria2: Host, transmission: Host): Promise<void> {
  const torrent = await makeTorrent(network, aria2, 'field recordings.flac', 100_000, [])
  startAria2(network, aria2, torrent.file, { port: PORT, seeds: torrent, dhtEntry: ENTRY })
  const settings = { port: PORT, encryption: 0, extras: 'dht', dhtEntry: ENTRY } as const
  const client = await Transmission.start(network, transmission, settings)
  await client.add(torrent.magnet)
}

interface Place {
  readonly host: Host
  readonly ips: readonly string[]
}

/**
 * Hosts of all prefixes on one link. All ways lead over a router: with a hundred neighbours for each of
 * them the kernel would run out of places for neighbours.
 */
async function meetingPlace(network: Network) {
  const lan = network.bridge('lan')
  const router = network.host('router', [lan, `${ROUTER}/32`])
  const redirects = ['all', 'eth0'].map((name) => `net.ipv4.conf.${name}.send_redirects=0`)
  await router.run('sysctl', ['-qw', 'net.ipv4.ip_forward=1', ...redirects])
  return async (name: string, ips: readonly string[], isMany = false): Promise<Place> => {
    const host = network.host(name, [lan, `${ips[0]}/32`])
    const [how, where] = isMany ? ['route add local', 'lo'] : ['address add', 'eth0']
    const more = ips.slice(1).map((ip) => `ip ${how} ${ip}/32 dev ${where}`)
    const out = `ip route add default via ${ROUTER} dev eth0 onlink`
    await host.run('sh', ['-c', [...more, out].join(' && ')])
    const back = ips.map((ip) => `ip route add ${ip}/32 via ${ips[0]} dev eth0 onlink`)
    await router.run('sh', ['-c', back.join(' && ')])
    return { host, ips }
  }
}
