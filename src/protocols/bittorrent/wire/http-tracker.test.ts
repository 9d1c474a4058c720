/** HTTP tracker: what three real clients asked, and answers of every kind. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex, hex } from '../../../core/bytes.ts'
import { latin1 } from '../../../core/text.ts'
import { checkWire } from '../../../core/wire-check.ts'
import {
  externalIp,
  httpTrackerRequestWire,
  httpTrackerResponseWire,
  percentEncoded,
} from './http-tracker.ts'

const HASH = '7f67a8a0faf677781cb7d1b901dd28d883e5dd61'

// Transmission 3.00 and aria2 1.36.0 of one swarm: each escapes other bytes, in other digits.
const TRANSMISSION =
  '/announce?info_hash=%7fg%a8%a0%fa%f6wx%1c%b7%d1%b9%01%dd%28%d8%83%e5%dda&peer_id=-TR3000-9dt5xtxoch48&port=51413&uploaded=0&downloaded=0&left=0&numwant=80&key=23415261&compact=1&supportcrypto=1&event=started'
const ARIA2 =
  '/announce?info_hash=%7Fg%A8%A0%FA%F6wx%1C%B7%D1%B9%01%DD%28%D8%83%E5%DDa&peer_id=A2-1-36-0-a%BE%ABoW%E6%09%D0P%3E&uploaded=0&downloaded=0&left=393000&compact=1&key=%ABoW%E6%09%D0P%3E&numwant=50&no_peer_id=1&port=6881&event=started&supportcrypto=1'
const SCRAPE = `/x/scrape.php?info_hash=${percentEncoded(fromHex(HASH))}&info_hash=aaaaaaaaaaaaaaaaaaaa`

function asked(target: string) {
  const outcome = httpTrackerRequestWire.parse(bytesOf(target), 0)
  if (outcome.kind !== 'message') assert.fail(`${target}: ${JSON.stringify(outcome)}`)
  return outcome.message
}

function answered(body: Uint8Array) {
  const outcome = httpTrackerResponseWire.parse(body, 0)
  if (outcome.kind !== 'message') assert.fail(JSON.stringify(outcome))
  return outcome.message
}

const COMPACT = concat(
  bytesOf(
    'd8:completei1e10:downloadedi0e10:incompletei1e8:intervali1797e12:min intervali898e5:peers12:',
  ),
  fromHex('c00002051ae1 c63364070000'),
  bytesOf('6:peers618:'),
  fromHex('20010db8000000000000000000000001c8d5'),
  bytesOf('e'),
)
const DICTIONARIES = bytesOf(
  'd8:intervali60e5:peersld2:ip9:192.0.2.57:peer id20:-TR3000-9dt5xtxoch484:porti6881eed2:ip9:localhost4:porti1eed2:ip11:2001:db8::14:porti2eeee',
)
const REFUSED = bytesOf(
  'd14:failure reason63:Requested download is not authorized for use with this tracker.8:retry ini5ee',
)
const SCRAPED = concat(
  bytesOf('d5:filesd20:'),
  fromHex(HASH),
  bytesOf(
    'd8:completei5e10:downloadedi50e10:incompletei10e4:name3:abcee5:flagsd20:min_request_intervali900eee',
  ),
)
const EXTERNAL = concat(
  bytesOf('d11:external ip4:'),
  fromHex('cb007107'),
  bytesOf('8:intervali9e5:peers0:e'),
)

test('keeps the contract of wires', () => {
  checkWire(httpTrackerRequestWire, [TRANSMISSION, ARIA2, SCRAPE, '/scrape'].map(bytesOf))
  checkWire(httpTrackerResponseWire, [COMPACT, DICTIONARIES, REFUSED, SCRAPED, EXTERNAL])
})

test('reads announces, whatever was escaped', () => {
  for (const target of [TRANSMISSION, ARIA2]) {
    const said = asked(target)
    assert.equal(said.action, 'announce')
    assert.deepEqual(
      said.infoHashes.map((hash) => hex(hash)),
      [HASH],
    )
    assert.equal(said.peerId?.length, 20)
  }
  const said = asked(TRANSMISSION)
  assert.equal(latin1(said.peerId!), '-TR3000-9dt5xtxoch48')
  assert.equal(said.port, 51413)
  assert.equal(asked(ARIA2).port, 6881)
})

test('a plus sign in a hash is a plus sign', () => {
  const said = asked('/announce?info_hash=aaaaaaaaa+aaaaaaaaaa&peer_id=x')
  assert.equal(latin1(said.infoHashes[0]!), 'aaaaaaaaa+aaaaaaaaaa')
})

test('reads scrapes of several contents, and of all', () => {
  const said = asked(SCRAPE)
  assert.equal(said.action, 'scrape')
  assert.deepEqual(
    said.infoHashes.map((hash) => hex(hash)),
    [HASH, '61'.repeat(20)],
  )
  assert.equal(asked('/scrape').infoHashes.length, 0)
})

test('reads the addresses that clients claim', () => {
  const base = `/a?info_hash=${'a'.repeat(20)}&port=6881`
  assert.deepEqual(asked(`${base}&ip=203.0.113.9`).claimed, [{ ip: '203.0.113.9', port: 6881 }])
  assert.deepEqual(asked(`${base}&ipv6=%5B2001%3Adb8%3A%3A5%5D%3A77&ip=nobody`).claimed, [
    { ip: '2001:db8::5', port: 77 },
  ])
  assert.deepEqual(asked(`${base}&ipv6=2001:db8::6`).claimed, [{ ip: '2001:db8::6', port: 6881 }])
})

test('names what is no request', () => {
  // biome-ignore format: a table
  const table = [
    ['/', 'not-a-tracker-request'],
    ['/search?q=info_hash', 'not-a-tracker-request'],
    [`/api?info_hash=${HASH}`, 'infohash-length-wrong'],       // hex: no tracker asks so
    ['/announce?info_hash=%7f', 'infohash-length-wrong'],
    [`/${'a'.repeat(20_000)}`, 'target-too-long'],
  ] as const
  for (const [target, fault] of table) {
    const outcome = httpTrackerRequestWire.parse(bytesOf(target), 0)
    assert.equal(outcome.kind === 'malformed' && outcome.fault, fault, target)
  }
})

test('reads answers: compact, dictionaries, refusal, scrape', () => {
  const compact = answered(COMPACT)
  assert.equal(compact.kind, 'announce')
  assert.deepEqual(compact.peers, [
    { ip: '192.0.2.5', port: 6881 },
    { ip: '198.51.100.7', port: 0 },
    { ip: '2001:db8::1', port: 51413 },
  ])
  // A name is nobody's address and is left out.
  assert.deepEqual(
    answered(DICTIONARIES).peers.map(({ ip, port }) => ({ ip, port })),
    [
      { ip: '192.0.2.5', port: 6881 },
      { ip: '2001:db8::1', port: 2 },
    ],
  )
  assert.equal(latin1(answered(DICTIONARIES).peers[0]!.peerId!), '-TR3000-9dt5xtxoch48')
  assert.equal(answered(REFUSED).kind, 'failure')
  const [file] = answered(SCRAPED).files
  assert.equal(hex(file!.infoHash), HASH)
  assert.deepEqual(
    [file!.complete, file!.downloaded, file!.incomplete, file!.name],
    [5, 50, 10, 'abc'],
  )
  assert.equal(externalIp(answered(EXTERNAL)), '203.0.113.7')
})

test('a list that does not read is told, what else there is stays', () => {
  const said = answered(bytesOf('d8:intervali60e5:peers7:abcdefge'))
  assert.equal(said.listFault, 'list-not-multiple-of-6')
  assert.equal(said.dict.number('interval'), 60)
})

test('names what is no answer', () => {
  // biome-ignore format: a table
  const table = [
    ['i1e', 'not-a-dictionary'],
    ['d8:announce3:abc4:infodee', 'not-a-tracker-answer'],     // a torrent file
    ['d8:intervali60e', 'truncated'],
    ['<html>', 'bencode-bad-start'],
  ] as const
  for (const [body, fault] of table) {
    const outcome = httpTrackerResponseWire.parse(bytesOf(body), 0)
    assert.equal(outcome.kind === 'malformed' && outcome.fault, fault, body)
  }
})
