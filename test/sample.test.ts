/** The sample of the README: what is in it by the account of its makers is what Peerscope says of it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { read } from '../src/app/index.ts'
import { readCaptures } from '../src/app/pipeline.ts'
import type { Event, Flow } from '../src/core/event.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'

const SAMPLE = repositoryFile('samples/office.pcap')

/**
 * Flows of the P2P families, from the record of which process owned which socket while the
 * capture was made: family, what it is, carrier, opener, other.
 */
// biome-ignore format: a table
const P2P = [
  ['bittorrent', 'dht', 'udp', '2001:db8:10::22', 6882, '2001:db8:1::1', 6881],
  ['bittorrent', 'tracker-http', 'tcp', '2001:db8:10::21', 49536, '2001:db8:60::60', 8000],
  ['bittorrent', 'peer-tcp', 'tcp', '2001:db8:10::21', 38759, '2001:db8:5::6', 28001],
  ['bittorrent', 'peer-tcp', 'tcp', '2001:db8:10::21', 55249, '2001:db8:77::77', 42001],
  ['bittorrent', 'dht', 'udp', '2001:db8:10::22', 6882, '2001:db8:77::77', 42001],
  ['bittorrent', 'peer-tcp-mse', 'tcp', '2001:db8:10::22', 46459, '2001:db8:77::77', 42001],
  ['bittorrent', 'tracker-udp', 'udp', '2001:db8:10::22', 6882, '2001:db8:60::60', 8000],
  ['bittorrent', 'dht', 'udp', '2001:db8:10::22', 6882, '2001:db8:5::6', 28001],
  ['bittorrent', 'dht', 'udp', '2001:db8:10::21', 51413, '2001:db8:5::6', 28001],
  ['bittorrent', 'dht', 'udp', '2001:db8:10::21', 51413, '2001:db8:77::77', 42001],
  ['bittorrent', 'peer-tcp-mse', 'tcp', '2001:db8:10::22', 60571, '2001:db8:5::6', 28001],
  ['bittorrent', 'tracker-http', 'tcp', '2001:db8:10::21', 46186, '2001:db8:60::60', 8000],
  ['bittorrent', 'peer-tcp', 'tcp', '2001:db8:10::21', 38407, '2001:db8:5::6', 28001],
  ['bittorrent', 'dht', 'udp', '2001:db8:1::1', 6881, '2001:db8:10::21', 51413],
  ['bittorrent', 'tracker-http', 'tcp', '2001:db8:10::21', 47408, '2001:db8:60::60', 8000],
  ['bittorrent', 'tracker-http', 'tcp', '2001:db8:10::21', 49504, '2001:db8:60::60', 8000],
  ['bittorrent', 'tracker-http', 'tcp', '2001:db8:10::21', 36564, '2001:db8:60::60', 8000],
  ['edonkey', 'server-tcp', 'tcp', '10.17.5.32', 58696, '10.17.5.25', 4500],
  ['edonkey', 'server-tcp', 'tcp', '10.17.5.25', 51048, '10.17.5.32', 20020],
  ['edonkey', 'server-tcp', 'tcp', '10.17.5.33', 45566, '10.17.5.25', 4500],
  ['edonkey', 'server-tcp', 'tcp', '10.17.5.25', 45626, '10.17.5.33', 20040],
  ['edonkey', 'udp', 'udp', '10.17.5.33', 20043, '10.17.5.25', 4504],
  ['edonkey', 'udp', 'udp', '10.17.5.32', 20023, '10.17.5.25', 4504],
  ['gnutella', '', 'tcp', '10.17.5.29', 48385, '10.17.5.28', 18001],
  ['edonkey', '', 'tcp', '10.17.5.33', 45964, '10.17.5.32', 20020],
  ['soulseek', 'server-tcp', 'tcp', '10.17.5.35', 49432, '10.17.5.26', 2271],
  ['soulseek', 'server-tcp', 'tcp', '10.17.5.34', 60038, '10.17.5.26', 2271],
  ['soulseek', '', 'tcp', '10.17.5.35', 36028, '10.17.5.34', 2234],
  ['directconnect', 'nmdc-hub', 'tcp', '10.17.5.30', 43099, '10.17.5.24', 4111],
  ['directconnect', 'nmdc-hub', 'tcp', '10.17.5.31', 33125, '10.17.5.24', 4111],
  ['directconnect', 'udp', 'udp', '10.17.5.30', 54726, '10.17.5.31', 3100],
  ['directconnect', '', 'tcp', '10.17.5.30', 45417, '10.17.5.31', 3100],
] as const

