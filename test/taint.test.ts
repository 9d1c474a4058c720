/**
 * Modelled clients on the stage of the taint test, in memory: what each is known to do is what is found,
 * by what ordinary sessions read in the recorded packets.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCaptures } from '../src/app/pipeline.ts'
import { Mute } from '../src/app/taint/mute.ts'
import { peerOf } from '../src/app/taint/players.ts'
import { fedOf, mutesOf, SUSPECT_IP, sceneOf } from '../src/app/taint/scene.ts'
import { parseEndpoint } from '../src/core/address.ts'
import { concat } from '../src/core/bytes.ts'
import { MemoryNetwork } from '../src/lab/memory-network.ts'
import { Recorder } from '../src/lab/recorder.ts'
import { protocols } from '../src/protocols/index.ts'
import { Taint, type TaintResult } from '../src/services/taint/taint.ts'
import { asFile } from './lab-in-test.ts'

const card = protocols.find(({ name }) => name === 'bittorrent')!
const PORT = 45_100
const COUNT = 2
const START = 1.7e15
const SECONDS = 200
const HOME_MILLIS = 20_000

/** A client with these bugs among the players of the stage. */
async function examined(bugs: readonly string[]): Promise<TaintResult> {
  const fed = fedOf(card.taint!, undefined)
  const scene = sceneOf(fed, PORT, COUNT)
  const { players, words } = card.taint!.stage(scene)
  const mutes = mutesOf(fed, scene)
  const chunks: Uint8Array[] = []
  const owner = { family: 'bittorrent', role: 'peer', name: 'player' }
  const tap = new Recorder(
    (bytes) => chunks.push(bytes),
    () => owner,
  )
  const network = new MemoryNetwork({
    ...{ seed: 5, startMicros: START, loss: 0, tap },
    delayMicros: [HOME_MILLIS, 2 * HOME_MILLIS],
  })
  const silent = () => undefined
  for (const { ip, port } of mutes) network.add(new Mute(port), ip, silent)
  const peers = players.map((player) => peerOf(card.peer!, player))
  for (const [i, peer] of peers.entries()) network.add(peer, players[i]!.ip, silent)
  const settings = { role: 'hybrid-peer', port: PORT, bugs }
  const suspect = peerOf(card.peer!, { ip: SUSPECT_IP, settings, orders: [] })
  network.add(suspect, SUSPECT_IP, silent)
  for (const [i, { orders }] of players.entries()) for (const each of orders) peers[i]!.order(each)
  const tracker = parseEndpoint(new URL(words.tracker!).host)!
  suspect.order({ do: 'join', at: tracker })
  suspect.order({ do: 'join', at: parseEndpoint(words.dht!)! })
  const [content] = /urn:btih:[0-9a-f]{40}/.exec(words.magnet!)!
  suspect.order({ do: 'fetch', name: 'wanted', content })
  network.runUntil(START + 1e6 * SECONDS)
  tap.finish()
  const known = new Set([...players, ...mutes].map(({ ip }) => ip))
  const { told } = card.taint!
  const taint = new Taint({ suspect: SUSPECT_IP, fed, told, count: COUNT, known })
  await asFile(concat(...chunks), (path) =>
    readCaptures({ files: [path], flows: true }, (event) => taint.consume(event)),
  )
  return taint.result()
}

function classOf({ classes }: TaintResult, channel: string, via: string): string {
  return classes.find((row) => row.channel === channel && row.via === via)!.passes
}

/** In which order octets stood in peer exchange. */
function orders({ told }: TaintResult): string[] {
  return [...new Set(told.filter(({ via }) => via === 'pex').map(({ order }) => order))]
}

test('a client that tells of those it met passes on who speaks the protocol, and only them', async () => {
  const result = await examined([])
  assert.equal(classOf(result, 'tracker', 'pex'), 'handshake-only')
  assert.equal(classOf(result, 'pex', 'pex'), 'handshake-only')
  assert.deepEqual(orders(result), ['identity'])
  const called = result.fed.filter(({ channel }) => channel === 'tracker' || channel === 'pex')
  assert.ok(called.every((row) => row.fed === COUNT && row.called === COUNT))
  assert.equal(result.strangeCount, 0)
})

test('one that tells of whom takes a connection is partial, one that tells of all is full', async () => {
  assert.equal(classOf(await examined(['passes-answering']), 'tracker', 'pex'), 'partial')
  assert.equal(classOf(await examined(['passes-heard']), 'tracker', 'pex'), 'full')
})

test('KTorrent of 2008 is found out: octets in reverse, ports right, nodes as well', async () => {
  const result = await examined(['passes-heard', 'reversed-pex', 'reversed-nodes'])
  assert.deepEqual(orders(result), ['reversed'])
  assert.ok(result.told.every(({ port }) => port === 'same'))
  const nodes = result.told.filter(({ via }) => via === 'dht-nodes')
  assert.ok(nodes.length > 0 && nodes.every(({ order }) => order === 'reversed'))
  // Values were right in KTorrent, and are here.
  const values = result.told.filter(({ via }) => via === 'dht-values')
  assert.deepEqual([...new Set(values.map(({ order }) => order))], ['identity'])
})
