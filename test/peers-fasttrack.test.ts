/**
 * FastTrack peers at play, as the engine reads them back: pings, links, transfers, GIVE, lists; the
 * flood of pings that falls back to TCP; and the same peers on real sockets.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { endpointText } from '../src/core/address.ts'
import { sameBytes } from '../src/core/bytes.ts'
import type { Event } from '../src/core/event.ts'
import type { PeerSaid } from '../src/core/peer.ts'
import { SocketHome } from '../src/lab/socket-home.ts'
import { fasttrack } from '../src/protocols/fasttrack/index.ts'
import { eventsOf, freePort, play, playAnew, typed } from './lab-in-test.ts'

/** `KaZaA ping`, how often. */
function counted(events: readonly Event[], key: (fields: { [name: string]: unknown }) => string) {
  const counts: { [key: string]: number } = {}
  for (const { fields } of typed(events, 'message')) {
    const name = key(fields as { [name: string]: unknown })
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

test('Pings, links, transfers, a GIVE and a list of files are read back as what they are', async () => {
  const events = await eventsOf('fasttrack-sequence.yaml')
  assert.deepEqual(typed(events, 'fault'), [])
  const counts = counted(events, ({ type, network }) => `${type} ${network ?? ''}`.trim())
  // Three of Kazaa ping once; she of iMesh pings three times, calls twice, and rests.
  assert.deepEqual(counts, {
    'ping KaZaA': 3,
    'pong KaZaA': 3,
    'ping fileshare': 3,
    hello: 5,
    answer: 5,
    'request KaZaA': 3,
    'response KaZaA': 3,
    give: 1,
    'files-challenge': 1,
    files: 1,
  })
  const moved = typed(events, 'transfer').map((each) => [
    endpointText(each.from),
    each.name,
    each.bytes,
  ])
  assert.deepEqual(moved, [
    ['198.51.100.2:2847', 'orchestra tuning.mp3', 350_000],
    // Dora called: her port is that of her NAT.
    ['203.0.113.4:20002', 'quiet harbour.mp3', 90_000],
  ])
  const shares = typed(events, 'share').map(({ via, name, size }) => [via, name, size])
  assert.deepEqual(shares, [
    ['http', 'orchestra tuning.mp3', 350_000],
    ['http', 'quiet harbour.mp3', 90_000],
    ['files', 'orchestra tuning.mp3', 350_000],
  ])
  const contents = typed(events, 'share').map(({ content }) => content)
  assert.equal(contents[0], contents[2])
  const nicks = new Set(typed(events, 'client').flatMap(({ nick }) => nick ?? []))
  assert.deepEqual([...nicks].sort(), ['alice', 'bob', 'dora'])
})

test('Claims tell supernodes, own addresses, and the private one of who is behind a NAT', async () => {
  const events = await eventsOf('fasttrack-sequence.yaml')
  const claims = new Set(
    typed(events, 'claim').map(
      ({ by, about, part, via }) => `${by.ip} ${endpointText(about)} ${part} ${via}`,
    ),
  )
  for (const claim of [
    '192.0.2.8 192.0.2.8:1214 supernode pong',
    '198.51.100.2 198.51.100.2:2847 node ping',
    '203.0.113.4 192.168.1.2:1214 node x-kazaa-ip',
    '203.0.113.4 192.0.2.8:1214 supernode x-kazaa-supernodeip',
  ]) {
    assert.ok(claims.has(claim), claim)
  }
  // Links are hidden: they are named by what the pongs told.
  const links = typed(events, 'flow').filter(({ p2p }) => p2p?.part === 'supernode')
  assert.equal(links.length, 5)
  for (const { p2p } of links) assert.equal(p2p?.sureness, 'likely')
  // Nothing of a search is seen.
  assert.deepEqual(typed(events, 'search'), [])
})

test('A flood pings forty supernodes three times, and eight are called at once', async () => {
  const events = await eventsOf('fasttrack-flood.yaml')
  assert.equal(counted(events, ({ type }) => `${type}`).ping, 120)
  const flows = typed(events, 'flow')
  const pinged = flows.filter(({ proto, p2p }) => proto === 'UDP' && p2p?.part === 'udp')
  assert.equal(pinged.length, 40)
  const calls = flows.filter(
    ({ proto, ends }) => proto === 'TCP' && ends[1].ip.startsWith('198.51.100.'),
  )
  assert.equal(calls.length, 8)
  // No pong told of a supernode: the head of a request did, afterwards.
  const told = typed(events, 'claim').filter(({ part }) => part === 'supernode')
  assert.deepEqual([...new Set(told.map(({ via }) => via))], ['x-kazaa-supernodeip'])
  const supernode = endpointText(told[0]!.about)
  const link = calls.find(({ ends }) => endpointText(ends[1]) === supernode)
  assert.equal(link?.p2p?.part, 'supernode')
})

test('Played again, it is the same capture, byte for byte', () => {
  const first = play('fasttrack-sequence.yaml')
  const again = playAnew('fasttrack-sequence.yaml', 7)
  assert.equal(again.truth, first.truth)
  assert.ok(sameBytes(again.capture, first.capture))
})

test('The same peers on real sockets: ping, link, search, download, GIVE, list of files', async () => {
  const ports = [await freePort(), await freePort(), await freePort(), await freePort()] as const
  const said: PeerSaid[][] = [[], [], [], []]
  const homes = ports.map((port, i) => {
    const role = i === 0 ? 'supernode' : 'node'
    const nick = ['', 'alice', 'bob', 'dora'][i]!
    const settings = { role, port, nick, bugs: [], isFirewalled: i === 3 }
    const peer = fasttrack.peer!.make(settings)
    return new SocketHome(peer, '127.0.0.1', (each) => said[i]!.push(each))
  })
  const until = async (holds: () => boolean): Promise<void> => {
    for (let tries = 0; tries < 500 && !holds(); tries++) await sleep(10)
    assert.ok(holds(), JSON.stringify(said))
  }
  const has = (i: number, type: PeerSaid['type'], count = 1): boolean =>
    said[i]!.filter((each) => each.type === type).length >= count
  const [, alice, bob, dora] = homes.map(({ peer }) => peer)
  try {
    for (const home of homes) await home.start()
    const at = { ip: '127.0.0.1', port: ports[0] }
    bob!.order({ do: 'publish', file: { name: 'real tune.ogg', size: 900_000, seed: 1 } })
    dora!.order({ do: 'publish', file: { name: 'shy tune.ogg', size: 300_000, seed: 2 } })
    for (const peer of [alice, bob, dora]) peer!.order({ do: 'join', at })
    await until(() => [1, 2, 3].every((i) => has(i, 'joined')))
    // What bob and dora share is with the supernode a moment after they joined.
    await sleep(100)
    alice!.order({ do: 'search', text: 'tune' })
    await until(() => has(1, 'found', 2))
    for (const name of ['real tune.ogg', 'shy tune.ogg']) alice!.order({ do: 'fetch', name })
    await until(() => has(1, 'fetched', 2) && has(2, 'served') && has(3, 'served'))
    alice!.order({ do: 'browse', of: `127.0.0.1:${ports[2]}` })
    await until(() => has(1, 'searched', 2))
    const fetched = said[1]!.flatMap((each) => (each.type === 'fetched' ? [each.verified] : []))
    assert.deepEqual(fetched, [true, true])
  } finally {
    for (const home of homes) await home.stop()
  }
})
