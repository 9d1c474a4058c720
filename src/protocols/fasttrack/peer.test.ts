/** The small peers: how a node looks for a supernode, what is said on a link, and transfers. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import type { Endpoint } from '../../core/address.ts'
import { bytesOf, concat, fromHex, hex } from '../../core/bytes.ts'
import type { Order, PeerSettings } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import { type LinkInTest, SiteInTest } from '../../core/site-in-test.ts'
import { latin1 } from '../../core/text.ts'
import { peer } from './peer.ts'
import * as frames from './peer-frames.ts'
import { checksumOf, fileHash } from './peer-hash.ts'
import { proofOf, SealedLine } from './peer-seal.ts'
import { Shares } from './peer-shares.ts'
import { type Datagram, datagramWire } from './wire/datagram.ts'
import { answerWire, helloWire } from './wire/handshake.ts'

const SECOND = 1_000_000
const KIB = 1024
const SUPERNODE = { ip: '192.0.2.8', port: 1214 }
const ALICE = { ip: '192.0.2.1', port: 40_000 }
const BOB = { ip: '198.51.100.2', port: 2847 }
const FILE = { name: 'quiet harbour.mp3', size: 40_000, seed: 7 }
const SHARED = new Shares().add(FILE)!

function madeOf(settings: Partial<PeerSettings> = {}): SiteInTest {
  const usual = { role: 'node', port: 1214, nick: 'alice', bugs: [], isFirewalled: false }
  return new SiteInTest(peer.make({ ...usual, ...settings }))
}

const hashOf = (bytes: Uint8Array) =>
  hex(fileHash(bytes.length, (at, size) => bytes.subarray(at, at + size)))

test('Hashes: MD5 of the first 300 KiB, CRC of samples, the size', () => {
  // RFC 1321 A.5; without samples all bits are set, and the size is taken out, least byte first.
  assert.equal(hashOf(new Uint8Array(0)), 'd41d8cd98f00b204e9800998ecf8427effffffff')
  assert.equal(hashOf(bytesOf('abc')), '900150983cd24fb0d6963f7d28e17f72fcffffff')
  // 3 MiB: samples at 1 and 2 MiB (2 MiB and 600 KiB are less than 3 MiB), and the last 300 KiB.
  const large = fileBytes({ name: '', size: 3072 * KIB, seed: 3 }, 0, 3072 * KIB)
  const at = (kib: number) => large.subarray(kib * KIB, (kib + 300) * KIB)
  const md5 = createHash('md5').update(at(0)).digest('hex')
  const sum = (~crc32(concat(at(1024), at(2048), at(2772))) ^ large.length) >>> 0
  const bytes = [0, 8, 16, 24].map((shift) =>
    ((sum >>> shift) & 0xff).toString(16).padStart(2, '0'),
  )
  assert.equal(hashOf(large), md5 + bytes.join(''))
  // What stands between the samples does not count: so files were poisoned.
  const poisoned = large.slice()
  poisoned.fill(0, 400 * KIB, 1000 * KIB)
  assert.equal(hashOf(poisoned), hashOf(large))
  poisoned[1025 * KIB]! ^= 1
  assert.notEqual(hashOf(poisoned), hashOf(large))
  // CRC-16/XMODEM of the nine digits is 31c3.
  assert.equal(checksumOf(bytesOf('123456789')), 0x31c3)
})

test('Frames are read as they are written', () => {
  const at = { ip: '10.0.0.1', port: 1214 }
  const of = { at, user: 'dora' }
  const { told } = SHARED
  const query = { id: 7, results: 64, words: 'quiet harbour' }
  assert.deepEqual(frames.queryIn(frames.queryFrame(query).body), query)
  assert.deepEqual(frames.nodeIn(frames.nodeFrame(of).body), of)
  assert.deepEqual(frames.listIn(frames.listFrame([SUPERNODE, at]).body), [SUPERNODE, at])
  assert.deepEqual(frames.shareIn(frames.shareFrame(told).body), told)
  const results = [
    { ...of, told },
    { ...of, user: 'bob', told },
  ]
  const found = frames.resultsIn(frames.resultsFrame(SUPERNODE, 7, 'KaZaA', results).body)
  assert.deepEqual(
    found?.results.map(({ user, file }) => [user, hex(file.hash), file.size]),
    [
      ['dora', SHARED.hash, 40_000],
      ['bob', SHARED.hash, 40_000],
    ],
  )
  const push = { id: 4_253_679_545, at }
  const whom = { at: BOB, user: 'bob', supernode: SUPERNODE }
  const { body } = frames.pushFrame(push, whom)
  assert.deepEqual([frames.pushIn(body), frames.pushedIn(body)], [push, whom])
  assert.equal(frames.pushedIn(frames.pushFrame(push).body), undefined)
  for (const read of [
    frames.queryIn,
    frames.nodeIn,
    frames.resultsIn,
    frames.pushIn,
    frames.endIn,
  ]) {
    assert.equal(read(new Uint8Array(1)), undefined)
  }
  const whole = frames.frameBytes(frames.endFrame(7))
  assert.equal(hex(whole), '4b000800020007')
  assert.equal(frames.frameAt(whole.subarray(0, 6), 0), 'part')
  assert.equal(frames.frameAt(bytesOf('GET /'), 0), 'broken')
})

// --- Looking for a supernode -----------------------------------------------------------------------

function pongOf(type: 'pong' | 'pong-2', network = 'KaZaA'): Uint8Array {
  const pong: Datagram =
    type === 'pong'
      ? { type, encryption: 0x29, info: new Uint8Array(6), network }
      : { type, encryption: 0x29, kind: 1, flag: 0, reserved: 0, id: 99 }
  return datagramWire.emit(pong)
}

const listed = (count: number): Endpoint[] =>
  Array.from({ length: count }, (_, i) => ({ ip: `198.51.100.${i + 1}`, port: 1214 }))

function flooding(count: number, settings: Partial<PeerSettings> = {}): SiteInTest {
  const node = madeOf(settings)
  for (const at of listed(count)) node.peer.order({ do: 'join', at })
  return node
}

test('A node pings all it knows, three times, three seconds apart', () => {
  const node = flooding(200)
  assert.deepEqual(
    node.datagrams.map(({ to }) => to),
    listed(200),
  )
  // 27, cipher bits 29, 80, the name: debian-firewall 2003/04 msg00034 and PROTOCOL.
  assert.equal(hex(node.datagrams[0]!.bytes), '2700000029804b615a614100')
  for (const sent of [400, 600]) {
    node.pass(3 * SECOND)
    assert.equal(node.datagrams.length, sent)
  }
  assert.equal(node.calls.length, 0)
  node.pass(3 * SECOND)
  assert.equal(node.datagrams.length, 600)
  assert.equal(node.calls.length, 8)
})

test('Who answers 28 is called, and nobody else', () => {
  const node = flooding(20)
  node.peer.datagram(1214, listed(20)[4]!, pongOf('pong', 'fileshare'))
  assert.equal(node.calls.length, 0)
  node.peer.datagram(1214, listed(20)[4]!, pongOf('pong'))
  node.peer.datagram(1214, listed(20)[5]!, pongOf('pong'))
  assert.deepEqual(
    node.calls.map(({ remote }) => remote),
    [listed(20)[4]],
  )
})

test('A 29 is answered 2a and keeps the node pinging: it calls nobody as long as one comes in time', () => {
  const node = flooding(20)
  for (let i = 0; i < 40; i++) {
    node.peer.datagram(1214, listed(20)[i % 20]!, pongOf('pong-2'))
    assert.equal(hex(node.datagrams.at(-1)!.bytes), '2a00000063')
    node.pass(3 * SECOND)
  }
  assert.equal(node.calls.length, 0)
  for (let i = 0; i < 4; i++) node.pass(3 * SECOND)
  assert.equal(node.calls.length, 8)
})

test('Without answers it calls eight at once, then one after the other, rests a minute, and pings again', () => {
  const node = flooding(10)
  for (let i = 0; i < 3; i++) node.pass(3 * SECOND)
  assert.equal(node.calls.length, 8)
  // One that nobody takes is followed by the next.
  node.calls[0]!.fall('refused')
  node.calls[1]!.fall('refused')
  assert.equal(node.calls.length, 10)
  node.pass(10 * SECOND)
  // All were given up; now one at a time.
  assert.ok(node.calls.slice(0, 10).every(({ isClosed }) => isClosed))
  assert.equal(node.calls.length, 11)
  for (let i = 0; i < 9; i++) node.calls.at(-1)!.fall('refused')
  assert.equal(node.calls.length, 20)
  assert.deepEqual(node.saidOf('failed'), [])
  node.calls.at(-1)!.fall('refused')
  assert.deepEqual(node.saidOf('failed'), [
    { type: 'failed', order: 'join', why: 'no supernode answers' },
  ])
  const sent = node.datagrams.length
  node.pass(59 * SECOND)
  assert.equal(node.datagrams.length, sent)
  node.pass(1 * SECOND)
  assert.equal(node.datagrams.length, sent + 10)
})

test('Networks are told apart by their names', () => {
  const names = ['node', 'fileshare-node'].map((role) => {
    const said = datagramWire.parse(flooding(1, { role }).datagrams[0]!.bytes, 0)
    return said.kind === 'message' && said.message.type === 'ping' ? said.message.network : ''
  })
  assert.deepEqual(names, ['KaZaA', 'fileshare'])
})

// --- Links -----------------------------------------------------------------------------------------

/** The supernode's side of a node's link, played by the test. */
function linked(settings: Partial<PeerSettings> = {}, network = 'KaZaA') {
  const node = madeOf(settings)
  node.peer.order({ do: 'join', at: SUPERNODE })
  node.peer.datagram(1214, SUPERNODE, pongOf('pong'))
  const link = node.calls[0]!
  link.open()
  const hello = link.take()
  const outcome = helloWire.parse(hello, 0)
  assert.ok(outcome.kind === 'message' && hello.length === 12)
  const sent: Uint8Array[] = []
  const theirs = { byUs: false, send: (bytes: Uint8Array) => sent.push(bytes) }
  const line = new SealedLine(theirs as never, [outcome.message.seed, 0x1234])
  line.sendName(network)
  link.hear(answerWire.emit({ seed: 0x1234, maskedType: 5 }), ...sent.splice(0))
  const heard: frames.Frame[] = []
  const listen = (): frames.Frame[] => {
    line.read(
      link.take(),
      () => true,
      ({ type, body }) => heard.push({ type, body: body.slice() }),
    )
    return heard.splice(0)
  }
  const tell = (...said: readonly frames.Frame[]): void => {
    line.send(...said)
    link.hear(...sent.splice(0))
  }
  return { node, link, listen, tell }
}

