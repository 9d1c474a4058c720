/**
 * Trackers, nodes and peers are asked in words that announce nobody and ask for no content; what they
 * answer is told as it stands, damaged answers tell nothing, and silence ends an interview.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointText } from '../../core/address.ts'
import { bytesOf, concat, fromHex, hex } from '../../core/bytes.ts'
import type { Interview, Question, Step } from '../../core/crawler.ts'
import { randomFrom } from '../../core/random.ts'
import { latin1 } from '../../core/text.ts'
import { crawler } from './crawler.ts'
import { krpcWire } from './wire/krpc.ts'
import { udpTrackerRequestWire } from './wire/udp-tracker.ts'

const HASH = '5a'.repeat(20)
const CONTENT = `urn:btih:${HASH}`
const WHOM = { ip: '198.51.100.1', port: 6881 }
const NOW = 1_700_000_000_000_000
const SECOND = 1_000_000

function ask(channel: string, more: Partial<Question> = {}): Interview {
  return crawler.inquire({ channel, whom: WHOM, content: CONTENT, self: 7, pair: 0x1234, ...more })
}

function toldOf({ told }: Step): string[] {
  return told.map(({ at, part, content, id }) =>
    [part, endpointText(at), content ?? '', id ?? ''].join(' ').trim(),
  )
}

test('A hash as people copy it is a content; others are none', () => {
  const link = `magnet:?dn=a%20b&xt=${CONTENT}&tr=http%3A%2F%2F192.0.2.1%2Fannounce`
  // Forty digits 5a, eight times `01011010` five times: eight letters of base 32 that come again.
  const inBase32 = `urn:btih:${'LJNFUWS2'.repeat(4)}`
  for (const text of [HASH.toUpperCase(), CONTENT, link, inBase32]) {
    assert.equal(crawler.contentOf?.(text), CONTENT, text)
  }
  for (const other of ['', '5a', 'magnet:?dn=a', 'urn:btih:5a', '5a'.repeat(16), 'z'.repeat(40)]) {
    assert.equal(crawler.contentOf?.(other), undefined)
  }
})

test('A content of another protocol is asked of nobody', () => {
  for (const { name } of crawler.channels.filter(({ maps }) => maps !== true)) {
    const step = ask(name, { content: `urn:ed2k:${'5a'.repeat(16)}` }).opened(NOW)
    assert.deepEqual([step.send, step.done], [[], 'unanswered'], name)
  }
})

test('An HTTP tracker hears of port 0 and, on a new connection, that this is over', () => {
  const interview = ask('tracker', { extra: '/x/announce?key=1' })
  const said = latin1(interview.opened(NOW).send[0]!)
  const escaped = 'Z'.repeat(20)
  assert.match(said, new RegExp(`^GET /x/announce\\?key=1&info_hash=${escaped}&peer_id=-PS0001-`))
  assert.match(said, /&port=0&uploaded=0&downloaded=0&left=1&compact=1&numwant=200 HTTP\/1\.0\r\n/)
  assert.doesNotMatch(said, /event=|ip=/)
  const peers = fromHex('c633640d1ae1cb0071631236')
  const answer = concat(
    bytesOf('HTTP/1.0 200 OK\r\n\r\nd8:intervali1800e5:peers12:'),
    peers,
    bytesOf('e'),
  )
  // Cut anywhere, it waits.
  for (let size = 0; size < answer.length; size++) {
    const step = ask('tracker').data!(answer.subarray(0, size), NOW)
    assert.deepEqual([step.used, step.done], [0, undefined], `${size} bytes`)
  }
  const step = interview.data!(answer, NOW)
  assert.deepEqual(toldOf(step), [
    `peer 198.51.100.13:6881 ${CONTENT}`,
    `peer 203.0.113.99:4662 ${CONTENT}`,
  ])
  assert.equal(step.redial, true)
  assert.match(latin1(interview.opened(NOW).send[0]!), /&port=0&.*&numwant=0&event=stopped HTTP/)
  assert.equal(interview.data!(bytesOf('HTTP/1.0 200 OK\r\n\r\n'), NOW).done, 'answered')
})

test('A tracker that refuses, or is a web page, tells nothing', () => {
  for (const body of ['d14:failure reason12:invalid porte', '<html>', 'i1e']) {
    const interview = ask('tracker')
    interview.opened(NOW)
    const step = interview.data!(bytesOf(`HTTP/1.1 200 OK\r\n\r\n${body}`), NOW)
    assert.deepEqual([step.told, step.done], [[], 'unanswered'], body)
  }
  const silent = ask('tracker')
  const { wakeMicros } = silent.opened(NOW)
  assert.equal(silent.tick(wakeMicros!).done, 'unanswered')
})

test('A path cannot end the request line', () => {
  const interview = ask('tracker', { extra: '/a HTTP/1.0\r\nX: y' })
  assert.match(latin1(interview.opened(NOW).send[0]!), /^GET \/announce\?/)
})

test('A UDP tracker is told of port 0, and at once that this is over', () => {
  const interview = ask('tracker-udp')
  const first = interview.opened(NOW)
  const connect = udpTrackerRequestWire.parse(first.send[0]!, 0)
  if (connect.kind !== 'message') assert.fail('no request')
  const transaction = hex(first.send[0]!, 12, 4)
  assert.equal(connect.message.action, 'connect')
  // Of another transaction: not an answer.
  assert.deepEqual(interview.datagram!(fromHex(`0000000099999999${'11'.repeat(8)}`), NOW).send, [])
  const second = interview.datagram!(fromHex(`00000000${transaction}${'11'.repeat(8)}`), NOW)
  const announce = udpTrackerRequestWire.parse(second.send[0]!, 0)
  if (announce.kind !== 'message' || announce.message.action !== 'announce') assert.fail()
  const { port, event, leftBig, ip, connectionBig } = announce.message
  assert.deepEqual([port, event, leftBig, ip], [0, 0, 1n, '0.0.0.0'])
  assert.equal(connectionBig, 0x1111_1111_1111_1111n)
  const next = hex(second.send[0]!, 12, 4)
  const answer = fromHex(`00000001${next}000007080000000100000002c633640d1ae1`)
  const last = interview.datagram!(answer, NOW)
  assert.deepEqual(toldOf(last), [`peer 198.51.100.13:6881 ${CONTENT}`])
  const stopped = udpTrackerRequestWire.parse(last.send[0]!, 0)
  if (stopped.kind !== 'message' || stopped.message.action !== 'announce') assert.fail()
  assert.deepEqual([stopped.message.event, stopped.message.port, last.done], [3, 0, 'answered'])
})

/** Asks as often as it likes, and is not heard. */
function silence(interview: Interview): number {
  let step = interview.opened(NOW)
  let sent = step.send.length
  for (let i = 0; i < 20 && step.done === undefined; i++) {
    step = interview.tick(step.wakeMicros!)
    sent += step.send.length
  }
  assert.equal(step.done, 'unanswered')
  return sent
}

