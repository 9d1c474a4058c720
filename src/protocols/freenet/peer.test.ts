/** A small node among neighbours that the test plays: whom it asks, and what it makes of answers. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { type Endpoint, endpointText } from '../../core/address.ts'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import type { PeerSettings } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import { type LinkInTest, SiteInTest } from '../../core/site-in-test.ts'
import { latin1 } from '../../core/text.ts'
import { peer } from './peer.ts'
import { contentKey, placeOf, redirectBytes, redirectIn, titleOf, wordsKey } from './peer-key.ts'
import { emitMessage, type Fields } from './peer-line.ts'
import { Routes } from './peer-routes.ts'
import { Store } from './peer-store.ts'
import { messageWire } from './wire/message.ts'

const PREAMBLE = fromHex('00000001')
const FILE = { name: 'quiet harbour.txt', size: 3000, seed: 7 }
const CONTENT = fileBytes(FILE, 0, FILE.size)
const KEY = contentKey(CONTENT)
const SECOND = 1_000_000

function madeOf(settings: Partial<PeerSettings> = {}): SiteInTest {
  const usual = { role: 'node', port: 19_114, nick: '', bugs: [], isFirewalled: false }
  return new SiteInTest(peer.make({ ...usual, ...settings }))
}

/** Messages, without their ids: `DataRequest HopsToLive=f SearchKey=… +3000`. */
function said(link: LinkInTest): string[] {
  let bytes = link.take()
  if (bytes[0] === 0) bytes = bytes.subarray(4)
  const lines: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const outcome = messageWire.parse(bytes, at)
    if (outcome.kind !== 'message') assert.fail(`broken at ${at}`)
    const { name, fields, end } = outcome.message
    const words = fields.flatMap(([key, value]) =>
      key === 'UniqueID' || key === 'DataLength' ? [] : [`${key}=${value}`],
    )
    const length = fields.find(([key]) => key === 'DataLength')?.[1] ?? '0'
    if (end === 'Data') words.push(`+${Number.parseInt(length, 16)}`)
    lines.push([name, ...words].join(' '))
    at += outcome.size + Number.parseInt(length, 16)
  }
  return lines
}

const at = (last: number): Endpoint => ({ ip: `10.0.0.${last}`, port: 19_114 })

/** A neighbour calls and says who he is. */
function neighbour(node: SiteInTest, from: Endpoint, own: Endpoint | undefined = from): LinkInTest {
  const link = node.called({ ip: from.ip, port: 50_000 })
  const source: Fields = own === undefined ? [] : [['Source.physical.tcp', endpointText(own)]]
  link.hear(concat(PREAMBLE, emitMessage('Identify', [['UniqueID', '1'], ...source])))
  link.take()
  return link
}

const ask = (id: string, hops: string, key = KEY, name = 'DataRequest') =>
  emitMessage(name, [
    ['UniqueID', id],
    ['HopsToLive', hops],
    ['SearchKey', key],
  ])
const answer = (name: string, id: string, fields: Fields = [], content?: Uint8Array) =>
  emitMessage(name, [['UniqueID', id], ...fields], content)

test('Keys: the hash of the content or of the words, its size, its kind', () => {
  // SHA-1 of "abc" (FIPS 180-2, A.1); 3 bytes fit in 2 to the 2; CHK is 0302.
  assert.equal(contentKey(bytesOf('abc')), 'a9993e364706816aba3e25717850c26c9cd0d89d020302')
  const sha1 = createHash('sha1').update('KSK@quiet-harbour').digest('hex')
  assert.equal(wordsKey('Quiet  Harbour!'), `${sha1}0a0203`)
  assert.equal(placeOf('000000000001ffff'), 1)
  assert.equal(titleOf('a.b c.mp3'), 'a.b c')
  assert.equal(titleOf('no. 5 of it'), 'no. 5 of it')
  const document = { target: KEY, name: 'grüße.txt', size: 17 }
  assert.deepEqual(redirectIn(redirectBytes(document)), document)
  assert.equal(redirectIn(bytesOf('Version\nRevision=1\nEndPart\nDocument\nEnd\n')), undefined)
  assert.equal(redirectIn(CONTENT), undefined)
})

