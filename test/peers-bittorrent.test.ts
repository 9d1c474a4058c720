/** BitTorrent peers at play, as the engine reads them back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointText } from '../src/core/address.ts'
import type { Claim, Event } from '../src/core/event.ts'
import { eventsOf, play, typed } from './lab-in-test.ts'

/** Flows by the part they were recognised as; those without payload have none. */
function partsOf(events: readonly Event[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { p2p } of typed(events, 'flow')) {
    const part = p2p?.part ?? 'none'
    counts[part] = (counts[part] ?? 0) + 1
  }
  return counts
}

function about(claims: readonly Claim[]): string[] {
  return [...new Set(claims.map((claim) => endpointText(claim.about)))].sort()
}

test('Tracker, handshake, info dictionary, pieces and peer exchange are read by their words', async () => {
  const events = await eventsOf('bittorrent-sequence.yaml')
  assert.deepEqual(typed(events, 'fault'), [])
  // Five of alice, bob, carol, eve called each other: all but alice, who asked before carol was there,
  // call those who are; eve's tracker is asked over UDP, in one flow.
  const { 'tracker-udp': udp, peer, none } = partsOf(events)
  assert.deepEqual({ udp, peer, none }, { udp: 1, peer: 6, none: undefined })
  const types = new Set(typed(events, 'message').map(({ fields }) => fields.type as string))
  const steps = [
    'handshake',
    'bitfield',
    'extended-handshake',
    'ut_metadata',
    'interested',
    'unchoke',
    'request',
    'piece',
    'have',
    'ut_pex',
    'not-interested',
  ]
  assert.deepEqual(
    steps.filter((step) => !types.has(step)),
    [],
  )
  const published = play('bittorrent-sequence.yaml')
  assert.ok(published.outcomes.every(({ holds }) => holds))
  const shares = typed(events, 'share').filter(({ verified }) => verified === true)
  assert.deepEqual(
    [...new Set(shares.map(({ name, size }) => `${name} ${size}`))],
    ['orchestra tuning.ogg 700000'],
  )
  const [content] = shares.map((share) => share.content)
  for (const transfer of typed(events, 'transfer')) assert.equal(transfer.content, content)
  // Each of the three who wanted it got all of it once; a little may come twice at the end.
  for (const ip of ['192.0.2.1', '203.0.113.3', '203.0.113.5']) {
    const got = typed(events, 'transfer').filter(({ to }) => to.ip === ip)
    assert.equal(
      got.reduce((sum, { bytes }) => sum + bytes, 0),
      700_000,
      ip,
    )
  }
})

test('Tracker and peer exchange claim where the peers listen, and nothing else', async () => {
  const events = await eventsOf('bittorrent-sequence.yaml')
  const claims = typed(events, 'claim')
  const homes = ['192.0.2.1:6881', '198.51.100.2:6881', '203.0.113.3:51413', '203.0.113.5:6881']
  for (const via of ['tracker', 'pex']) {
    const told = about(claims.filter((claim) => claim.via === via))
    assert.ok(told.length >= 3, `${via}: ${told}`)
    assert.deepEqual(
      told.filter((each) => !homes.includes(each)),
      [],
    )
  }
})

test('Without a tracker the DHT tells who has it, and the link is enough', async () => {
  const events = await eventsOf('bittorrent-dht.yaml')
  assert.deepEqual(typed(events, 'fault'), [])
  const parts = partsOf(events)
  assert.deepEqual(Object.keys(parts).sort(), ['dht', 'peer'])
  const shares = typed(events, 'share').filter(({ verified }) => verified === true)
  assert.ok(shares.some(({ name }) => name === 'quiet harbour.ogg'))
  const content = shares[0]!.content
  const values = typed(events, 'claim').filter(
    (claim) => claim.part === 'peer' && claim.content === content && claim.via.startsWith('dht'),
  )
  assert.deepEqual(about(values), ['192.0.2.1:51413', '198.51.100.2:6881', '203.0.113.3:6882'])
  const moved = typed(events, 'transfer').map(({ to, bytes }) => [to.ip, bytes] as const)
  for (const ip of ['192.0.2.1', '203.0.113.3']) {
    const got = moved.filter(([to]) => to === ip).reduce((sum, [, bytes]) => sum + bytes, 0)
    assert.equal(got, 300_000, ip)
  }
})

test('Only KTorrent tells of addresses in reverse; whom it misled calls them', async () => {
  const events = await eventsOf('bittorrent-reversed.yaml')
  const exchanged = typed(events, 'claim').filter(({ via }) => via === 'pex')
  const isReversed = ({ about: { ip } }: Claim) => /\.(?:10|192|198|203)$/.test(ip)
  const tellers = exchanged.filter(isReversed).map(({ by }) => by.ip)
  assert.deepEqual([...new Set(tellers)], ['203.0.113.7'])
  const right = exchanged.filter(({ by }) => by.ip === '203.0.113.7').filter((c) => !isReversed(c))
  assert.deepEqual(right, [])
  // 198.51.100.2 read backwards, the port as it is.
  assert.ok(about(exchanged).includes('2.100.51.198:6881'))
  const called = typed(events, 'flow').filter(({ ends }) => ends[1].ip === '2.100.51.198')
  assert.ok(called.length >= 2, `${called.length} calls`)
  const clients = typed(events, 'client').filter(({ who }) => who.ip === '203.0.113.7')
  assert.ok(clients.some(({ software, version }) => `${software} ${version}` === 'KTorrent 3.1.5'))
  // The tracker believed where it said it lives.
  const tracked = about(typed(events, 'claim').filter(({ via }) => via === 'tracker'))
  assert.ok(tracked.includes('7.113.0.203:6881'), tracked.join())
})

test('A victim is named by the tracker and by peer exchange, and called', async () => {
  const events = await eventsOf('bittorrent-injects.yaml')
  const named = typed(events, 'claim').filter((claim) => claim.about.ip === '198.51.100.80')
  assert.deepEqual([...new Set(named.map(({ via }) => via))].sort(), ['announce', 'pex', 'tracker'])
  const exchanged = named.filter(({ via }) => via === 'pex').map(({ by }) => by.ip)
  assert.deepEqual([...new Set(exchanged)].sort(), ['203.0.113.66', '203.0.113.70'])
  const callers = typed(events, 'flow').flatMap(({ ends: [from, to] }) =>
    to.ip === '198.51.100.80' && to.port === 80 ? [from.ip] : [],
  )
  assert.ok(new Set(callers).size >= 15, `${callers.length} calls`)
})

test('Who is only in the DHT is told to those at the tracker by peer exchange alone', async () => {
  const events = await eventsOf('bittorrent-channels.yaml')
  const ofSeed = typed(events, 'claim').filter(({ about: { ip } }) => ip === '198.51.100.2')
  const vias = new Set(ofSeed.filter(({ part }) => part === 'peer').map(({ via }) => via))
  assert.ok(vias.has('pex') && !vias.has('tracker'), [...vias].join())
  const tellers = ofSeed.filter(({ via }) => via === 'pex').map(({ by }) => by.ip)
  assert.equal(tellers[0], '203.0.113.3')
  const callers = typed(events, 'flow').flatMap(({ ends: [from, to], proto }) =>
    proto === 'TCP' && to.ip === '198.51.100.2' ? [from.ip] : [],
  )
  assert.ok(
    callers.some((ip) => ip.startsWith('10.7.0.')),
    callers.join(),
  )
})
