/**
 * Small peers: the parts that need no network (routes, query routing, handshakes), and one peer whose
 * links are played by hand, so that it is seen what it writes to whom.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Endpoint, endpointText } from '../../core/address.ts'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import type { Link, Peer, PeerSaid, PeerSettings, Site } from '../../core/peer.ts'
import { randomFrom } from '../../core/random.ts'
import { latin1 } from '../../core/text.ts'
import { peer as kind } from './peer.ts'
import { hashesOf, LeafTable, tellTable, Union, wordHash, wordsOf } from './peer-qrp.ts'
import { Routes } from './peer-routes.ts'
import { emitMessage, type GnutellaMessage, parseMessage } from './wire/message.ts'
import type { Payload } from './wire/payload.ts'

/** Word, bits of the table, slot: out of the appendix of QRP 1.0, as gtk-gnutella checks itself. */
const HASHES: readonly [string, number, number][] = [
  ['', 13, 0],
  ['eb', 13, 6791],
  ['ebc', 13, 7082],
  ['ebck', 13, 6698],
  ['ebckl', 13, 3179],
  ['ebcklmen', 13, 1062],
  ['ebcklmenq', 13, 3527],
  ['n', 16, 65_003],
  ['ndflalem', 16, 37_658],
  ['7777a88a8a8a8', 10, 342],
]

test('Words have the hashes of the specification', () => {
  for (const [word, bits, slot] of HASHES) {
    assert.equal(Math.floor(wordHash(word) / 2 ** (32 - bits)), slot, word)
  }
})

test('A table says which words a leaf has, and a new one replaces it', () => {
  const table = new LeafTable()
  const has = (text: string) => table.hasAll(hashesOf(wordsOf(text)))
  assert.ok(!has('amber'))
  for (const payload of tellTable(new Set(['amber', 'birch', 'of']))) table.take(payload)
  assert.ok(has('Amber birch'))
  assert.ok(has('amber of'), 'short words route nothing')
  assert.ok(!has('amber cobalt'))
  assert.ok(!has('of'))
  for (const payload of tellTable(new Set(['cobalt']))) table.take(payload)
  assert.ok(has('cobalt') && !has('amber'))
})

test('What several leaves may have is no less than what one of them has', () => {
  const tables = [['amber', 'birch'], ['cobalt']].map((words) => {
    const table = new LeafTable()
    for (const payload of tellTable(new Set(words))) table.take(payload)
    return table
  })
  // One has so many words that its table is larger.
  const many = Array.from({ length: 500 }, (_, i) => `word${i}`)
  for (const payload of tellTable(new Set(many))) tables[1]!.take(payload)
  const union = new Union(tables)
  for (const word of ['amber', 'birch', ...many]) assert.ok(union.hasAll([wordHash(word)]), word)
  assert.ok(!new Union(tables.slice(0, 1)).hasAll(hashesOf(['amber', 'zephyr'])))
  assert.ok(!union.hasAll([]))
  assert.ok(!new Union([new LeafTable()]).hasAll([wordHash('amber')]))
})

test('A patch adds and takes away; one that makes no sense changes nothing', () => {
  const table = new LeafTable()
  const slot = Math.floor(wordHash('amber') / 2 ** 22)
  const patch = (value: number, more = {}): Payload => {
    const data = new Uint8Array(1024)
    data[slot] = value
    return { type: 'qrp-patch', number: 1, count: 1, compressor: 0, entryBits: 8, data, ...more }
  }
  table.take({ type: 'qrp-reset', slots: 1024, infinity: 7, extra: new Uint8Array(0) })
  table.take(patch(0xfa))
  assert.ok(table.hasAll([wordHash('amber')]))
  table.take(patch(6, { number: 2, count: 2 }))
  table.take(patch(6, { compressor: 1 }))
  assert.ok(table.hasAll([wordHash('amber')]))
  table.take(patch(6))
  assert.ok(!table.hasAll([wordHash('amber')]))
})