test('Of what is known the nearest is asked, by its address or by a key it had', () => {
  const routes = new Routes()
  for (let i = 1; i <= 9; i++) routes.learn(at(i))
  const order: number[] = []
  const tried = new Set<string>()
  for (let node = routes.nearest(KEY, tried); node; node = routes.nearest(KEY, tried)) {
    tried.add(endpointText(node.at))
    order.push(Math.abs(node.places[0]! - placeOf(KEY)))
  }
  assert.equal(order.length, 9)
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  )
  const last = routes.nearest(KEY, new Set([...tried].slice(0, 8)))!
  routes.learnKey(last.at, KEY)
  assert.equal(routes.nearest(KEY, new Set()), last)
})

test('Routes and stores are bounded; the oldest goes', () => {
  const routes = new Routes()
  for (let i = 0; i < 300; i++) routes.learn({ ip: '10.0.0.1', port: i + 1 })
  assert.equal(routes.count, 100)
  const store = new Store()
  for (let i = 0; i < 5000; i++) store.put(`${i}`, Uint8Array.of(1))
  assert.equal(store.get('0'), undefined)
  assert.deepEqual(store.get('4999'), Uint8Array.of(1))
  for (let i = 0; i < 30; i++) store.put(`large ${i}`, new Uint8Array(1_000_000))
  assert.equal(store.get('large 0'), undefined)
  assert.notEqual(store.get('large 29'), undefined)
})

test('A join is a call with preamble and identity, in clear', () => {
  const node = madeOf()
  node.peer.order({ do: 'join', at: at(2) })
  const link = node.calls[0]!
  const greeting = link.take()
  assert.deepEqual(greeting.subarray(0, 4), PREAMBLE)
  const identity = /^Identify\nUniqueID=[0-9a-f]{16}\nSource\.physical\.tcp=192\.0\.2\.1:19114\n/
  assert.match(latin1(greeting, 4), identity)
  assert.deepEqual(node.saidOf('joined'), [])
  link.open()
  link.hear(answer('Identify', '9', [['Source.physical.tcp', '10.0.0.2:19114']]))
  assert.deepEqual(node.saidOf('joined'), [{ type: 'joined', at: at(2) }])
  const refused = madeOf()
  refused.peer.order({ do: 'join', at: at(2) })
  refused.calls[0]!.fall('refused')
  assert.deepEqual(refused.saidOf('failed'), [{ type: 'failed', order: 'join', why: 'refused' }])
})

test('Who takes no calls tells no address, and is asked for nothing', () => {
  const shy = madeOf({ isFirewalled: true })
  shy.peer.order({ do: 'join', at: at(2) })
  assert.doesNotMatch(latin1(shy.calls[0]!.take()), /physical/)
  const node = madeOf()
  const one = neighbour(node, at(2))
  const other = node.called({ ip: '10.0.0.3', port: 50_000 })
  other.hear(concat(PREAMBLE, emitMessage('Identify', [['UniqueID', '1']])))
  other.take()
  one.hear(ask('77', '5'))
  assert.deepEqual(said(other), [])
})

test('A request goes on with one hop less, comes back rejected, and goes to the next', () => {
  const node = madeOf()
  const links = [2, 3].map((last) => neighbour(node, at(last)))
  const upstream = neighbour(node, at(4))
  upstream.hear(ask('77', '5'))
  assert.deepEqual(said(upstream), ['Accepted'])
  const first = links.findIndex((link) => {
    const lines = said(link)
    if (lines.length > 0) assert.deepEqual(lines, [`DataRequest HopsToLive=4 SearchKey=${KEY}`])
    return lines.length > 0
  })
  const [near, far] = first === 0 ? [links[0]!, links[1]!] : [links[1]!, links[0]!]
  near.hear(answer('Accepted', '77'), answer('QueryRejected', '77', [['HopsToLive', '2']]))
  assert.deepEqual(said(far), [`DataRequest HopsToLive=2 SearchKey=${KEY}`])
  // The first is heard no more.
  near.hear(answer('DataReply', '77', [], CONTENT))
  assert.deepEqual(said(upstream), [])
  // It did not even accept: that costs one hop, whatever it says.
  far.hear(answer('QueryRejected', '77', [['HopsToLive', '0']]))
  assert.deepEqual(said(upstream), [
    'QueryRejected HopsToLive=1 Attenuation=0 Reason=Route not found',
  ])
})

test('A request that comes again is a loop, also when it is long answered', () => {
  const node = madeOf()
  const link = neighbour(node, at(2))
  const rejected = (hops: string) =>
    `QueryRejected HopsToLive=${hops} Attenuation=0 Reason=Looped request`
  const other = neighbour(node, at(3))
  link.hear(ask('77', '5'))
  other.take()
  other.hear(ask('77', '3'))
  assert.deepEqual(said(other), [rejected('4')])
  other.hear(answer('DataNotFound', '77'))
  assert.deepEqual(said(link), ['Accepted', 'DataNotFound TimeSinceQuery=0'])
  link.hear(ask('77', '5'))
  assert.deepEqual(said(link), [rejected('5')])
})

