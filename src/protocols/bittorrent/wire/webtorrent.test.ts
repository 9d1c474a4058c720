/** WebTorrent signalling: announces with offers, relayed answers, scrapes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, hex } from '../../../core/bytes.ts'
import { latin1 } from '../../../core/text.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { candidatesOf, webTorrentWire } from './webtorrent.ts'

const utf8 = (value: unknown) => new Uint8Array(Buffer.from(JSON.stringify(value), 'utf8'))

const HASH = 'H\xc1\xc7~\xcd\xd2\xb5\xf4\xd5e\xf2\xb9{g\xa5\xde\xfd#:!'
const PEER_ID = '-WW0200-0123456789ab'
const OFFER_ID = 'abcdefghij0123456789'
const SDP = [
  'v=0',
  'o=- 1 2 IN IP4 127.0.0.1',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'a=candidate:1 1 udp 2130706431 192.0.2.7 50000 typ host generation 0',
  'a=candidate:2 1 UDP 1694498815 203.0.113.7 50001 typ srflx raddr 192.0.2.7 rport 50000',
  'a=candidate:3 1 tcp 1518280447 2001:db8::7 9 typ host tcptype active',
  'a=candidate:4 1 udp 2130706431 0b1c2d3e-1111-2222-3333-444455556666.local 50002 typ host',
  'a=candidate:1 1 udp 2130706431 192.0.2.7 50000 typ host generation 0',
  '',
].join('\r\n')

const ANNOUNCE = utf8({
  numwant: 5,
  uploaded: 0,
  downloaded: 0,
  left: null,
  event: 'started',
  action: 'announce',
  info_hash: HASH,
  peer_id: PEER_ID,
  offers: [{ offer: { type: 'offer', sdp: SDP }, offer_id: OFFER_ID }],
})
const ANSWER = utf8({
  action: 'announce',
  info_hash: HASH,
  peer_id: PEER_ID,
  to_peer_id: PEER_ID,
  answer: { type: 'answer', sdp: SDP },
  offer_id: OFFER_ID,
})
const TOLD = utf8({ complete: 1, incomplete: 0, action: 'announce', interval: 3, info_hash: HASH })
const SCRAPED = utf8({
  action: 'scrape',
  files: { [HASH]: { complete: 1, incomplete: 2, downloaded: 3 } },
})

function read(bytes: Uint8Array) {
  const outcome = webTorrentWire.parse(bytes, 0)
  if (outcome.kind !== 'message') assert.fail(JSON.stringify(outcome))
  return outcome.message
}

test('keeps the contract of wires', () => {
  checkWire(webTorrentWire, [ANNOUNCE, ANSWER, TOLD, SCRAPED], { noiseCount: 5000 })
})

test('reads contents, ids and where the browsers listen', () => {
  const said = read(ANNOUNCE)
  assert.equal(hex(said.infoHashes[0]!), hex(bytesOf(HASH)))
  assert.equal(latin1(said.peerId!), PEER_ID)
  assert.equal(latin1(said.offers[0]!.offerId!), OFFER_ID)
  assert.deepEqual(said.offers[0]!.candidates, [
    { ip: '192.0.2.7', port: 50000, transport: 'udp', kind: 'host' },
    { ip: '203.0.113.7', port: 50001, transport: 'udp', kind: 'srflx' },
    { ip: '2001:db8::7', port: 9, transport: 'tcp', kind: 'host' },
  ])
  assert.equal(read(ANSWER).answer?.candidates.length, 3)
  assert.equal(read(SCRAPED).files[0]?.downloaded, 3)
  assert.deepEqual(candidatesOf('candidate:1 1 udp 1 999.1.1.1 5 typ host'), [])
})

test('names what is no message', () => {
  // biome-ignore format: a table
  const table = [
    ['', 'not-json'],
    ['[1]', 'not-json'],
    ['{', 'not-json'],
    [`${'['.repeat(100_000)}`, 'not-json'],
    ['{"action":"ping"}', 'action-unknown'],
    ['{"action":"announce"}', 'infohash-missing'],
    ['{"action":"announce","info_hash":"short"}', 'infohash-wrong'],
    ['{"action":"announce","info_hash":"\u0100aaaaaaaaaaaaaaaaaaa"}', 'infohash-wrong'],
    ['{"__proto__":{"action":"announce"}}', 'action-unknown'],
  ] as const
  for (const [input, fault] of table) {
    const outcome = webTorrentWire.parse(new Uint8Array(Buffer.from(input, 'utf8')), 0)
    assert.equal(outcome.kind === 'malformed' && outcome.fault, fault, input.slice(0, 60))
  }
})