test('Routes keep the latest GUIDs, and only so many', () => {
  const random = randomFrom(9)
  const guids = Array.from({ length: 1000 }, () =>
    Uint8Array.from({ length: 16 }, () => random() % 256),
  )
  const routes = new Routes(100)
  for (const [i, guid] of guids.entries()) {
    assert.equal(routes.get(guid), undefined)
    routes.put(guid, 0, i + 1)
    assert.equal(routes.get(guid), i + 1)
  }
  for (let i = 900; i < 1000; i++) assert.equal(routes.get(guids[i]!), i + 1)
  assert.ok(guids.filter((guid) => routes.get(guid) !== undefined).length <= 200)
})

// --- One peer, played by hand ----------------------------------------------------------------------

class HandLink implements Link {
  readonly local: Endpoint = { ip: '192.0.2.1', port: 6346 }
  readonly remote: Endpoint
  readonly byUs: boolean
  state: unknown
  sent: Uint8Array = new Uint8Array(0)
  isClosed = false

  constructor(remote: Endpoint, byUs: boolean) {
    this.remote = remote
    this.byUs = byUs
  }

  send(bytes: Uint8Array): void {
    this.sent = concat(this.sent, bytes)
  }

  close(): void {
    this.isClosed = true
  }

  /** What was written since the last look. */
  take(): string {
    const text = latin1(this.sent)
    this.sent = new Uint8Array(0)
    return text
  }

  messages(): GnutellaMessage[] {
    const list: GnutellaMessage[] = []
    for (let at = 0; at < this.sent.length; ) {
      const outcome = parseMessage(this.sent, at)
      assert.ok(outcome.kind === 'message')
      list.push(outcome.message)
      at += outcome.size
    }
    this.sent = new Uint8Array(0)
    return list
  }
}

class Hands implements Site {
  readonly ip = '192.0.2.1'
  nowMicros = 0
  readonly said: PeerSaid[] = []
  readonly links: HandLink[] = []
  readonly peer: Peer
  readonly #random = randomFrom(4)

  constructor(settings: Partial<PeerSettings> = {}) {
    const usual = { role: 'servent', port: 6346, nick: 'a', bugs: [], isFirewalled: false }
    this.peer = kind.make({ ...usual, ...settings })
    this.peer.start(this)
  }