test('Who does not answer is asked two or three times', () => {
  assert.equal(silence(ask('tracker-udp')), 3)
  assert.equal(silence(ask('dht')), 2)
  assert.equal(silence(ask('pex')), 1)
})

/** The query that a step sends. */
function queryOf({ send }: Step) {
  const outcome = krpcWire.parse(send[0]!, 0)
  if (outcome.kind !== 'message' || outcome.message.kind !== 'query') assert.fail('no query')
  return outcome.message
}

/** A reply of a node. */
function reply(transaction: Uint8Array, id: string, values: string): Uint8Array {
  const start = concat(bytesOf('d1:rd2:id20:'), fromHex(id), bytesOf(values))
  return concat(start, bytesOf('e1:t2:'), transaction, bytesOf('1:y1:re'))
}

test('A node is asked for peers by who is no node, and never told of any', () => {
  const interview = ask('dht', { id: '11'.repeat(20) })
  const query = queryOf(interview.opened(NOW))
  assert.deepEqual([query.method, query.readOnly], ['get_peers', true])
  assert.deepEqual(query.args.keys, ['id', 'info_hash', 'want'])
  const nodes = latin1(fromHex(`${'22'.repeat(20)}c63364021ae1`))
  const values = `5:nodes26:${nodes}5:token2:xy6:valuesl6:${latin1(fromHex('cb0071631236'))}e`
  const step = interview.datagram!(reply(query.transaction, '11'.repeat(20), values), NOW)
  assert.deepEqual(toldOf(step), [
    `dht 198.51.100.2:6881  ${'22'.repeat(20)}`,
    `peer 203.0.113.99:4662 ${CONTENT}`,
  ])
  assert.deepEqual([step.done, step.send], ['answered', []])
})