test('With no hops left nobody is asked, and nobody else after one who found nothing', () => {
  const node = madeOf()
  const links = [2, 3].map((last) => neighbour(node, at(last)))
  const upstream = neighbour(node, at(4))
  upstream.hear(ask('77', '1'))
  assert.deepEqual(said(upstream), ['Accepted', 'DataNotFound TimeSinceQuery=0'])
  upstream.hear(ask('78', '9'))
  const asked = links.find((link) => said(link).length > 0)!
  asked.hear(answer('Accepted', '78'), answer('DataNotFound', '78'))
  assert.deepEqual(said(upstream), ['Accepted', 'DataNotFound TimeSinceQuery=0'])
  assert.ok(links.every((link) => said(link).length === 0))
})

test('A document stays where it passes; who had it is learnt and told on', () => {
  const node = madeOf()
  const source = neighbour(node, at(2))
  const upstream = neighbour(node, at(4))
  upstream.hear(ask('77', '5'))
  const reply = answer('DataReply', '77', [], CONTENT)
  source.hear(answer('Accepted', '77'), reply.subarray(0, 50), reply.subarray(50))
  const told = [
    ['DataSource.physical.tcp', '10.0.0.9:19114'],
    ['HopsSinceReset', '2'],
  ] as const
  source.hear(answer('StoreData', '77', told))
  assert.deepEqual(said(upstream), [
    'Accepted',
    'DataReply +3000',
    'StoreData DataSource.physical.tcp=10.0.0.9:19114 HopsSinceReset=3',
  ])
  source.take()
  const third = neighbour(node, at(5))
  third.hear(ask('79', '1'))
  assert.deepEqual(said(third), [
    'Accepted',
    'DataReply +3000',
    'StoreData DataSource.physical.tcp=192.0.2.1:19114 HopsSinceReset=0',
  ])
  assert.deepEqual(node.saidOf('served'), [
    { type: 'served', name: KEY, bytes: 3000, to: third.remote },
  ])
})

test('Content that is not that of its key is not believed', () => {
  const node = madeOf()
  const source = neighbour(node, at(2))
  const upstream = neighbour(node, at(4))
  upstream.hear(ask('77', '5'))
  source.hear(answer('Accepted', '77'), answer('DataReply', '77', [], bytesOf('poison')))
  assert.deepEqual(said(upstream), [
    'Accepted',
    'QueryRejected HopsToLive=3 Attenuation=0 Reason=Route not found',
  ])
})

test('An insert goes as far as its hops, and its content after it', () => {
  const node = madeOf()
  const next = neighbour(node, at(2))
  const upstream = neighbour(node, at(4))
  upstream.hear(ask('77', '2', KEY, 'InsertRequest'))
  assert.deepEqual(said(upstream), ['Accepted'])
  assert.deepEqual(said(next), [`InsertRequest HopsToLive=1 SearchKey=${KEY}`])
  next.hear(answer('Accepted', '77'), answer('InsertReply', '77'))
  assert.deepEqual(said(upstream), ['InsertReply'])
  upstream.hear(answer('DataInsert', '77', [], CONTENT))
  assert.deepEqual(said(next), ['DataInsert +3000'])
  next.hear(answer('StoreData', '77', [['DataSource.physical.tcp', '10.0.0.2:19114']]))
  assert.deepEqual(said(upstream), [
    'StoreData DataSource.physical.tcp=10.0.0.2:19114 HopsSinceReset=1',
  ])
  // The last of the way, and a key that is there already.
  upstream.hear(ask('78', '1', wordsKey('a'), 'InsertRequest'))
  upstream.hear(answer('DataInsert', '78', [], bytesOf('b')))
  upstream.hear(ask('79', '9', KEY, 'InsertRequest'))
  const told = 'StoreData DataSource.physical.tcp=192.0.2.1:19114 HopsSinceReset=0'
  assert.deepEqual(said(upstream), [
    'Accepted',
    'InsertReply',
    told,
    'Accepted',
    'DataReply +3000',
    told,
  ])
})