test('A link begins with 12 bytes and 8; behind them nothing can be read', () => {
  const { node, link, listen } = linked()
  assert.deepEqual(node.saidOf('joined'), [{ type: 'joined', at: SUPERNODE }])
  const [facts] = listen()
  assert.deepEqual(frames.nodeIn(facts!.body), {
    at: { ip: '192.0.2.1', port: 1214 },
    user: 'alice',
  })
  node.peer.order({ do: 'publish', file: FILE })
  assert.doesNotMatch(latin1(link.take()), /harbour/)
  const other = linked({}, 'fileshare')
  assert.ok(other.link.isClosed)
  assert.deepEqual(other.node.saidOf('joined'), [])
})

test('A link that is lost fails what was searched, and another supernode is looked for', () => {
  const { node, link } = linked()
  node.peer.order({ do: 'search', text: 'a' })
  const sent = node.datagrams.length
  link.fall()
  assert.deepEqual(node.saidOf('failed'), [
    { type: 'failed', order: 'search', why: 'the supernode is gone' },
  ])
  assert.equal(node.datagrams.length, sent + 1)
})

/** A node's side of a supernode's link, played by the test. */
function child(supernode: SiteInTest, from: Endpoint, user: string, network = 'KaZaA') {
  const link = supernode.called(from)
  link.hear(helloWire.emit({ random: 1, seed: 77, maskedType: 3 }))
  const answer = link.take()
  const outcome = answerWire.parse(answer, 0)
  assert.ok(outcome.kind === 'message')
  const sent: Uint8Array[] = []
  const theirs = { byUs: true, send: (bytes: Uint8Array) => sent.push(bytes) }
  const line = new SealedLine(theirs as never, [77, outcome.message.seed])
  const heard: frames.Frame[] = []
  const read = (bytes: Uint8Array): void => {
    line.read(
      bytes,
      () => true,
      ({ type, body }) => heard.push({ type, body: body.slice() }),
    )
  }
  read(answer.subarray(8))
  line.sendName(network)
  link.hear(...sent.splice(0))
  const tell = (...said: readonly frames.Frame[]): frames.Frame[] => {
    line.send(...said)
    link.hear(...sent.splice(0))
    read(link.take())
    return heard.splice(0)
  }
  tell(frames.nodeFrame({ at: { ip: from.ip, port: 1214 }, user }))
  return { link, tell }
}

