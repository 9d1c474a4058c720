/** The small peers: what a server answers whom, and what clients say to it and to each other. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerSettings } from '../../core/peer.ts'
import { type LinkInTest, SiteInTest } from '../../core/site-in-test.ts'
import { peer } from './peer.ts'
import {
  clientFrame,
  clientMessageOf,
  helloOf,
  highIdOf,
  loginTags,
  NONE,
  numberTag,
  serverFrame,
  serverMessageOf,
  textBytes,
  textTag,
} from './peer-node.ts'
import { FileHash, PART_BYTES } from './peer-shares.ts'
import type { ClientTcpMessage } from './wire/client-tcp.ts'
import { frameWire } from './wire/frame.ts'
import type { Other } from './wire/messages.ts'
import type { SearchTree } from './wire/search-tree.ts'
import type { ServerTcpMessage } from './wire/server-tcp.ts'
import { TAG, tagText } from './wire/tag.ts'

const ALICE = { ip: '192.0.2.1', port: 40_000 }
const BOB = { ip: '198.51.100.2', port: 40_001 }
const SERVER = { ip: '192.0.2.8', port: 4661 }
const HASH = 'ab'.repeat(16)
const FILE = { name: 'Quiet Harbour.ogg', size: 700_000, seed: 7 }

function madeOf(settings: Partial<PeerSettings>): SiteInTest {
  const usual = { role: 'client', port: 4662, nick: 'alice', bugs: [], isFirewalled: false }
  return new SiteInTest(peer.make({ ...usual, ...settings }))
}

function messagesOf<T>(link: LinkInTest, read: (content: Uint8Array) => T | undefined): T[] {
  const bytes = link.take()
  const found: T[] = []
  for (let at = 0; at < bytes.length; ) {
    const outcome = frameWire.parse(bytes, at)
    if (outcome.kind !== 'message') assert.fail(`broken at ${at}`)
    found.push(read(bytes.subarray(at, at + outcome.size))!)
    at += outcome.size
  }
  return found
}

function frameOf(bytes: Uint8Array) {
  const outcome = frameWire.parse(bytes, 0)
  if (outcome.kind !== 'message') assert.fail('no frame')
  return outcome.message
}

function fromServer(link: LinkInTest): ServerTcpMessage[] {
  return messagesOf(link, (bytes) => serverMessageOf(frameOf(bytes)))
}

function fromClient(link: LinkInTest): ClientTcpMessage[] {
  return messagesOf(link, (bytes) => clientMessageOf(frameOf(bytes)))
}

type Known = Exclude<ServerTcpMessage, Other>
type BodyOf<T> =
  Extract<Known, { readonly type: T }> extends { readonly body: infer Body } ? Body : never

function bodiesOf<T extends Known['type']>(
  messages: readonly ServerTcpMessage[],
  type: T,
): BodyOf<T>[] {
  return messages.flatMap((each) => (each.type === type ? [(each as Known).body as BodyOf<T>] : []))
}

const USER = '11'.repeat(16)

/** A login, and an answer to the call that tests it, or none. */
function login(server: SiteInTest, from: typeof ALICE, canBeCalled: boolean): LinkInTest {
  const link = server.called(from)
  const body = { userHash: USER, id: 0, port: 4662, tags: loginTags('x') }
  link.hear(serverFrame({ type: 'login', body, rest: NONE }))
  const test = server.calls.at(-1)!
  assert.deepEqual(test.remote, { ip: from.ip, port: 4662 })
  if (canBeCalled) {
    test.open()
    assert.equal(fromClient(test)[0]?.type, 'hello')
    const answer = helloOf('x', { userHash: USER, id: 0, port: 4662 }, undefined)
    test.hear(clientFrame({ type: 'hello-answer', body: answer, rest: NONE }))
  } else test.fall('refused')
  return link
}

function offer(link: LinkInTest, name: string, size = 1000, hash = HASH): void {
  const tags = [textTag(TAG.name, name), numberTag(TAG.size, size)]
  const body = [{ hash, id: 0, port: 0, tags }]
  link.hear(serverFrame({ type: 'offer-files', body, rest: NONE }))
}