test('Who does not accept in time is forgotten; who accepted has longer', () => {
  const node = madeOf()
  const next = neighbour(node, at(2))
  const upstream = neighbour(node, at(4))
  upstream.hear(ask('77', '5'))
  next.take()
  node.pass(4 * SECOND)
  assert.deepEqual(said(upstream), ['Accepted'])
  node.pass(2 * SECOND)
  assert.match(said(upstream)[0]!, /^QueryRejected HopsToLive=3 /)
  upstream.hear(ask('78', '5'))
  assert.match(said(upstream)[1]!, /Route not found$/)
  const again = neighbour(node, at(2))
  upstream.hear(ask('79', '5'))
  again.hear(answer('Accepted', '79'))
  // Four hops and four more, of 5 s.
  node.pass(39 * SECOND)
  assert.deepEqual(said(upstream), ['Accepted'])
  node.pass(2 * SECOND)
  assert.match(said(upstream)[0]!, /^QueryRejected HopsToLive=3 /)
})

test('Words lead to a document, the document to the content, which is checked', () => {
  const node = madeOf()
  const link = neighbour(node, at(2))
  node.peer.order({ do: 'fetch', name: FILE.name })
  assert.equal(node.saidOf('failed').length, 1)
  node.peer.order({ do: 'search', text: 'quiet harbour', ttl: 3 })
  const [request] = said(link)
  assert.equal(request, `DataRequest HopsToLive=3 SearchKey=${wordsKey('quiet harbour')}`)
  const id = (bytes: Uint8Array) => /UniqueID=(\w+)/.exec(latin1(bytes))![1]!
  const asked = (order: () => void) => {
    order()
    return id(link.take())
  }
  const { name, size } = FILE
  const document = redirectBytes({ target: KEY, name, size })
  const second = asked(() => node.peer.order({ do: 'search', text: 'quiet harbour' }))
  link.hear(answer('Accepted', second), answer('DataReply', second, [], document))
  assert.deepEqual(node.saidOf('found'), [
    {
      type: 'found',
      text: 'quiet harbour',
      name,
      size,
      content: `urn:x-peerscope:freenet:${KEY}`,
    },
  ])
  assert.deepEqual(
    node.saidOf('searched').map(({ hits }) => hits),
    [1],
  )
  const fetch = asked(() => node.peer.order({ do: 'fetch', name }))
  link.hear(answer('Accepted', fetch), answer('DataReply', fetch, [], CONTENT))
  assert.deepEqual(node.saidOf('fetched'), [
    { type: 'fetched', name, bytes: 3000, from: at(2), verified: true },
  ])
})

test('A key that somebody told needs no search', () => {
  const node = madeOf()
  const link = neighbour(node, at(2))
  const content = `urn:x-peerscope:freenet:${KEY}`
  node.peer.order({ do: 'fetch', name: FILE.name, content })
  assert.deepEqual(said(link), [`DataRequest HopsToLive=f SearchKey=${KEY}`])
  node.peer.order({ do: 'fetch', name: FILE.name, content: 'urn:btih:00' })
  assert.equal(node.saidOf('failed')[0]?.why, 'no key of quiet harbour.txt is known')
})

test('A node that drops requests accepts them, and that is all', () => {
  const node = madeOf({ bugs: ['drops-requests'] })
  neighbour(node, at(2))
  const link = neighbour(node, at(4))
  link.hear(ask('77', '5'))
  assert.deepEqual(said(link), ['Accepted'])
})

test('What is no preamble, no message or too large closes the connection', () => {
  const large = [['DataLength', '7fffffff']] as const
  const words = messageWire.emit({ name: 'DataReply', fields: large, end: 'Data', lineEnd: '\n' })
  for (const bytes of [
    bytesOf('GET / HTTP/1.1\r\n\r\n'),
    concat(PREAMBLE, bytesOf('what is this\n')),
    concat(PREAMBLE, words),
  ]) {
    const link = madeOf().called(at(2))
    link.hear(bytes)
    assert.ok(link.isClosed, latin1(bytes))
  }
})

test('Nobody can be asked what he has; a lone node finds only its own', () => {
  const node = madeOf()
  node.peer.order({ do: 'browse', of: '10.0.0.2:19114' })
  assert.equal(node.saidOf('failed')[0]?.why, 'nobody can be asked what he has')
  node.peer.order({ do: 'search', text: 'quiet harbour' })
  assert.equal(node.saidOf('searched')[0]?.hits, 0)
  node.peer.order({ do: 'publish', file: FILE })
  node.peer.order({ do: 'search', text: 'quiet harbour' })
  node.peer.order({ do: 'fetch', name: FILE.name })
  assert.deepEqual(
    node.saidOf('fetched').map(({ verified }) => verified),
    [true],
  )
})