test('A supernode answers pings of its network, finds what its nodes share, and passes pushes on', () => {
  const supernode = madeOf({ role: 'supernode' })
  const ping = { type: 'ping', encryption: 0x29, flag: 0x80, network: 'KaZaA' } as const
  supernode.peer.datagram(1214, ALICE, datagramWire.emit({ ...ping, network: 'fileshare' }))
  assert.equal(supernode.datagrams.length, 0)
  supernode.peer.datagram(1214, ALICE, datagramWire.emit(ping))
  assert.match(hex(supernode.datagrams[0]!.bytes), /^2800000029.{12}4b615a614100$/)
  const bob = child(supernode, BOB, 'bob')
  const alice = child(supernode, ALICE, 'alice')
  bob.tell(frames.shareFrame(SHARED.told))
  const query = (words: string) => alice.tell(frames.queryFrame({ id: 7, results: 9, words }))
  const [results, end] = query('Harbour quiet')
  const found = frames.resultsIn(results!.body)!
  assert.deepEqual(found.results[0]?.at, { ip: BOB.ip, port: 1214 })
  assert.equal(frames.endIn(end!.body), 7)
  assert.deepEqual(
    query('quiet port').map(({ type }) => type),
    [frames.TYPES.end],
  )
  const whom = { at: { ip: BOB.ip, port: 0 }, user: 'bob', supernode: SUPERNODE }
  alice.tell(frames.pushFrame({ id: 5, at: { ip: ALICE.ip, port: 1214 } }, whom))
  const [push] = bob.tell()
  assert.deepEqual(frames.pushIn(push!.body), { id: 5, at: { ip: ALICE.ip, port: 1214 } })
  bob.link.fall()
  assert.equal(query('quiet').length, 1)
})