test('For a map a node is asked for itself, then for the buckets around it', () => {
  const id = '00'.repeat(20)
  const interview = crawler.inquire({ channel: 'dht', whom: WHOM, id, self: 7, pair: 9 })
  let step = interview.opened(NOW)
  assert.equal(hex(queryOf(step).args.bytes('target')!), id)
  // The nearest share eight and twelve bits with it: what is beyond eight may be cut short.
  const near = ['0008', '0080'].map((start) => `${start}${'00'.repeat(18)}c63364021ae1`).join('')
  const values = `5:nodes52:${latin1(fromHex(near))}`
  const targets: string[] = []
  while (step.done === undefined) {
    step = interview.datagram!(reply(queryOf(step).transaction, id, values), NOW)
    if (step.send.length > 0) targets.push(hex(queryOf(step).args.bytes('target')!, 0, 2))
  }
  assert.equal(targets.length, 9)
  // Bits eight to three, counted from the first; three of those before, by chance.
  const next = ['0080', '0100', '0200', '0400', '0800', '1000']
  assert.deepEqual(targets.filter((target) => next.includes(target)).sort(), next)
  const far = targets.filter((target) => !next.includes(target))
  assert.ok(
    far.every((target) => /^(?:20|40|80)00$/.test(target)),
    far.join(),
  )
})

test('A peer hears a handshake and what is understood, and nothing more', () => {
  const interview = ask('pex')
  const hello = interview.opened(NOW).send[0]!
  assert.equal(hex(hello, 0, 48), `13${hex(bytesOf('BitTorrent protocol'))}0000000000100001${HASH}`)
  const theirs = concat(hello.subarray(0, 48), bytesOf('-TR4000-abcdefghijkl'))
  const step = interview.data!(theirs, NOW)
  assert.equal(step.used, 68)
  assert.equal(hex(step.send[0]!, 4, 2), '1400')
  assert.match(latin1(step.send[0]!, 6), /^d1:md6:ut_pexi1ee1:v\d+:Peerscope/)
  assert.doesNotMatch(latin1(step.send[0]!), /1:pi/)
  // A bitfield, a port of a DHT node, peer exchange for us: 198.51.100.2 and 203.0.113.99.
  const pex = bytesOf(`d5:added12:${latin1(fromHex('c63364021ae1cb0071631236'))}e`)
  const messages = concat(
    fromHex('0000000205ff00000003091ae2'),
    Uint8Array.of(0, 0, 0, 2 + pex.length, 20, 1),
    pex,
  )
  for (let size = 0; size < messages.length; size++) {
    const cut = ask('pex')
    cut.data!(theirs, NOW)
    assert.equal(cut.data!(messages.subarray(0, size), NOW).done, undefined, `${size} bytes`)
  }
  const told = interview.data!(messages, NOW)
  assert.deepEqual(toldOf(told), [
    'dht 198.51.100.1:6882',
    `peer 198.51.100.2:6881 ${CONTENT}`,
    `peer 203.0.113.99:4662 ${CONTENT}`,
  ])
  assert.deepEqual([told.send, told.done, told.used], [[], 'answered', messages.length])
})

test('Who greets and tells of nobody is waited for, with a keep-alive a minute', () => {
  const interview = ask('pex')
  const hello = interview.opened(NOW).send[0]!
  let step = interview.data!(hello, NOW)
  const said: string[] = []
  while (step.done === undefined) {
    step = interview.tick(step.wakeMicros!)
    said.push(...step.send.map((bytes) => hex(bytes)))
  }
  assert.deepEqual([said, step.done], [['00000000', '00000000', '00000000'], 'answered'])
})

test('A peer of another content, or of another protocol, is left', () => {
  const hello = ask('pex').opened(NOW).send[0]!
  const other = concat(hello.subarray(0, 28), new Uint8Array(40))
  assert.equal(ask('pex').data!(other, NOW).done, 'unanswered')
  assert.equal(ask('pex').data!(bytesOf('HTTP/1.1 400 Bad Request'), NOW).done, 'unanswered')
})

test('Noise and damage end no crawl', () => {
  const random = randomFrom(3)
  for (let round = 0; round < 2000; round++) {
    const channel = crawler.channels[round % crawler.channels.length]!
    const interview = ask(channel.name)
    const first = interview.opened(NOW).send[0]!
    // Part echo, part chance.
    const bytes = Uint8Array.from({ length: random() % 200 }, (_, i) =>
      random() % 4 === 0 ? random() % 256 : (first[i] ?? random() % 256),
    )
    const step =
      channel.carrier === 'tcp'
        ? interview.data!(bytes, NOW)
        : interview.datagram!(bytes, NOW + SECOND)
    assert.ok(step.used <= bytes.length)
  }
})