  chance(below: number): number {
    return Math.floor((this.#random() / 2 ** 32) * below)
  }

  listen(): void {}
  sendTo(): void {}
  wakeAt(): void {}

  say(said: PeerSaid): void {
    this.said.push(said)
  }

  connect(to: Endpoint): Link {
    const link = new HandLink(to, true)
    this.links.push(link)
    return link
  }

  /** Somebody calls and says this. */
  called(host: number, first: string): HandLink {
    const link = new HandLink({ ip: `198.51.100.${host}`, port: 50_000 }, false)
    this.peer.opened(link)
    this.hear(link, bytesOf(first))
    return link
  }

  hear(link: Link, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const used = this.peer.data(link, bytes.subarray(at))
      if (used === 0) return
      at += used
    }
  }
}

const GUID = fromHex('00112233445566 77 ff 99aabbccddee 00')
const OTHER = fromHex('f0112233445566 77 ff 99aabbccddee 00')

function message(payload: Payload, kindNumber: number, ttl = 3, hops = 0, guid = GUID) {
  return emitMessage({ guid, kind: kindNumber, ttl, hops, payload })
}

const QUERY = { type: 'query', flags: 0, text: 'blue danube', extra: new Uint8Array(0) } as const
const PING = { type: 'ping', extra: new Uint8Array(0) } as const
const CONNECT = 'GNUTELLA CONNECT/0.4\n\n'
const FILE = { name: 'blue danube.ogg', size: 2000, seed: 3 }

test('A servent answers, and floods a query once to all but who sent it', () => {
  const hands = new Hands()
  hands.peer.order({ do: 'publish', file: FILE })
  const links = [1, 2, 3].map((host) => hands.called(host, CONNECT))
  for (const link of links) assert.equal(link.take(), 'GNUTELLA OK\n\n')
  const [a, b, c] = links as [HandLink, HandLink, HandLink]
  hands.hear(a, message(QUERY, 0x80))
  const [hit] = a.messages()
  assert.ok(hit?.payload.type === 'query-hit')
  assert.deepEqual([hit.payload.ip, hit.payload.port, hit.ttl], ['192.0.2.1', 6346, 2])
  assert.deepEqual(
    [b, c].map((link) => link.messages().map(({ ttl, hops }) => [ttl, hops])),
    [[[2, 1]], [[2, 1]]],
  )
  // It comes once more, over a longer way.
  hands.hear(b, message(QUERY, 0x80, 1, 4))
  for (const link of links) assert.deepEqual(link.messages(), [])
})

test('Hits go back where the query came from, with one hop more, and pushes where the hit did', () => {
  const hands = new Hands()
  const [a, b, c] = [1, 2, 3].map((host) => hands.called(host, CONNECT)) as [
    HandLink,
    HandLink,
    HandLink,
  ]
  hands.hear(a, message(QUERY, 0x80))
  for (const link of [a, b, c]) link.take()
  const hit = {
    type: 'query-hit',
    port: 6347,
    ip: '203.0.113.9',
    speed: 1,
    hits: [{ index: 5, size: 9, name: 'blue danube', extra: new Uint8Array(0) }],
    trailer: new Uint8Array(0),
    servent: OTHER,
  } as const
  hands.hear(c, message(hit, 0x81, 3))
  hands.hear(c, message(hit, 0x81, 3, 0, OTHER))
  assert.deepEqual(
    a.messages().map(({ ttl, hops }) => [ttl, hops]),
    [[2, 1]],
  )
  const push = { servent: OTHER, index: 5, ip: '192.0.2.7', port: 6346 } as const
  hands.hear(a, message({ type: 'push', ...push, extra: new Uint8Array(0) }, 0x40, 3))
  assert.deepEqual(b.messages(), [])
  assert.deepEqual(
    c.messages().map(({ kind: number }) => number),
    [0x40],
  )
})

test('An unreadable length ends the link', () => {
  const hands = new Hands()
  const link = hands.called(1, CONNECT)
  const bytes = message(PING, 0)
  bytes[22] = 0x11
  hands.hear(link, bytes)
  assert.ok(link.isClosed)
})

/** Bug → what its pong says of 192.0.2.1:6346 (6346 is 18ca). */
const LIES: readonly [string, string][] = [
  ['reversed-pong-address', '1.2.0.192:6346'],
  ['big-endian-port', '192.0.2.1:51736'],
  ['zero-port', '192.0.2.1:0'],
]

for (const [bug, expected] of LIES) {
  test(`With ${bug} a pong says ${expected}`, () => {
    const hands = new Hands({ bugs: [bug] })
    const link = hands.called(1, CONNECT)
    link.take()
    hands.hear(link, message(PING, 0, 1))
    const pong = link.messages()[0]?.payload
    assert.ok(pong?.type === 'pong')
    assert.equal(endpointText(pong), expected)
  })
}

test('A worm has whatever is asked for', () => {
  const hands = new Hands({ bugs: ['answers-everything'] })
  const link = hands.called(1, CONNECT)
  link.take()
  hands.hear(link, message(QUERY, 0x80, 1))
  const hit = link.messages()[0]?.payload
  assert.ok(hit?.type === 'query-hit')
  assert.deepEqual(
    hit.hits.map(({ name, size }) => [name, size]),
    [['blue danube.exe', 8192]],
  )
})

test('A leaf takes nobody in and names ultrapeers; an ultrapeer takes both, a servent no 0.6', () => {
  const connect =
    'GNUTELLA CONNECT/0.6\r\nX-Ultrapeer: False\r\nListen-IP: 198.51.100.1:6346\r\n\r\n'
  const leaf = new Hands({ role: 'leaf' }).called(1, connect)
  assert.match(leaf.take(), /^GNUTELLA\/0\.6 503 Shielded leaf node\r\n/)
  assert.ok(leaf.isClosed)
  const hands = new Hands({ role: 'ultrapeer' })
  const ultrapeer = hands.called(1, connect)
  assert.match(ultrapeer.take(), /^GNUTELLA\/0\.6 200 OK\r\n[\s\S]*X-Ultrapeer: True\r\n/)
  // It is a link only once the third head is there: then a ping is answered.
  hands.hear(ultrapeer, concat(bytesOf('GNUTELLA/0.6 200 OK\r\n\r\n'), message(PING, 0, 1)))
  assert.equal(ultrapeer.messages()[0]?.payload.type, 'pong')
  assert.ok(new Hands().called(1, connect).isClosed)
})

test('A file is served by index and by name, whole and in part; what is not there is 404', () => {
  const hands = new Hands({ role: 'ultrapeer' })
  hands.peer.order({ do: 'publish', file: FILE })
  const [said] = hands.said
  assert.ok(said?.type === 'published')
  const whole = hands.called(1, `GET /uri-res/N2R?${said.content} HTTP/1.1\r\n\r\n`).take()
  const body = whole.slice(whole.indexOf('\r\n\r\n') + 4)
  assert.match(whole, /^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Length: 2000\r\n/)
  assert.equal(body.length, 2000)
  const part = hands.called(2, 'GET /get/1/x HTTP/1.1\r\nRange: bytes=100-199\r\n\r\n').take()
  assert.match(part, /^HTTP\/1\.1 206 [\s\S]*Content-Range: bytes 100-199\/2000\r\n/)
  assert.equal(part.slice(part.indexOf('\r\n\r\n') + 4), body.slice(100, 200))
  assert.match(hands.called(3, 'GET /get/2/x HTTP/1.1\r\n\r\n').take(), /^HTTP\/1\.1 404 /)
  const beyond = 'GET /get/1/x HTTP/1.1\r\nRange: bytes=2000-\r\n\r\n'
  assert.match(hands.called(4, beyond).take(), /^HTTP\/1\.1 416 /)
})

test('A push for this peer makes it call and say what it gives', () => {
  const hands = new Hands()
  hands.peer.order({ do: 'publish', file: FILE })
  const link = hands.called(1, CONNECT)
  link.take()
  hands.hear(link, message(QUERY, 0x80, 1))
  const hit = link.messages()[0]?.payload
  assert.ok(hit?.type === 'query-hit')
  const to = { ip: '198.51.100.77', port: 7000 }
  const push = { servent: hit.servent, index: 1, ...to, extra: new Uint8Array(0) } as const
  hands.hear(link, message({ type: 'push', ...push }, 0x40, 2, 0, OTHER))
  const call = hands.links.at(-1)!
  assert.deepEqual(call.remote, to)
  hands.peer.opened(call)
  assert.match(call.take(), /^GIV 1:[0-9A-F]{32}\/blue danube\.ogg\n\n$/)
  hands.hear(call, bytesOf('GET /get/1/blue danube.ogg/ HTTP/1.0\r\n\r\n'))
  assert.match(call.take(), /^HTTP 200 OK\r\n/)
})

test('Orders that cannot be done are said to fail', () => {
  const hands = new Hands()
  hands.peer.order({ do: 'search', text: 'x' })
  hands.peer.order({ do: 'fetch', name: 'x' })
  hands.peer.order({ do: 'browse', of: 'somebody' })
  hands.peer.order({ do: 'leave' })
  assert.deepEqual(
    hands.said.map((said) => (said.type === 'failed' ? said.order : said.type)),
    ['search', 'fetch', 'browse', 'leave'],
  )
})