test('A supernode without room says so, names another, and hangs up on those of other networks', () => {
  const supernode = madeOf({ role: 'supernode' })
  supernode.peer.order({ do: 'join', at: SUPERNODE })
  supernode.peer.datagram(1214, SUPERNODE, pongOf('pong'))
  assert.deepEqual(supernode.saidOf('joined'), [{ type: 'joined', at: SUPERNODE }])
  for (let i = 0; i < 150; i++) child(supernode, { ip: '10.0.0.1', port: i + 1 }, `n${i}`)
  const ping = { type: 'ping', encryption: 0x29, flag: 0x80, network: 'KaZaA' } as const
  supernode.peer.datagram(1214, ALICE, datagramWire.emit(ping))
  const said = datagramWire.parse(supernode.datagrams.at(-1)!.bytes, 0)
  assert.ok(said.kind === 'message' && said.message.type === 'pong-2')
  assert.deepEqual(said.message.address?.endpoint, SUPERNODE)
  assert.ok(child(supernode, ALICE, 'late').link.isClosed)
  const other = madeOf({ role: 'supernode' })
  assert.ok(child(other, ALICE, 'ilse', 'fileshare').link.isClosed)
  assert.equal(child(other, ALICE, 'alice').link.isClosed, false)
})

test('A supernode that is mute answers no ping', () => {
  const supernode = madeOf({ role: 'supernode', bugs: ['mute-udp'] })
  const ping = { type: 'ping', encryption: 0x29, flag: 0x80, network: 'KaZaA' } as const
  supernode.peer.datagram(1214, ALICE, datagramWire.emit(ping))
  assert.equal(supernode.datagrams.length, 0)
})

