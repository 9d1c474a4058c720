/**
 * Freenet nodes at play: the request that the paper draws, message by message, as the engine reads it
 * back; and the same nodes on real sockets.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sameBytes } from '../src/core/bytes.ts'
import type { Event } from '../src/core/event.ts'
import type { PeerSaid } from '../src/core/peer.ts'
import { SocketHome } from '../src/lab/socket-home.ts'
import { freenet } from '../src/protocols/freenet/index.ts'
import { wordsKey } from '../src/protocols/freenet/peer-key.ts'
import { eventsOf, freePort, play, playAnew, typed } from './lab-in-test.ts'

/** Nodes of the scenario by their addresses. */
// biome-ignore format: a table
const NODES: Readonly<Record<string, string>> = {
  '10.0.0.1': 'a', '10.0.0.2': 'c', '10.0.0.3': 'e', '10.0.0.4': 'b', '10.0.0.7': 'f', '10.0.0.8': 'd', '10.0.0.9': 'g',
}

interface Step {
  readonly id: string
  /** `a b DataRequest 6` */
  readonly text: string
}

function stepsOf(events: readonly Event[]): Step[] {
  return typed(events, 'message').flatMap(({ ends, side, fields }) => {
    const said = fields.fields as { [name: string]: string } | undefined
    if (said?.UniqueID === undefined || fields.type === 'Identify') return []
    const [from, to] = [ends[side], ends[side === 0 ? 1 : 0]].map(({ ip }) => NODES[ip])
    const hops = said.HopsToLive === undefined ? '' : ` ${said.HopsToLive}`
    const why = said.Reason === undefined ? '' : ` (${said.Reason})`
    return [{ id: said.UniqueID, text: `${from} ${to} ${fields.type}${hops}${why}` }]
  })
}

/** Messages of the first, second … request for a key, in the order of the capture. */
function requestsFor(events: readonly Event[], key: string): string[][] {
  const ids = typed(events, 'message').flatMap(({ fields }) => {
    const said = fields.fields as { [name: string]: string } | undefined
    return said?.SearchKey === key ? [said.UniqueID!] : []
  })
  const steps = stepsOf(events)
  return [...new Set(ids)].map((id) => steps.filter((step) => step.id === id).map((s) => s.text))
}

test('A request backs out of a dead end and of a loop, and the document comes back the way it went', async () => {
  const events = await eventsOf('freenet-routing.yaml')
  const [few, enough, cached] = requestsFor(events, wordsKey('quiet harbour'))
  assert.deepEqual(enough, [
    'a b DataRequest 6',
    'b a Accepted',
    'b c DataRequest 5',
    'c b Accepted',
    'c b QueryRejected 4 (Route not found)',
    'b e DataRequest 4',
    'e b Accepted',
    'e f DataRequest 3',
    'f e Accepted',
    'f b DataRequest 2',
    'b f QueryRejected 4 (Looped request)',
    'f e QueryRejected 1 (Route not found)',
    'e d DataRequest 1',
    'd e Accepted',
    'd e DataReply',
    'd e StoreData',
    'e b DataReply',
    'e b StoreData',
    'b a DataReply',
    'b a StoreData',
  ])
  // Without what is said besides, these are the twelve arrows of the paper's figure.
  const arrows = enough!.filter((step) => !/Accepted|StoreData/.test(step))
  assert.equal(arrows.length, 12)
  // One hop less: f has none left after the loop, and that ends it.
  assert.deepEqual(few!.slice(10), [
    'b f QueryRejected 3 (Looped request)',
    'f e DataNotFound',
    'e b DataNotFound',
    'b a DataNotFound',
  ])
  // 5 requests, 4 accepted, 2 rejected, 3 times nothing found; nobody asked d.
  assert.equal(few!.length, 5 + 4 + 2 + 3)
  assert.deepEqual(cached, ['g b DataRequest 1', 'b g Accepted', 'b g DataReply', 'b g StoreData'])
})

test('What nodes say of each other is claimed, what they ask for is requested, nothing is a fault', async () => {
  const events = await eventsOf('freenet-routing.yaml')
  assert.deepEqual(typed(events, 'fault'), [])
  const claims = typed(events, 'claim').map(
    ({ by, about, via }) => `${NODES[by.ip]} ${NODES[about.ip]}:${about.port} ${via}`,
  )
  // Every node names itself on its links; d is named as a source by those who hand its answer on.
  for (const claim of [
    'a a:19114 Identify',
    'b b:19114 Identify',
    'd d:19114 StoreData',
    'e d:19114 StoreData',
    'b d:19114 StoreData',
    'b b:19114 StoreData',
  ]) {
    assert.ok(claims.includes(claim), `${claim}: ${claims.join(', ')}`)
  }
  const contents = new Set(typed(events, 'request').map(({ content }) => content))
  assert.ok(contents.has(`urn:x-peerscope:freenet:${wordsKey('quiet harbour')}`))
  // The words' key and the content's.
  assert.equal(contents.size, 2)
  const flows = typed(events, 'flow')
  // Joins: five, d and f at e, g at b; and b calls d, of which it learnt.
  assert.equal(flows.length, 8)
  for (const { p2p } of flows) assert.equal(p2p?.sureness, 'certain')
})

test('Played again, it is the same capture, byte for byte', () => {
  const first = play('freenet-routing.yaml')
  const again = playAnew('freenet-routing.yaml', 7)
  assert.equal(again.truth, first.truth)
  assert.ok(sameBytes(again.capture, first.capture))
})

test('The same nodes on real sockets: insert, search over a neighbour, fetch', async () => {
  const ports = [await freePort(), await freePort(), await freePort()] as const
  const said: PeerSaid[][] = [[], [], []]
  const homes = ports.map((port, i) => {
    const settings = { role: 'node', port, nick: '', bugs: [], isFirewalled: false }
    return new SocketHome(freenet.peer!.make(settings), '127.0.0.1', (each) => said[i]!.push(each))
  })
  const until = async (holds: () => boolean): Promise<void> => {
    for (let tries = 0; tries < 500 && !holds(); tries++) await sleep(10)
    assert.ok(holds(), JSON.stringify(said))
  }
  const has = (i: number, type: PeerSaid['type']): boolean =>
    said[i]!.some((each) => each.type === type)
  const file = { name: 'real tune.ogg', size: 300_000, seed: 1 }
  try {
    for (const home of homes) await home.start()
    homes[2]!.peer.order({ do: 'publish', file })
    const middle = { ip: '127.0.0.1', port: ports[1] }
    for (const i of [0, 2]) homes[i]!.peer.order({ do: 'join', at: middle })
    await until(() => has(0, 'joined') && has(2, 'joined'))
    homes[0]!.peer.order({ do: 'search', text: 'real tune' })
    await until(() => has(0, 'found'))
    homes[0]!.peer.order({ do: 'fetch', name: file.name })
    await until(() => has(0, 'fetched'))
    const fetched = said[0]!.find((each) => each.type === 'fetched')
    assert.ok(fetched?.type === 'fetched' && fetched.verified && fetched.bytes === 300_000)
    // Over the neighbour, or from its source, which the search told of.
    assert.ok([ports[1], ports[2]].includes(fetched.from.port))
  } finally {
    for (const home of homes) await home.stop()
  }
})
