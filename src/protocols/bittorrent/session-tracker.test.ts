/** Trackers over HTTP and WebSocket, and web seeds: real connections, whole and cut at every byte. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import type { FlowFacts, Out } from '../../core/protocol.ts'
import { repositoryFile } from '../../core/repository.ts'
import {
  checkSession,
  factsOf,
  feed,
  type Kept,
  type Transcript,
} from '../../core/session-check.ts'
import { redactedPath } from './logs-tracker.ts'
import { TrackerSession } from './session-tracker.ts'
import { WebSeedSession } from './session-webseed.ts'
import { WebSocketSession } from './session-websocket.ts'

const tracker = { openSession: (flow: FlowFacts, out: Out) => new TrackerSession(flow, out) }
const webSocket = { openSession: (flow: FlowFacts, out: Out) => new WebSocketSession(flow, out) }
const webSeed = { openSession: (flow: FlowFacts, out: Out) => new WebSeedSession(flow, out) }

function fixture(name: string): CapturedFlow[] {
  return flowsOf(readFileSync(repositoryFile(`src/protocols/bittorrent/fixtures/${name}.pcap`)))
}

const HASH = '7f67a8a0faf677781cb7d1b901dd28d883e5dd61'
const ESCAPED = '%7fg%a8%a0%fa%f6wx%1c%b7%d1%b9%01%dd%28%d8%83%e5%dda'
const OPENER_IP = '192.0.2.1'

test('a real tracker: announces, answers, who is claimed', () => {
  const all = fixture('http-tracker').map((flow) =>
    checkSession(tracker, factsOfFlow(flow, 'tracker-http'), transcriptOf(flow)),
  )
  assert.deepEqual(
    all.flatMap((kept) => kept.of('fault')),
    [],
  )
  const requests = all.flatMap((kept) => kept.of('request'))
  assert.equal(requests.length, 7)
  assert.ok(requests.every(({ content }) => content === `urn:btih:${HASH}`))
  const claims = all.flatMap((kept) => kept.of('claim'))
  const told = claims.filter(({ via }) => via === 'tracker')
  assert.equal(told.length, 12)
  assert.ok(told.every(({ content }) => content === `urn:btih:${HASH}`))
  assert.deepEqual([...new Set(told.map(({ about }) => `${about.ip} ${about.port}`))].sort(), [
    '10.20.0.11 51413',
    '10.20.0.12 51414',
    '10.20.0.13 6881',
  ])
  // Two of seven announces say goodbye: they claim nothing.
  assert.equal(claims.filter(({ via }) => via === 'announce').length, 5)
  const software = all.flatMap((kept) => kept.of('client')).map((said) => said.software)
  assert.deepEqual([...new Set(software)].sort(), ['Transmission', 'aria2'])
  const answer = all[0]!.of('message')[1]!
  assert.deepEqual(answer.fields, {
    transport: 'http',
    type: 'response',
    action: 'announce',
    status: 200,
    interval: 1812,
    min_interval: 906,
    seeders: 1,
    leechers: 0,
    completed: 0,
    peers: [{ ip: '10.20.0.11', port: 51_413 }],
    info_hash: HASH,
  })
})

test('a refusal is told with its words', () => {
  const [flow] = fixture('http-tracker-refused')
  const kept = checkSession(tracker, factsOfFlow(flow!, 'tracker-http'), transcriptOf(flow!))
  const answer = kept.of('message')[1]!
  assert.equal(answer.fields.action, 'error')
  assert.match(String(answer.fields.failure_reason), /not authorized/)
})

function answer(body: Uint8Array, ...headers: string[]): Uint8Array {
  const lines = ['HTTP/1.1 200 OK', `Content-Length: ${body.length}`, ...headers, '', '']
  return concat(bytesOf(lines.join('\r\n')), body)
}

function ask(target: string, ...headers: string[]): Uint8Array {
  return bytesOf([`GET ${target} HTTP/1.1`, 'Host: t', ...headers, '', ''].join('\r\n'))
}

function run(...transcript: Transcript): Kept {
  return checkSession(tracker, factsOf('tcp', 'tracker-http'), transcript)
}

const ANSWER = concat(bytesOf('d8:intervali60e5:peers6:'), fromHex('c63364051ae1'), bytesOf('e'))
const ANNOUNCE = `/announce?info_hash=${ESCAPED}&peer_id=-TR3000-9dt5xtxoch48&port=7000`

test('several exchanges on one connection, gzip, chunks', () => {
  const chunked = concat(
    bytesOf('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n'),
    ANSWER.subarray(0, 5),
    bytesOf(`\r\n${(ANSWER.length - 5).toString(16)}\r\n`),
    ANSWER.subarray(5),
    bytesOf('\r\n0\r\n\r\n'),
  )
  const kept = run(
    [0, ask(ANNOUNCE)],
    [1, answer(ANSWER)],
    [0, ask(`${ANNOUNCE}&event=stopped`)],
    [1, answer(new Uint8Array(gzipSync(ANSWER)), 'Content-Encoding: gzip')],
    [0, ask(`/scrape?info_hash=${ESCAPED}`)],
    [1, answer(concat(bytesOf('d5:filesd20:'), fromHex(HASH), bytesOf('d8:completei5eeee')))],
    [0, ask(ANNOUNCE)],
    [1, chunked],
  )
  assert.deepEqual(
    kept.of('claim').map(({ via, about }) => [via, about.ip, about.port]),
    [
      ['announce', OPENER_IP, 7000],
      ['tracker', '198.51.100.5', 6881],
      ['tracker', '198.51.100.5', 6881],
      ['announce', OPENER_IP, 7000],
      ['tracker', '198.51.100.5', 6881],
    ],
  )
  const scrape = kept.of('message').find(({ name }) => name === 'scrape-response')!
  assert.deepEqual(scrape.fields.files, [{ info_hash: HASH, seeders: 5 }])
  // The same client announces three times, and is told once.
  assert.equal(kept.of('client').length, 1)
})

test('an address that the client claims is claimed, its own is not', () => {
  const kept = run([0, ask(`${ANNOUNCE}&ip=203.0.113.77`)])
  assert.deepEqual(
    kept.of('claim').map(({ about }) => about),
    [{ ip: '203.0.113.77', port: 7000 }],
  )
})

test('what is asked beside the tracker is nobody’s business', () => {
  const kept = run([0, ask('/favicon.ico')], [1, answer(bytesOf('d1:ai1ee'))])
  assert.deepEqual(kept.said, [])
})

test('an answer that does not read is a fault, an error page is none', () => {
  const broken = run([0, ask(ANNOUNCE)], [1, answer(bytesOf('d8:interval'))])
  assert.deepEqual(
    broken.of('fault').map(({ fault }) => fault),
    ['truncated'],
  )
  const page = bytesOf('HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>')
  const missing = run([0, ask(ANNOUNCE)], [1, page])
  assert.deepEqual(missing.of('fault'), [])
  assert.equal(missing.of('message')[1]!.fields.status, 404)
})

test('secrets of private trackers do not reach the log', () => {
  const secret = '0123456789abcdef0123456789abcdef'
  const kept = run([0, ask(`/${secret}/announce?passkey=${secret}&info_hash=${ESCAPED}&port=1`)])
  assert.equal(kept.of('message')[0]!.fields.path, '/(redacted)/announce')
  assert.ok(!JSON.stringify(kept.said).includes(secret))
  assert.equal(redactedPath('/announce.php'), '/announce.php')
  assert.equal(redactedPath('/announce/a1b2c3d4e5f6a7b8'), '/announce/(redacted)')
  assert.equal(redactedPath('/some-tracker-of-nobody/announce'), '/some-tracker-of-nobody/announce')
})

test('a real WebTorrent tracker: offers, answers, candidates', () => {
  const flows = fixture('websocket-tracker')
  const all = flows.map((flow) =>
    // Cutting at every byte is done for the first alone: the others are of the same kind.
    flow === flows[2]
      ? checkSession(webSocket, factsOfFlow(flow, 'tracker-websocket'), transcriptOf(flow))
      : feed(webSocket, factsOfFlow(flow, 'tracker-websocket'), transcriptOf(flow)).kept,
  )
  assert.deepEqual(
    all.flatMap((kept) => kept.of('fault')),
    [],
  )
  const claims = all.flatMap((kept) => kept.of('claim'))
  assert.ok(
    claims.every(
      ({ part, via, content }) =>
        part === 'webrtc' && via === 'webtorrent' && content !== undefined,
    ),
  )
  // The three data channels of the capture go between addresses that were offered here.
  for (const endpoint of ['10.80.40.10 52601', '10.80.40.11 43536', '10.80.40.12 60897']) {
    assert.ok(
      claims.some(({ about }) => `${about.ip} ${about.port}` === endpoint),
      endpoint,
    )
  }
  const names = all.flatMap((kept) => kept.of('message')).map(({ name }) => name)
  assert.ok(names.includes('announce-relayed') && names.includes('scrape-response'))
})

test('WebTorrent from the middle, and after a gap', () => {
  const flow = fixture('websocket-tracker')[0]!
  const inside = flow.pieces.filter(({ bytes }) => bytes[0] !== 0x47 && bytes[0] !== 0x48)
  const facts = { ...factsOfFlow(flow, 'tracker-websocket'), fromStart: false }
  const { kept, session } = feed(webSocket, facts, transcriptOf({ ...flow, pieces: inside }))
  assert.ok(kept.of('message').length > 3)
  assert.deepEqual(kept.of('fault'), [])
  assert.equal(session.lost, false)
  session.gap(0, 10, { micros: 0, frame: 0 })
  assert.equal(session.lost, true)
})

test('a real web seed: what moved', () => {
  const [flow] = fixture('webseed')
  const { kept } = feed(webSeed, factsOfFlow(flow!, 'webseed'), transcriptOf(flow!))
  assert.deepEqual(
    kept
      .of('message')
      .map(({ fields }) => fields.range ?? fields.status)
      .slice(0, 2),
    ['bytes=393216-399999', 206],
  )
  const [moved] = kept.of('transfer')
  assert.equal(moved?.name, 'ws.bin')
  // The Content-Length of its three answers, by tshark.
  const total = kept.of('message').filter(({ fields }) => fields.status === 206).length
  assert.equal(total, 3)
  assert.equal(moved!.bytes, 6784 + 2 * 32_768)
  assert.deepEqual(
    kept.of('client').map(({ software, version }) => [software, version]),
    [['Transmission', '3.00']],
  )
})

test('a web seed of BEP 17 names its content', () => {
  const kept = checkSession(webSeed, factsOf('tcp', 'webseed'), [
    [0, ask(`/seed?info_hash=${ESCAPED}&piece=2&ranges=0-99`)],
    [1, answer(new Uint8Array(100))],
  ])
  assert.deepEqual(kept.of('transfer')[0], {
    type: 'transfer',
    from: { ip: '198.51.100.2', port: 6881 },
    to: { ip: OPENER_IP, port: 40_000 },
    content: `urn:btih:${HASH}`,
    bytes: 100,
    via: 'webseed',
  })
  assert.equal(kept.of('message')[0]!.fields.piece, 2)
})