// --- Transfers -------------------------------------------------------------------------------------

/** A node that found FILE at BOB, or at one who cannot be called, and wants it. */
function wanting(port = BOB.port, settings: Partial<PeerSettings> = {}) {
  const { node, listen, tell } = linked(settings)
  node.peer.order({ do: 'search', text: 'quiet harbour' })
  const query = listen().find(({ type }) => type === frames.TYPES.query)!
  const { id, words } = frames.queryIn(query.body)!
  assert.equal(words, 'quiet harbour')
  const result = { at: { ip: BOB.ip, port }, user: 'bob', told: SHARED.told }
  tell(frames.resultsFrame(SUPERNODE, id, 'KaZaA', [result]), frames.endFrame(id))
  assert.deepEqual(node.saidOf('searched'), [{ type: 'searched', text: words, hits: 1 }])
  node.peer.order({ do: 'fetch', name: FILE.name })
  return { node, listen, tell }
}

const ANSWER = 'HTTP/1.1 206 Partial Content\r\nContent-Length: 40000\r\n\r\n'

function asked(link: LinkInTest): string {
  return latin1(link.take())
}

test('A file is asked for by its hash, in a head that says who asks, and checked', () => {
  const { node } = wanting()
  const bob = node.calls[1]!
  assert.deepEqual(bob.remote, BOB)
  bob.open()
  const request = asked(bob)
  for (const line of [
    `GET /.hash=${SHARED.hash} HTTP/1.1`,
    'Host: 198.51.100.2:2847',
    'X-Kazaa-Username: alice',
    'X-Kazaa-Network: KaZaA',
    'X-Kazaa-IP: 192.0.2.1:1214',
    'X-Kazaa-SupernodeIP: 192.0.2.8:1214',
    'Range: bytes=0-',
  ]) {
    assert.ok(request.includes(`${line}\r\n`), line)
  }
  assert.match(request, /X-Kazaa-XferId: \d+\r\nX-Kazaa-XferUid: [\w+/]{20}\r\n/)
  bob.hear(bytesOf(ANSWER.slice(0, 30)), bytesOf(ANSWER.slice(30)), fileBytes(FILE, 0, 1))
  bob.hear(fileBytes(FILE, 1, 40_000))
  assert.deepEqual(
    node.saidOf('fetched').map(({ bytes, verified }) => [bytes, verified]),
    [[40_000, true]],
  )
})

test('Another content under the hash is told as not verified, and a refusal as what it is', () => {
  const { node } = wanting()
  node.calls[1]!.open()
  node.calls[1]!.hear(bytesOf(ANSWER), new Uint8Array(40_000))
  assert.equal(node.saidOf('fetched')[0]?.verified, false)
  const refused = wanting().node
  refused.calls[1]!.open()
  refused.calls[1]!.hear(bytesOf('HTTP/1.1 404 Not Found\r\n\r\n'))
  assert.equal(refused.saidOf('failed')[0]?.why, '404 Not Found')
})

test('One who cannot be called is asked through the supernode to call, and waited for', () => {
  const { node, listen } = wanting(0)
  const [push] = listen()
  const { id, at } = frames.pushIn(push!.body)!
  assert.deepEqual(at, { ip: '192.0.2.1', port: 1214 })
  assert.equal(frames.pushedIn(push!.body)?.user, 'bob')
  const stranger = node.called(BOB)
  stranger.hear(bytesOf(`GIVE ${id === 1 ? 2 : 1}\r\n`))
  assert.ok(stranger.isClosed)
  const bob = node.called(BOB)
  bob.hear(bytesOf(`GIVE ${id}\r\n`))
  assert.match(asked(bob), /^GET \/\.hash=/)
  bob.hear(bytesOf(ANSWER), fileBytes(FILE, 0, 40_000))
  assert.equal(node.saidOf('fetched')[0]?.verified, true)
  const late = wanting(0).node
  late.pass(31 * SECOND)
  assert.equal(late.saidOf('failed')[0]?.why, 'pushed in vain')
  const both = wanting(0, { isFirewalled: true }).node
  assert.equal(both.saidOf('failed')[0]?.why, 'neither can be called')
})