function word(text: string): SearchTree {
  return { type: 'keyword', text: textBytes(text) }
}

test('Who can be called gets his address as id, others a small number', () => {
  const server = madeOf({ role: 'server', port: 4661 })
  const alice = fromServer(login(server, ALICE, true))
  assert.equal(bodiesOf(alice, 'id-change')[0]?.id, highIdOf(ALICE.ip))
  // 192.0.2.1 with its first octet least significant.
  assert.equal(highIdOf(ALICE.ip), 0x0102_00c0)
  assert.equal(bodiesOf(fromServer(login(server, BOB, false)), 'id-change')[0]?.id, 1)
  // One that does not answer the call is waited for five seconds.
  const silent = server.called({ ip: '203.0.113.3', port: 1 })
  const body = { userHash: USER, id: 0, port: 4662, tags: [] }
  silent.hear(serverFrame({ type: 'login', body, rest: NONE }))
  server.pass(4_000_000)
  assert.deepEqual(bodiesOf(fromServer(silent), 'id-change'), [])
  server.pass(2_000_000)
  assert.equal(bodiesOf(fromServer(silent), 'id-change')[0]?.id, 2)
})

test('Files are found by words, and by trees of them; who leaves takes his along', () => {
  const server = madeOf({ role: 'server', port: 4661 })
  const bob = login(server, BOB, true)
  const alice = login(server, ALICE, true)
  offer(bob, 'Quiet Harbour.ogg')
  alice.take()
  const size = (value: number, comparison: number): SearchTree => {
    return { type: 'number', wide: false, value, comparison, name: Uint8Array.of(TAG.size) }
  }
  const asked: readonly [SearchTree, number][] = [
    [word('harbour'), 1],
    [word('harbour quiet'), 1],
    [{ type: 'and', left: word('quiet'), right: word('loud') }, 0],
    [{ type: 'or', left: word('quiet'), right: word('loud') }, 1],
    [{ type: 'not', left: word('quiet'), right: word('harbour') }, 0],
    [{ type: 'and', left: word('quiet'), right: size(999, 1) }, 1],
    [{ type: 'and', left: word('quiet'), right: size(1000, 1) }, 0],
  ]
  for (const [tree, hits] of asked) {
    alice.hear(serverFrame({ type: 'search', body: tree, rest: NONE }))
    const [found] = bodiesOf(fromServer(alice), 'search-result')
    assert.equal(found?.files.length, hits, JSON.stringify(tree))
    if (hits > 0) assert.equal(tagText(found.files[0]!.tags, TAG.name), 'Quiet Harbour.ogg')
  }
  bob.fall()
  alice.hear(serverFrame({ type: 'search', body: word('quiet'), rest: NONE }))
  assert.deepEqual(bodiesOf(fromServer(alice), 'search-result')[0]?.files, [])
})

test('Sources are told with their ids; a LowID is told whom to call', () => {
  const server = madeOf({ role: 'server', port: 4661 })
  const bob = login(server, BOB, false)
  const alice = login(server, ALICE, true)
  offer(bob, 'a.ogg')
  bob.take()
  alice.take()
  const body = { hash: HASH, size: { size: 1000, wide: false } }
  alice.hear(serverFrame({ type: 'get-sources', body, rest: NONE }))
  const [found] = bodiesOf(fromServer(alice), 'found-sources')
  assert.deepEqual(found, { hash: HASH, sources: [{ id: 1, port: 4662 }] })
  alice.hear(serverFrame({ type: 'callback-request', body: 1, rest: NONE }))
  const [asked] = bodiesOf(fromServer(bob), 'callback-requested')
  assert.deepEqual([asked?.ip, asked?.port], [ALICE.ip, 4662])
  // Two LowIDs, and a LowID that nobody has.
  bob.hear(serverFrame({ type: 'callback-request', body: 1, rest: NONE }))
  assert.equal(fromServer(bob)[0]?.type, 'callback-failed')
  alice.hear(serverFrame({ type: 'callback-request', body: 7, rest: NONE }))
  assert.equal(fromServer(alice)[0]?.type, 'callback-failed')
})

