/** Trackers and peers asked through proxies, by forms, or seen from one side: read like any other. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { limits } from '../../core/limits.ts'
import { checkSession, factsOf, feed } from '../../core/session-check.ts'
import { webSocketWire } from '../formats/websocket.ts'
import { bittorrent } from './index.ts'

test('requests by form, through proxies and tunnels are read like any other', () => {
  const facts = (part: string) => factsOf('tcp', part)
  const hash = '%12%34%56%78%9a%bc%de%f1%23%45%67%89%ab%cd%ef%12%34%56%78%9a'
  const content = 'urn:btih:123456789abcdef123456789abcdef123456789a'
  const announce = `/announce?info_hash=${hash}&peer_id=-TR3000-9dt5xtxoch48&port=51413`
  const body = 'd8:intervali1800e5:peers6:\xc6\x33\x64\x05\x1a\xe1e'
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const form = `info_hash=${hash}`
  const post = `POST /scrape HTTP/1.1\r\nContent-Length: ${form.length}\r\n\r\n${form}`
  const scraped = checkSession(bittorrent, facts('tracker-http'), [
    [0, bytesOf(post)],
    [1, bytesOf('HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nd5:filesd0:ee')],
  ])
  assert.deepEqual(
    scraped.of('request').map((said) => [said.what, said.content]),
    [['scrape', content]],
  )
  const page = 'GET http://a.example/ HTTP/1.1\r\n\r\n'
  const proxied = checkSession(bittorrent, facts('tracker-http'), [
    [0, bytesOf(page)],
    [1, bytesOf('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')],
    [0, bytesOf(`GET http://t.example:6969${announce} HTTP/1.1\r\nHost: t.example\r\n\r\n`)],
    [1, bytesOf(answer)],
  ])
  assert.deepEqual(proxied.of('fault'), [])
  assert.equal(proxied.of('message')[0]!.fields.path, '/announce')
  assert.deepEqual(
    proxied.of('claim').map(({ via, content: of }) => [via, of]),
    [
      ['announce', content],
      ['tracker', content],
    ],
  )
  const tunnelled = checkSession(bittorrent, facts('tracker-proxied'), [
    [0, bytesOf('CONNECT 203.0.113.80:6969 HTTP/1.1\r\n\r\n')],
    [1, bytesOf('HTTP/1.1 200 Connection established\r\n\r\n')],
    [0, bytesOf(`GET ${announce} HTTP/1.1\r\n\r\n`)],
    [1, bytesOf(answer)],
  ])
  assert.deepEqual(tunnelled.of('fault'), [])
  assert.deepEqual(
    tunnelled.of('claim').map(({ via, by, content: of }) => [via, by.ip, of]),
    [
      ['announce', '192.0.2.1', content],
      ['tracker', '203.0.113.80', content],
    ],
  )
})

test('a peer connection through a tunnel: the peer is the one that was asked for', () => {
  const hello = (id: string) =>
    concat(
      bytesOf('\x13BitTorrent protocol'),
      new Uint8Array(8),
      fromHex('11'.repeat(20)),
      bytesOf(id),
    )
  const kept = checkSession(bittorrent, factsOf('tcp', 'peer-proxied'), [
    [0, bytesOf('CONNECT [2001:db8::7]:6881 HTTP/1.1\r\n\r\n')],
    [1, bytesOf('HTTP/1.0 200 OK\r\n\r\n')],
    [0, hello('-TR3000-9dt5xtxoch48')],
    [1, hello('-qB4520-abcdefghijkl')],
  ])
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(
    kept.of('client').map(({ who, software }) => [who.ip, software]),
    [
      ['192.0.2.1', 'Transmission'],
      ['2001:db8::7', 'qBittorrent'],
    ],
  )
})

test('through SOCKS the peer is the one that was asked for, in datagrams each for itself', () => {
  const hello = (id: string) =>
    concat(bytesOf('\x13BitTorrent protocol'), new Uint8Array(28).fill(0x11), bytesOf(id))
  const tcp = checkSession(bittorrent, factsOf('tcp', 'peer-proxied'), [
    [0, fromHex('0501 00')],
    [1, fromHex('0500')],
    [0, fromHex('050100 01 cb007107 1ae1')],
    [1, fromHex('050000 01 c0000201 d431')],
    [0, hello('-TR3000-9dt5xtxoch48')],
    [1, hello('-qB4520-abcdefghijkl')],
  ])
  assert.deepEqual(tcp.of('fault'), [])
  assert.deepEqual(
    tcp.of('client').map(({ who, software }) => [who.ip, software]),
    [
      ['192.0.2.1', 'Transmission'],
      ['203.0.113.7', 'qBittorrent'],
    ],
  )
  const answer = (ip: string) =>
    concat(
      fromHex(`0000 00 01 ${ip} 1ae1`),
      bytesOf('d1:rd2:id20:abcdefghij01234567895:token2:xx6:valuesl6:'),
      fromHex('c6336409 c8d5'),
      bytesOf('ee1:t2:aa1:y1:re'),
    )
  const udp = checkSession(bittorrent, factsOf('udp', 'udp-proxied'), [
    [1, answer('cb007107')],
    [1, answer('cb007108')],
    [1, bytesOf('no head')],
  ])
  assert.equal(udp.of('fault').length, 0)
  const told = udp.of('claim').map(({ by, about }) => `${by.ip} of ${about.ip}`)
  const of = (ip: string) => told.filter((each) => each === `${ip} of 198.51.100.9`).length
  assert.deepEqual([of('203.0.113.7') > 0, of('203.0.113.8') > 0], [true, true])
})

test('far ends that come and go through SOCKS are not all remembered', () => {
  const ping = bytesOf('d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe')
  const ask = bytesOf(
    'd1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:bb1:y1:qe',
  )
  const answer = bytesOf(
    'd1:rd2:id20:0123456789abcdefghij5:token2:xx6:valuesl6:\xc6\x33\x64\x09\xc8\xd5ee1:t2:bb1:y1:re',
  )
  const head = (n: number) => fromHex(`0000 00 01 cb0071${n.toString(16).padStart(2, '0')} 1ae1`)
  // What was asked is known of an answer as long as its far end is remembered.
  const contentAfter = (others: number): unknown => {
    const between = Array.from(
      { length: others },
      (_, n) => [0, concat(head(n + 1), ping)] as const,
    )
    const kept = feed(bittorrent, factsOf('udp', 'udp-proxied'), [
      [0, concat(head(0), ask)],
      ...between,
      [1, concat(head(0), answer)],
    ]).kept
    return kept.of('claim').find(({ about }) => about.ip === '198.51.100.9')?.content
  }
  const content = 'urn:btih:6d6e6f707172737475767778797a313233343536'
  assert.equal(contentAfter(limits.wrappedStreamsMax - 1), content)
  assert.equal(contentAfter(limits.wrappedStreamsMax), undefined)
})

test('one direction of a WebTorrent tracker: its messages are read', () => {
  const signal =
    '{"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"-WW0200-0123456789ab"}'
  const frame = (mask: boolean) =>
    webSocketWire.emit({
      final: true,
      opcode: 1,
      compressed: false,
      payload: bytesOf(signal),
      ...(mask ? { mask: fromHex('37fa213d') } : {}),
    })
  const asked = checkSession(bittorrent, factsOf('tcp', 'tracker-websocket'), [
    [0, bytesOf('GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n')],
    [0, frame(true)],
    [0, frame(true)],
  ])
  assert.deepEqual(asked.of('fault'), [])
  assert.equal(asked.of('request').length, 2)
  const told = checkSession(bittorrent, factsOf('tcp', 'tracker-websocket'), [
    [1, bytesOf('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n')],
    [1, frame(false)],
  ])
  assert.deepEqual(told.of('fault'), [])
  assert.equal(told.of('message').length, 1)
})