function keyOf(carrier: string, a: string, aPort: number, b: string, bPort: number): string {
  return [carrier, ...[`${a} ${aPort}`, `${b} ${bPort}`].sort()].join(' ').toLowerCase()
}

async function eventsOf(path: string): Promise<Event[]> {
  const events: Event[] = []
  await readCaptures({ files: [path], flows: true }, (event) => events.push(event))
  return events
}

const events = await eventsOf(SAMPLE)
const flows = events.filter((event): event is Flow => event.type === 'flow')
const families = new Map(
  flows.map(({ proto, ends: [a, b], p2p }) => [keyOf(proto, a.ip, a.port, b.ip, b.port), p2p]),
)

test('every P2P flow has its family, and nothing else has one', () => {
  const expected = new Map<string, string>(
    P2P.map(([family, , carrier, a, aPort, b, bPort]) => [
      keyOf(carrier, a, aPort, b, bPort),
      family,
    ]),
  )
  const called = [...families].filter(([, p2p]) => p2p !== undefined)
  const wrong = called.filter(([key, p2p]) => expected.get(key) !== p2p!.family)
  assert.deepEqual(wrong, [])
  assert.deepEqual(
    [...expected.keys()].filter((key) => families.get(key) === undefined),
    [],
  )
})

test('an encrypted flow is never more than likely, and says why', () => {
  const encrypted = P2P.filter(([, what]) => what === 'peer-tcp-mse')
  assert.equal(encrypted.length, 2)
  for (const [, , carrier, a, aPort, b, bPort] of encrypted) {
    const p2p = families.get(keyOf(carrier, a, aPort, b, bPort))
    assert.equal(p2p?.sureness, 'likely')
    assert.ok(p2p.reasons.length > 0)
  }
})

test('files have the names and hashes they were shared under', () => {
  const named = new Map<string, string>()
  for (const event of events) {
    if (event.type === 'share' && event.name !== undefined) named.set(event.content, event.name)
    if (event.type === 'transfer' && event.content !== undefined && event.name !== undefined) {
      named.set(event.content, event.name)
    }
  }
  assert.equal(named.get('urn:ed2k:3277235a02fe3e98de1a637d11446f2b'), 'kernel guide.pdf')
  assert.equal(named.get('urn:sha1:Q5XL2OUCYJK75YXMAG5FLQTUFPANEQLH'), 'orchestra tuning.ogg')
})

test('the programs say who they are', () => {
  const said = new Set<string>()
  for (const event of events) {
    if (event.type === 'client') said.add(`${event.who.ip} ${event.software} ${event.version}`)
  }
  assert.ok(said.has('2001:db8:10::21 Transmission 3.00'), [...said].join('\n'))
  assert.ok(said.has('2001:db8:5::6 qBittorrent 4.5.2'), [...said].join('\n'))
  assert.ok(said.has('10.17.5.32 aMule 2.3.3'), [...said].join('\n'))
})

test('the same capture says the same, byte for byte', async () => {
  assert.equal(JSON.stringify(await eventsOf(SAMPLE)), JSON.stringify(events))
})

test('the library gives the same events, and the account of the run at its end', async () => {
  const iterator = read(SAMPLE)
  const given: Event[] = []
  let step = await iterator.next()
  for (; !step.done; step = await iterator.next()) given.push(step.value)
  assert.equal(step.value.packets, 4242)
  assert.equal(JSON.stringify(given), JSON.stringify(events))
})

test('the program is found by its name in the root of the repository', (t) => {
  // npx remembers where a program was; a cache of our own, so that an older place does not count.
  const cache = temporaryFolder(t)
  const run = spawnSync('npx', ['--no-install', 'peerscope', '-r', SAMPLE], {
    cwd: repositoryFile('.'),
    encoding: 'utf8',
    env: { ...process.env, npm_config_cache: cache },
  })
  assert.equal(run.status, 0, run.stderr)
  assert.match(run.stdout, /bittorrent/)
})