function clientAtServer(settings: Partial<PeerSettings> = {}, id = highIdOf(ALICE.ip)!) {
  const client = madeOf(settings)
  client.peer.order({ do: 'join', at: SERVER })
  const server = client.calls[0]!
  server.open()
  assert.equal(fromServer(server)[0]?.type, 'login')
  const none = { flags: undefined, tcpPort: undefined, ip: undefined, obfuscationPort: undefined }
  server.hear(serverFrame({ type: 'id-change', body: { id, ...none }, rest: NONE }))
  assert.equal(client.saidOf('joined').length, 1)
  return { client, server }
}

/** Lets two links hear each other until both are silent; @returns the types, in order */
function talk(a: LinkInTest, b: LinkInTest): string[] {
  const types: string[] = []
  for (let turn = 0; turn < 40; turn++) {
    const [fromA, fromB] = [a.take(), b.take()]
    if (fromA.length + fromB.length === 0) return types
    for (const bytes of [fromA, fromB]) {
      for (let at = 0; at < bytes.length; ) {
        const outcome = frameWire.parse(bytes, at)
        if (outcome.kind !== 'message') break
        const { type } = clientMessageOf(outcome.message)!
        if (types.at(-1) !== type) types.push(type)
        at += outcome.size
      }
    }
    if (!b.isClosed) b.hear(fromA)
    if (!a.isClosed) a.hear(fromB)
  }
  return types
}

/** Bob shares FILE; alice found it and asked for its sources. */
function wanting(id = highIdOf(ALICE.ip)!, seed = FILE.seed) {
  const bob = clientAtServer({ nick: 'bob' }, 1)
  bob.client.peer.order({ do: 'publish', file: { ...FILE, seed } })
  const other = madeOf({})
  other.peer.order({ do: 'publish', file: FILE })
  const content = other.saidOf('published')[0]!.content
  const hash = content.slice('urn:ed2k:'.length)
  const alice = clientAtServer({}, id)
  alice.client.peer.order({ do: 'search', text: 'quiet harbour' })
  const tags = [textTag(TAG.name, FILE.name), numberTag(TAG.size, FILE.size)]
  const files = [{ hash, id: 1, port: 4662, tags }]
  alice.server.hear(
    serverFrame({ type: 'search-result', body: { files, more: undefined }, rest: NONE }),
  )
  alice.client.peer.order({ do: 'fetch', name: FILE.name })
  const told = fromServer(alice.server)
  assert.deepEqual(bodiesOf(told, 'get-sources')[0]?.hash, hash)
  const answer = (source: number) =>
    serverFrame({
      type: 'found-sources',
      body: { hash, sources: [{ id: source, port: 4662 }] },
      rest: NONE,
    })
  return { alice, bob, hash, answer }
}

test('A client calls a source, loads block after block, and checks the hash', () => {
  const { alice, bob, answer } = wanting()
  alice.server.hear(answer(highIdOf(BOB.ip)!))
  const caller = alice.client.calls[1]!
  assert.deepEqual(caller.remote, { ip: BOB.ip, port: 4662 })
  const called = bob.client.called(ALICE)
  caller.open()
  const types = talk(caller, called)
  assert.deepEqual(types.slice(0, 7), [
    'hello',
    'hello-answer',
    'request-file-name',
    'set-request-file',
    'start-upload',
    'file-name',
    'file-status',
  ])
  assert.ok(types.includes('accept-upload'))
  // 700,000 bytes are four blocks: three and one.
  assert.equal(types.filter((type) => type === 'request-parts').length, 2)
  const [fetched] = alice.client.saidOf('fetched')
  assert.deepEqual([fetched?.bytes, fetched?.verified], [FILE.size, true])
  assert.deepEqual(
    bob.client.saidOf('served').map(({ bytes }) => bytes),
    [FILE.size],
  )
})