test('Who is asked to call says GIVE with the number, and answers what is asked then', () => {
  const { node, tell } = linked({ isFirewalled: true })
  node.peer.order({ do: 'publish', file: FILE })
  tell(frames.pushFrame({ id: 4_253_679_545, at: BOB }))
  const bob = node.calls[1]!
  assert.deepEqual(bob.remote, BOB)
  bob.open()
  assert.equal(asked(bob), 'GIVE 4253679545\r\n')
  bob.hear(bytesOf(`GET /.hash=${SHARED.hash} HTTP/1.1\r\nRange: bytes=39000-\r\n\r\n`))
  const answer = bob.take()
  const head = latin1(answer, 0, answer.length - 1000)
  assert.match(
    head,
    /^HTTP\/1\.1 206 Partial Content\r\nContent-Range: bytes 39000-39999\/40000\r\n/,
  )
  assert.match(head, /X-KazaaTag: 2=quiet harbour\.mp3\r\n/)
  assert.ok(
    head.includes(`X-KazaaTag: 3==${Buffer.from(SHARED.hash, 'hex').toString('base64')}\r\n`),
  )
  assert.deepEqual(answer.subarray(-1000), fileBytes(FILE, 39_000, 1000))
  assert.equal(node.saidOf('served')[0]?.bytes, 1000)
})

test('A list of files is given to who answers the challenge, and to nobody else', () => {
  const bob = madeOf({ nick: 'bob' })
  bob.peer.order({ do: 'publish', file: FILE })
  const links = [bob.called(ALICE), bob.called(ALICE)]
  const [challenge, other] = links.map((link) => {
    link.hear(bytesOf('GET /.files HTTP/1.1\r\n\r\n'))
    return asked(link)
  })
  assert.match(challenge!, /^HTTP\/1\.0 403 Forbidden 38 \d+\r\n\r\n$/)
  assert.notEqual(challenge, other)
  links[1]!.hear(fromHex('deadbeef0000'))
  assert.equal(asked(links[1]!), '')
  assert.ok(links[1]!.isClosed)
  const alice = madeOf()
  alice.peer.order({ do: 'browse', of: '198.51.100.2:2847' })
  const link = alice.calls[0]!
  link.open()
  assert.match(asked(link), /^GET \/\.files HTTP\/1\.1\r\n/)
  link.hear(bytesOf(challenge!))
  const proof = link.take()
  assert.deepEqual(proof, proofOf(Number(/(\d+)\r/.exec(challenge!)![1])))
  links[0]!.hear(proof)
  link.hear(links[0]!.take())
  assert.deepEqual(
    alice.saidOf('found').map(({ name, size, content, at }) => [name, size, content, at]),
    [[FILE.name, FILE.size, `urn:kzhash:${SHARED.hash}`, BOB]],
  )
  assert.equal(alice.saidOf('searched')[0]?.hits, 1)
})

test('The address in heads may stand the other way round', () => {
  const node = madeOf({ bugs: ['reversed-address'] })
  node.peer.order({ do: 'browse', of: '198.51.100.2:2847' })
  node.calls[0]!.open()
  assert.match(asked(node.calls[0]!), /\r\nX-Kazaa-IP: 1\.2\.0\.192:1214\r\n/)
})

test('Nonsense is hung up on, and orders that cannot be done fail', () => {
  for (const bytes of ['GIVE me\r\n', '\x00\x00\x00\x00\r\n\r\n']) {
    const link = madeOf().called(BOB)
    link.hear(bytesOf(bytes))
    assert.ok(link.isClosed, bytes)
  }
  const lone = madeOf()
  const orders: Order[] = [
    { do: 'search', text: 'a' },
    { do: 'fetch', name: 'a' },
    { do: 'browse', of: 'bob' },
  ]
  for (const order of orders) lone.peer.order(order)
  assert.deepEqual(
    lone.saidOf('failed').map(({ why }) => why),
    ['no supernode', 'nobody known has a', 'nobody knows where bob is'],
  )
  const { link, node } = linked()
  link.hear(bytesOf('this is no frame'))
  assert.ok(link.isClosed)
  assert.equal(node.calls.length, 1)
})
