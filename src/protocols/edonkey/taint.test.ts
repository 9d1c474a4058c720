/** The players around a suspect: who holds a file and names others, who stands in Kad, who asks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { u32le } from '../../core/bytes.ts'
import type { PeerSettings } from '../../core/peer.ts'
import { type LinkInTest, SiteInTest } from '../../core/site-in-test.ts'
import { peer } from './peer.ts'
import { contactOf, KadNode } from './peer-kad.ts'
import { clientFrame, helloOf, highIdOf, NONE } from './peer-node.ts'
import { Shares } from './peer-shares.ts'
import { EXCHANGE_VERSION, emuleFrame, OUR_TAGS } from './responder.ts'
import { taint } from './taint.ts'
import { type ClientTcpMessage, clientTcpWire } from './wire/client-tcp.ts'
import { emuleTcpWire } from './wire/emule-tcp.ts'
import { EDONKEY, frameWire } from './wire/frame.ts'
import { type KadBody, kadWire } from './wire/kad.ts'
import { addressUnder } from './wire/source-exchange.ts'

const SUSPECT = { ip: '203.0.113.5', port: 45_100 }
const VICTIM = { ip: '11.33.56.81', port: 20_608 }
const FILE = { name: 'Quiet Harbour.ogg', size: 9_800_000, seed: 7 }
const { hash } = new Shares().add(FILE)!

function madeOf(settings: Partial<PeerSettings>): SiteInTest {
  const usual = { role: 'holder', port: 4662, nick: 'alice', bugs: [], isFirewalled: false }
  return new SiteInTest(peer.make({ ...usual, ...settings }))
}

function answersOf(link: LinkInTest) {
  const bytes = link.take()
  const found: { type: string; body?: unknown }[] = []
  for (let at = 0; at < bytes.length; ) {
    const frame = frameWire.parse(bytes, at)
    if (frame.kind !== 'message') assert.fail('no frame')
    const wire = frame.message.protocol === EDONKEY ? clientTcpWire : emuleTcpWire
    const outcome = wire.parse(frame.message.content, 0)
    if (outcome.kind !== 'message') assert.fail('no message')
    found.push(outcome.message as { type: string; body?: unknown })
    at += frame.size
  }
  return found
}

function say(link: LinkInTest, message: ClientTcpMessage): { type: string; body?: unknown }[] {
  link.hear(clientFrame(message))
  return answersOf(link)
}

test('A holder has the first part, makes everybody wait, and names whom it is told to', () => {
  const holder = madeOf({ bugs: ['injects'] })
  holder.peer.order({ do: 'publish', file: FILE })
  holder.peer.order({ do: 'join', at: VICTIM })
  const link = holder.called(SUSPECT)
  const me = { userHash: 'cd'.repeat(16), id: highIdOf(SUSPECT.ip)!, port: SUSPECT.port }
  const [hello] = say(link, { type: 'hello', body: helloOf('suspect', me, undefined), rest: NONE })
  assert.equal(hello?.type, 'hello-answer')
  const [status] = say(link, { type: 'set-request-file', body: hash, rest: NONE })
  // Two parts, of which bit 0 of the map says that the first is there.
  assert.deepEqual(status?.body, { hash, status: { parts: 2, bitmap: Uint8Array.of(1) } })
  const [rank] = say(link, { type: 'start-upload', body: hash, rest: NONE })
  assert.equal(rank?.type, 'queue-rank')
  assert.deepEqual(say(link, { type: 'start-upload', body: 'ab'.repeat(16), rest: NONE }), [])
  const body = { version: EXCHANGE_VERSION, options: 0, hash }
  link.hear(emuleFrame({ type: 'request-sources-2', body, rest: NONE }))
  const [answer] = answersOf(link)
  const told = answer!.body as {
    version: number
    list: { sources: { id: number; port: number }[] }
  }
  assert.equal(told.version, 4)
  // Of version 4, ids are hybrid: read in reverse, they are the address.
  const [{ id, port }] = told.list.sources as [{ id: number; port: number }]
  assert.deepEqual({ ip: addressUnder('reversed', id), port }, VICTIM)
})

test('One that injects nothing is silent about sources', () => {
  const holder = madeOf({})
  holder.peer.order({ do: 'publish', file: FILE })
  const link = holder.called(SUSPECT)
  const body = { version: EXCHANGE_VERSION, options: 0, hash }
  link.hear(emuleFrame({ type: 'request-sources-2', body, rest: NONE }))
  assert.deepEqual(answersOf(link), [])
})

function kad(site: SiteInTest, message: KadBody): KadBody | undefined {
  site.peer.datagram(4672, SUSPECT, kadWire.emit({ packed: false, message }))
  const sent = site.datagrams.shift()
  const outcome = sent && kadWire.parse(sent.bytes, 0)
  return outcome?.kind === 'message' ? outcome.message.message : undefined
}

test('A node of Kad names nodes, no more than are wanted; one that injects names sources', () => {
  const misleader = madeOf({ role: 'kad-node', port: 4672 })
  assert.ok(misleader.peer instanceof KadNode)
  for (const ip of ['11.33.58.87', '12.33.58.92', '13.33.58.97']) {
    misleader.peer.order({ do: 'join', at: { ip, port: 20_608 } })
  }
  const request = { kind: 2, target: hash, receiver: hash }
  const response = kad(misleader, { type: 'request', body: request, rest: NONE })
  if (response?.type !== 'response' || !('body' in response)) assert.fail('no response')
  const { contacts } = response.body as unknown as { contacts: { ip: string; id: string }[] }
  assert.equal(contacts.length, 2)
  for (const { ip, id } of contacts) assert.equal(id, contactOf({ ip, port: 20_608 }).id)
  const index = madeOf({ role: 'kad-node', port: 4672, bugs: ['injects'] })
  index.peer.order({ do: 'publish', file: FILE })
  index.peer.order({ do: 'join', at: VICTIM })
  const search = { target: hash, start: 0, size: FILE.size }
  const found = kad(index, { type: 'search-source', body: search, rest: NONE })
  assert.equal(found?.type, 'search-response')
  const hello = { id: 'cd'.repeat(16), tcpPort: 1, version: 8, tags: [] }
  const me = kad(index, { type: 'hello-request', body: hello, rest: NONE })
  const { id } = (me as { body: { id: string } }).body
  assert.equal(id, contactOf({ ip: index.ip, port: 4672 }, hash).id)
  assert.equal(id.slice(0, 8), hash.slice(0, 8))
})

test('A server that injects names whom it is told to as a source of everything', () => {
  const server = madeOf({ role: 'server', port: 4661, bugs: ['injects'] })
  server.peer.order({ do: 'join', at: VICTIM })
  assert.deepEqual(server.saidOf('failed'), [])
  server.peer.order({ do: 'leave' })
  assert.equal(server.saidOf('failed').length, 1)
})

test('An asker asks a client once, and a node each minute', () => {
  const asker = madeOf({ role: 'asker' })
  asker.peer.order({ do: 'fetch', name: FILE.name, content: `urn:ed2k:${hash}` })
  asker.peer.order({ do: 'join', at: SUSPECT })
  assert.deepEqual(
    asker.calls.map(({ remote }) => remote),
    [SUSPECT],
  )
  asker.calls[0]!.open()
  assert.equal(answersOf(asker.calls[0]!)[0]?.type, 'hello')
  const node = madeOf({ role: 'kad-asker', port: 4672 })
  node.peer.order({ do: 'fetch', name: FILE.name, content: `urn:ed2k:${hash}` })
  node.peer.order({ do: 'join', at: SUSPECT })
  const first = node.datagrams.splice(0).length
  assert.ok(first > 0)
  for (let i = 0; i < 12; i++) node.pass(10_000_000)
  assert.ok(node.datagrams.length >= 2 * first)
})

test('A seeker calls whoever is named to it, once, and asks for the file', () => {
  const holder = madeOf({ bugs: ['injects'] })
  holder.peer.order({ do: 'publish', file: FILE })
  for (const at of [VICTIM, VICTIM]) holder.peer.order({ do: 'join', at })
  const seeker = madeOf({ role: 'seeker' })
  seeker.peer.order({ do: 'fetch', name: FILE.name, content: `urn:ed2k:${hash}` })
  seeker.peer.order({ do: 'join', at: SUSPECT })
  const [asking, asked] = [seeker.calls[0]!, holder.called(SUSPECT)]
  asking.open()
  for (let i = 0; i < 3; i++) {
    asked.hear(asking.take())
    asking.hear(asked.take())
  }
  assert.deepEqual(
    seeker.calls.map(({ remote }) => remote),
    [SUSPECT, VICTIM],
  )
  const call = seeker.calls[1]!
  call.open()
  assert.equal(answersOf(call)[0]?.type, 'hello')
  const me = { userHash: 'cd'.repeat(16), id: highIdOf(VICTIM.ip)!, port: VICTIM.port }
  const hello = { ...helloOf('victim', me, undefined), tags: OUR_TAGS }
  const questions = say(call, { type: 'hello-answer', body: hello, rest: NONE })
  assert.deepEqual(
    questions.map(({ type }) => type),
    ['set-request-file', 'request-sources-2'],
  )
})

test('The suspect is given a link to the file, and nodes that it can begin with', () => {
  const { words, files } = taint.stage({
    suspect: SUSPECT,
    own: (number) => `198.51.100.${1 + number}`,
    marks: () => [],
  })
  assert.match(words.link!, /^ed2k:\/\/\|file\|taint\.bin\|9928000\|[0-9A-F]{32}\|\/$/)
  const nodes = files['nodes.dat']!
  // 0, version 2, two contacts of 34 bytes.
  assert.deepEqual([u32le(nodes, 0), u32le(nodes, 4), u32le(nodes, 8), nodes.length], [0, 2, 2, 80])
})