test('A source with a LowID is asked to call, and what it brings is loaded on its call', () => {
  const { alice, bob, answer } = wanting()
  alice.server.hear(answer(1))
  assert.deepEqual(bodiesOf(fromServer(alice.server), 'callback-request'), [1])
  const where = { ip: ALICE.ip, port: 4662, options: undefined, userHash: undefined }
  bob.server.hear(serverFrame({ type: 'callback-requested', body: where, rest: NONE }))
  const caller = bob.client.calls[1]!
  assert.deepEqual(caller.remote, { ip: ALICE.ip, port: 4662 })
  const called = alice.client.called(BOB)
  caller.open()
  talk(caller, called)
  assert.equal(alice.client.saidOf('fetched')[0]?.verified, true)
})

test('One who has something else under the hash is told not to have it', () => {
  const { alice, bob, answer } = wanting(undefined, FILE.seed + 1)
  alice.server.hear(answer(highIdOf(BOB.ip)!))
  const called = bob.client.called(ALICE)
  alice.client.calls[1]!.open()
  talk(alice.client.calls[1]!, called)
  assert.deepEqual(alice.client.saidOf('failed'), [
    { type: 'failed', order: 'fetch', why: 'has it not' },
  ])
})

test('Bytes that do not have the hash are told as not verified', () => {
  const { alice, hash, answer } = wanting()
  alice.server.hear(answer(highIdOf(BOB.ip)!))
  const link = alice.client.calls[1]!
  link.open()
  const hello = helloOf('bob', { userHash: USER, id: 1, port: 4662 }, undefined)
  link.hear(clientFrame({ type: 'hello-answer', body: hello, rest: NONE }))
  link.hear(clientFrame({ type: 'accept-upload', body: null, rest: NONE }))
  // As eMule cuts blocks, so that no part reaches beyond what was asked for.
  for (let start = 0; start < FILE.size; start += 10_240) {
    const end = Math.min(FILE.size, start + 10_240)
    const body = { hash, start, end, data: new Uint8Array(end - start) }
    link.hear(clientFrame({ type: 'sending-part', body, rest: NONE }))
  }
  assert.equal(alice.client.saidOf('fetched')[0]?.verified, false)
})

test('Two with LowIDs cannot reach each other; who does not call is waited for', () => {
  const low = wanting(2)
  low.alice.server.hear(low.answer(1))
  assert.deepEqual(low.alice.client.saidOf('failed'), [
    { type: 'failed', order: 'fetch', why: 'neither can be called' },
  ])
  const late = wanting()
  late.alice.server.hear(late.answer(1))
  late.alice.client.pass(29_000_000)
  assert.deepEqual(late.alice.client.saidOf('failed'), [])
  late.alice.client.pass(2_000_000)
  assert.deepEqual(late.alice.client.saidOf('failed'), [
    { type: 'failed', order: 'fetch', why: 'called back in vain' },
  ])
})

test('A list of shared files is asked for directly', () => {
  const bob = clientAtServer({ nick: 'bob' }, 1)
  bob.client.peer.order({ do: 'publish', file: FILE })
  const { client: alice } = clientAtServer()
  alice.peer.order({ do: 'browse', of: '198.51.100.2:4662' })
  const called = bob.client.called(ALICE)
  alice.calls[1]!.open()
  talk(alice.calls[1]!, called)
  assert.deepEqual(
    alice.saidOf('found').map(({ name, size }) => [name, size]),
    [[FILE.name, FILE.size]],
  )
  assert.equal(alice.saidOf('searched')[0]?.hits, 1)
})

/** Of zeros, by alcc of aMule 2.3.3. */
// biome-ignore format: a table
const HASHES = [
  [1000, '139981a0fa92dfd88c357a08b39ccc51', 0],
  [PART_BYTES, 'fc21d9af828f92a8df64beac3357425d', 2],
] as const

test('The hash is that of aMule, also where a file ends with a part', () => {
  for (const [size, hash, parts] of HASHES) {
    const whole = new FileHash()
    for (let at = 0; at < size; at += 1_000_000) {
      whole.update(new Uint8Array(Math.min(1_000_000, size - at)))
    }
    const digest = whole.digest()
    assert.deepEqual([digest.hash, digest.parts.length], [hash, parts])
  }
})
