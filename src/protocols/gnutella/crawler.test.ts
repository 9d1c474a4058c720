/**
 * What the crawler says to servents and caches, and whom it hears of: it asks for heads and for lists,
 * never for a file, and names no address of its own.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex, hex } from '../../core/bytes.ts'
import type { Question, Told } from '../../core/crawler.ts'
import type { ClaimSaid, Said } from '../../core/event.ts'
import { SiteInTest } from '../../core/site-in-test.ts'
import { StreamReader } from '../../core/stream-reader.ts'
import { latin1 } from '../../core/text.ts'
import { crawler } from './crawler.ts'
import { peer } from './peer.ts'
import { openSession } from './session.ts'

const CONTENT = 'urn:sha1:PLSTHIPQGSSZTS5FJUPAKUZWUGYQYPFB'
const WHOM = { ip: '192.0.2.8', port: 6346 }
const US = { ip: '203.0.113.7', port: 40_000 }
const START = 1_700_000_000_000_000

function inquire(channel: string, more: Partial<Question> = {}) {
  return crawler.inquire({ channel, whom: WHOM, self: 7, pair: 9, ...more })
}

function claims(part: string, ours: Uint8Array, theirs: Uint8Array): ClaimSaid[] {
  const said: Said[] = []
  const out = { say: (each: Said) => said.push(each), count: () => {}, everyMessage: false }
  const ends = [US, WHOM] as const
  const session = openSession({ flow: 1, carrier: 'tcp', ends, fromStart: true, part }, out)
  const reader = new StreamReader(session)
  reader.push(0, ours, { micros: 0, frame: 1 })
  reader.push(1, theirs, { micros: 1, frame: 2 })
  session.end({ micros: 2, frame: 3 })
  return said.filter((each): each is ClaimSaid => each.type === 'claim')
}

function names(told: readonly Told[]): string[] {
  return told.map(({ at, part }) => `${part} ${at.ip}:${at.port}`)
}

function settings(role: string) {
  return { role, port: 6346, nick: 'n', bugs: [], isFirewalled: false }
}

test('the head of a file names who else has it, whatever the answer is', () => {
  const interview = inquire('alternates', { content: CONTENT })
  const request = interview.opened(START).send[0]!
  assert.match(latin1(request), /^HEAD \/uri-res\/N2R\?urn:sha1:PLST[A-Z2-7]+ HTTP\/1\.1\r\n/)
  assert.ok(!latin1(request).includes('203.0.113'))
  const answer = bytesOf(
    'HTTP/1.1 503 Busy\r\nServer: LimeWire/4.18.8\r\n' +
      'X-Alt: 198.51.100.7,198.51.100.8:6347\r\n' +
      'X-FAlt: FF0102030405060708090A0B0C0D0E00;198.51.100.9:6348\r\n\r\n',
  )
  const step = interview.data!(answer, START)
  assert.equal(step.done, 'answered')
  assert.deepEqual(names(step.told), [
    'node 198.51.100.7:6346',
    'node 198.51.100.8:6347',
    'node 198.51.100.9:6348',
  ])
  // A proxy is not said to have the file.
  assert.deepEqual(
    step.told.map(({ content }) => content),
    [CONTENT, CONTENT, undefined],
  )
  const said = claims('transfer', request, answer)
  assert.deepEqual(
    said.map(({ about, via, content }) => [about.ip, via, content]),
    [
      ['198.51.100.7', 'alt-loc', CONTENT],
      ['198.51.100.8', 'alt-loc', CONTENT],
      ['198.51.100.9', 'push-proxy', undefined],
    ],
  )
})

test('a servent of the lab is asked for the head of its file, and serves nothing', () => {
  const servent = new SiteInTest(peer.make(settings('ultrapeer')), WHOM.ip)
  const file = { name: 'Quiet Harbour.ogg', size: 70_000, seed: 7 }
  servent.peer.order({ do: 'publish', file })
  const content = servent.saidOf('published')[0]!.content
  const link = servent.called(US)
  const interview = inquire('alternates', { content })
  link.hear(...interview.opened(START).send)
  const answer = link.take()
  assert.match(latin1(answer), /^HTTP\/1\.1 200 OK\r\n/)
  assert.match(latin1(answer), /\r\n\r\n$/)
  assert.deepEqual(interview.data!(answer, START), {
    ...{ used: answer.length, send: [], told: [], done: 'answered' },
  })
  assert.deepEqual(servent.saidOf('served'), [])
})

test('an ultrapeer of the lab that would link tells whom it knows, and is refused', () => {
  const ultrapeer = new SiteInTest(peer.make(settings('ultrapeer')), WHOM.ip)
  const leaf = ultrapeer.called({ ip: '198.51.100.7', port: 50_000 })
  leaf.hear(
    bytesOf(
      'GNUTELLA CONNECT/0.6\r\nX-Ultrapeer: True\r\nListen-IP: 198.51.100.7:6346\r\n\r\n' +
        'GNUTELLA/0.6 200 OK\r\n\r\n',
    ),
  )
  const interview = inquire('handshake')
  const link = ultrapeer.called(US)
  const request = interview.opened(START).send[0]!
  link.hear(request)
  const answer = link.take()
  const step = interview.data!(answer, START)
  assert.equal(step.done, 'answered')
  assert.deepEqual(names(step.told), ['node 198.51.100.7:6346'])
  assert.match(latin1(step.send[0]!), /^GNUTELLA\/0\.6 503 /)
  link.hear(step.send[0]!)
  assert.ok(link.isClosed)
  assert.deepEqual(
    claims('link', request, answer).flatMap(({ via, about }) =>
      via === 'x-try' ? [about.ip] : [],
    ),
    ['198.51.100.7'],
  )
})

test('who is full, and who knows what a crawler wants, tells lists of its own', () => {
  const heard = (answer: string) => {
    const interview = inquire('handshake')
    interview.opened(START)
    return interview.data!(bytesOf(answer), START)
  }
  const full = heard(
    'GNUTELLA/0.6 503 Full\r\nX-Try-Ultrapeers: 198.51.100.7:6346 2003-01-01T00:00Z,198.51.100.8:6347\r\n\r\n',
  )
  assert.deepEqual(
    [names(full.told), full.send],
    [['node 198.51.100.7:6346', 'node 198.51.100.8:6347'], []],
  )
  const telling = heard(
    'GNUTELLA/0.6 200 OK\r\nPeers: 198.51.100.7:6346\r\nLeaves: 198.51.100.9:6346\r\nX-Try-Hubs: 198.51.100.5:6346\r\n\r\n',
  )
  assert.deepEqual(names(telling.told).sort(), [
    'g2 198.51.100.5:6346',
    'node 198.51.100.7:6346',
    'node 198.51.100.9:6346',
  ])
  assert.equal(heard('HTTP/1.1 400 Bad\r\n\r\n').done, 'unanswered')
  assert.deepEqual(heard('GNUTELLA/0.6 503 Fu'), { used: 0, send: [], told: [] })
})

test('a ping asks for addresses, and the pong to it has them packed', () => {
  const interview = inquire('ping')
  const ping = interview.opened(START).send[0]!
  // Type 00, TTL 1, hops 0, nine bytes: GGEP, last, three letters, SCP, length 1, 0.
  assert.equal(hex(ping, 16), '000100' + '07000000' + 'c3' + '83' + '534350' + '41' + '00')
  // Type 01: port 6346, 192.0.2.8, no files; GGEP IPP of 198.51.100.7:6346 and .8:6347.
  const ggep = 'c3' + '83' + '495050' + '4c' + 'c6336407ca18' + 'c6336408cb18'
  const payload = `ca18c00002080000000000000000${ggep}`
  const size = (payload.length / 2).toString(16).padStart(2, '0')
  const pong = concat(ping.subarray(0, 16), fromHex(`010100${size}000000${payload}`))
  const other = concat(new Uint8Array(16), pong.subarray(16))
  assert.equal(interview.datagram!(other, START).done, undefined)
  const step = interview.datagram!(pong, START)
  assert.deepEqual(
    [names(step.told), step.done],
    [['node 198.51.100.7:6346', 'node 198.51.100.8:6347'], 'answered'],
  )
  const silent = inquire('ping')
  silent.opened(START)
  assert.equal(silent.tick(START).send.length, 1)
  assert.equal(silent.tick(START).done, 'unanswered')
})

test('a cache of either version is asked for hosts and for other caches', () => {
  const interview = inquire('cache', { extra: 'http://cache.example.net/gwc.asp' })
  const request = interview.opened(START).send[0]!
  assert.match(
    latin1(request),
    /^GET \/gwc\.asp\?get=1&hostfile=1&net=gnutella&client=PSCP&version=1 HTTP\/1\.0\r\nHost: cache\.example\.net\r\n/,
  )
  const body =
    'H|198.51.100.7:6346|12\nU|http://198.51.100.3:8080/gwc|9\nU|http://name.example/|9\n'
  const answer = bytesOf(`HTTP/1.0 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  // Cut within the body, more is awaited.
  assert.deepEqual(interview.data!(answer.subarray(0, answer.length - 1), START).done, undefined)
  const step = interview.data!(answer, START)
  assert.deepEqual(step.told, [
    { at: { ip: '198.51.100.7', port: 6346 }, part: 'node' },
    {
      ...{ at: { ip: '198.51.100.3', port: 8080 }, part: 'gwebcache' },
      extra: 'http://198.51.100.3:8080/gwc',
    },
  ])
  assert.deepEqual(
    claims('gwebcache', request, answer).map(({ about, via }) => [about.ip, via]),
    [['198.51.100.7', 'gwebcache']],
  )
  // Without a length its end is silence.
  const first = inquire('cache')
  assert.match(
    latin1(first.opened(START).send[0]!),
    /^GET \/gwc\.php\?.*\r\nHost: 192\.0\.2\.8:6346\r\n/,
  )
  const begun = first.data!(bytesOf('HTTP/1.0 200 OK\r\n\r\n198.51.100.7:6346\r\n'), START)
  assert.deepEqual([begun.used, begun.wakeMicros], [0, START + 3_000_000])
  assert.deepEqual(names(first.tick(START + 3_000_000).told), ['node 198.51.100.7:6346'])
})

test('what is no content of theirs is nobody’s, and lists have none', () => {
  for (const { name } of crawler.channels) {
    const step = inquire(name, { content: 'urn:btih:00' }).opened(START)
    assert.deepEqual([step.send, step.done], [[], 'unanswered'], name)
  }
})
