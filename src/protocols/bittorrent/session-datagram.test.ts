/** One UDP flow read to its end: who says what of whom, in real flows and made ones. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { type CapturedFlow, factsOfFlow, flowsOf, transcriptOf } from '../../core/captured-flows.ts'
import type { Said } from '../../core/event.ts'
import { repositoryFile } from '../../core/repository.ts'
import { checkSession, factsOf, Kept, type Transcript } from '../../core/session-check.ts'
import { DatagramSession } from './session-datagram.ts'

const protocol = {
  openSession: (...[flow, out]: ConstructorParameters<typeof DatagramSession>) =>
    new DatagramSession(flow, out),
}

const HASH = '6d6e6f707172737475767778797a313233343536'
const CONTENT = `urn:btih:${HASH}`
const ID = '6162636465666768696a30313233343536373839'
const OPENER = { ip: '192.0.2.1', port: 40_000 }
const OTHER = { ip: '198.51.100.2', port: 6881 }

function run(...transcript: Transcript): Kept {
  return checkSession(protocol, factsOf('udp', 'dht'), transcript)
}

function runFlow(flow: CapturedFlow): Kept {
  const transcript = transcriptOf(flow)
  return checkSession(protocol, factsOfFlow(flow, 'dht'), transcript)
}

function fixture(name: string): CapturedFlow[] {
  return flowsOf(readFileSync(repositoryFile(`src/protocols/bittorrent/fixtures/${name}.pcap`)))
}

const without = (said: readonly Said[], ...types: Said['type'][]) =>
  said.filter(({ type }) => !types.includes(type))

const GET_PEERS = bytesOf(
  'd1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:y1:qe',
)
const VALUES = concat(
  bytesOf('d1:rd2:id20:abcdefghij01234567895:nodes26:'),
  fromHex(`${ID} cb0071091ae1`),
  bytesOf('5:token8:aoeusnth6:valuesl6:'),
  fromHex('c63364051ae1'),
  bytesOf('18:'),
  fromHex('20010db8000000000000000000000005c8d5'),
  bytesOf('ee1:t2:aa1:y1:re'),
)

test('peers in an answer have the content that was asked for', () => {
  const kept = run([0, GET_PEERS], [1, VALUES])
  assert.deepEqual(without(kept.said, 'message'), [
    { type: 'request', by: OPENER, of: OTHER, what: 'get-peers', content: CONTENT },
    ...[
      { ip: '198.51.100.5', port: 6881 },
      { ip: '2001:db8::5', port: 51_413 },
    ].map((about) => ({
      type: 'claim',
      by: OTHER,
      about,
      part: 'peer',
      carriers: 'both',
      via: 'dht-values',
      content: CONTENT,
    })),
    {
      type: 'claim',
      by: OTHER,
      about: { ip: '203.0.113.9', port: 6881 },
      part: 'dht',
      carriers: 'udp',
      via: 'dht-nodes',
      id: ID,
    },
  ])
  const reply = kept.of('message').find(({ name }) => name === 'get-peers-reply')!
  assert.deepEqual(reply.fields, {
    transaction_id: '6161',
    response: {
      id: ID,
      nodes: [{ id: ID, ip: '203.0.113.9', port: 6881 }],
      values: [
        { ip: '198.51.100.5', port: 6881 },
        { ip: '2001:db8::5', port: 51_413 },
      ],
      token: '616f6575736e7468',
    },
  })
})

test('an answer without its question makes claims without content', () => {
  const claims = run([1, VALUES]).of('claim')
  assert.equal(claims.length, 3)
  assert.ok(claims.every((claim) => claim.content === undefined))
})

test('an answer pairs with the question of the other side only, and once', () => {
  const kept = run([1, GET_PEERS], [1, VALUES], [0, VALUES], [0, VALUES])
  const contents = kept.of('claim').filter(({ via }) => via === 'dht-values')
  assert.deepEqual(
    contents.map(({ content }) => content),
    [undefined, undefined, CONTENT, CONTENT, undefined, undefined],
  )
})

function announce(extra: string): Uint8Array {
  return bytesOf(
    `d1:ad2:id20:abcdefghij0123456789${extra}9:info_hash20:mnopqrstuvwxyz1234564:porti7001e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe`,
  )
}

test('an announce is a claim of the sender about itself', () => {
  const plain = run([0, announce('')]).of('claim')
  assert.deepEqual(
    plain.map(({ by, about, via, content }) => ({ by, about, via, content })),
    [{ by: OPENER, about: { ip: '192.0.2.1', port: 7001 }, via: 'dht-announce', content: CONTENT }],
  )
  // implied_port: the port the datagram came from.
  assert.deepEqual(run([0, announce('12:implied_porti1e')]).of('claim')[0]!.about, OPENER)
  assert.equal(run([0, announce('12:implied_porti0e')]).of('claim')[0]!.about.port, 7001)
})

test('what Suricata has no field for is said in the extension log', () => {
  const sample = concat(
    bytesOf('d1:rd2:id20:abcdefghij01234567898:intervali60e3:numi2e7:samples40:'),
    fromHex(`${HASH} ${ID}`),
    bytesOf('e1:t2:aa1:y1:re'),
  )
  const query = bytesOf(
    'd1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz1234564:wantl2:n42:n6ee1:q17:sample_infohashes2:roi1e1:t2:aa1:y1:qe',
  )
  const kept = run([0, query], [1, sample])
  const [asked, told] = kept.of('message').filter(({ log }) => log === 'bittorrent_dht_extension')
  assert.deepEqual(asked!.fields, {
    type: 'sample_infohashes',
    transaction_id: '6161',
    id: ID,
    read_only: true,
    want: ['n4', 'n6'],
    id_fits_address: false,
  })
  assert.deepEqual(told!.fields, {
    type: 'reply',
    transaction_id: '6161',
    id: ID,
    interval: 60,
    num: 2,
    samples: [HASH, ID],
    id_fits_address: false,
  })
  assert.equal(told!.name, 'sample-infohashes-reply')
})

test('an address that a node saw, and that is not the one in the packet, is told once', () => {
  const reply = concat(
    bytesOf('d2:ip6:'),
    fromHex('cb0071631ae1'),
    bytesOf('1:rd2:id20:abcdefghij0123456789e1:t2:aa1:y1:re'),
  )
  const same = concat(
    bytesOf('d2:ip6:'),
    fromHex('c00002019c40'),
    bytesOf('1:rd2:id20:abcdefghij0123456789e1:t2:aa1:y1:re'),
  )
  const seen = (kept: Kept) =>
    kept
      .of('message')
      .flatMap(({ fields }) => (fields.seen_as === undefined ? [] : [fields.seen_as]))
  assert.deepEqual(seen(run([1, reply], [1, reply])), [{ ip: '203.0.113.99', port: 6881 }])
  assert.deepEqual(seen(run([1, same])), [])
})

test('damage is told, with its place, and the rest of the flow is read', () => {
  const kept = run(
    [0, bytesOf('d1:ai03ee')],
    [0, concat(GET_PEERS, bytesOf('\0\0'))],
    [
      1,
      bytesOf(
        'd1:rd2:id20:abcdefghij01234567895:nodes9:def456...6:valuesl3:abc6:axje.uee1:t2:aa1:y1:re',
      ),
    ],
  )
  assert.deepEqual(
    kept.of('fault').map(({ fault, side, at, resumes }) => [fault, side, at, resumes]),
    [
      ['bencode-bad-integer', 0, 4, true],
      ['bytes-after-message', 0, GET_PEERS.length, true],
      ['list-not-multiple-of-26', 1, 39, true],
      ['values-not-peers', 1, 58, true],
    ],
  )
  const [claim] = kept.of('claim')
  assert.deepEqual(claim!.about, { ip: '97.120.106.101', port: 0x2e75 })
  assert.equal(claim!.content, CONTENT)
})

test('a packet that the capture cut still tells its content', () => {
  const announced = fromHex(`0102030405060708 00000001 12345679 ${HASH} 2d5452`)
  const connect = fromHex('0000041727101980 00000000 12345678')
  const kept = run(
    [0, GET_PEERS.subarray(0, 86)],
    [0, announce('12:implied_porti1e').subarray(0, 86)],
    [0, GET_PEERS.subarray(0, 60)],
    [0, connect],
    [0, announced],
  )
  assert.deepEqual(
    kept.of('request').map(({ what, content }) => [what, content]),
    [
      ['get-peers', CONTENT],
      ['announce', CONTENT],
      ['announce', CONTENT],
    ],
  )
  assert.equal(kept.of('claim').length, 0)
})

/** As a capture gives it that keeps so many bytes of each datagram. */
function runCut(part: string, kept: number, ...transcript: Transcript): Kept {
  const out = new Kept()
  const session = new DatagramSession(factsOf('udp', part), out)
  for (const [frame, [side, bytes]] of transcript.entries()) {
    session.data(side, bytes.slice(0, kept), { micros: frame, frame, wireSize: bytes.length })
  }
  return out
}

test('what the capture cut is no fault; what stands first is told', () => {
  const kept = runCut('dht', 104, [0, announce('12:implied_porti1e')], [1, VALUES])
  assert.deepEqual(kept.of('fault'), [])
  assert.equal(kept.counts.get('cut-by-capture'), 2)
  assert.deepEqual(
    kept.of('request').map(({ what, content }) => [what, content]),
    [['announce', CONTENT]],
  )
  // The node stands before byte 104, of the peers behind it only the first.
  assert.deepEqual(
    kept.of('claim').map(({ via, about }) => [via, about.ip, about.port]),
    [
      ['dht-announce', OPENER.ip, OPENER.port],
      ['dht-nodes', '203.0.113.9', 6881],
      ['dht-values', '198.51.100.5', 6881],
    ],
  )
  const nodes = concat(
    bytesOf('d1:rd2:id20:abcdefghij01234567895:nodes52:'),
    fromHex(`${ID} cb0071091ae1 ${ID} cb00710a1ae1`),
    bytesOf('e1:t2:aa1:y1:re'),
  )
  const told = runCut('dht', 86, [1, nodes]).of('claim')
  assert.deepEqual(
    told.map(({ about }) => about.ip),
    ['203.0.113.9'],
  )
})

test('a tracker’s datagrams that the capture cut', () => {
  const connect = fromHex('0000041727101980 00000000 12345678')
  const asked = fromHex(
    `0102030405060708 00000001 12345679 ${HASH} 2d5452333030302d3132333435363738393061 6263 ${'00'.repeat(40)}`,
  )
  const told = fromHex(
    '00000001 12345679 00000708 00000001 00000001 c63364051ae1 c63364061ae1 c63364071ae1',
  )
  const kept = runCut('tracker-udp', 36, [0, connect], [0, asked], [1, told])
  assert.deepEqual(kept.of('fault'), [])
  assert.equal(kept.counts.get('cut-by-capture'), 2)
  assert.deepEqual(
    kept.of('request').map(({ content }) => content),
    [CONTENT],
  )
  // 20 bytes of head, two whole peers, and 4 bytes of the third.
  assert.deepEqual(
    kept.of('claim').map(({ about, content }) => [about.ip, content]),
    [
      ['198.51.100.5', CONTENT],
      ['198.51.100.6', CONTENT],
    ],
  )
})

test('the tracker’s side alone: its peers are told, without content', () => {
  const connected = fromHex('00000000 12345678 0102030405060708')
  const announced = fromHex('00000001 12345679 00000708 00000001 00000001 c63364051ae1')
  const kept = checkSession(protocol, factsOf('udp', 'tracker-udp'), [
    [0, connected],
    [0, announced],
  ])
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(
    kept.of('claim').map(({ by, about, content }) => [by.ip, about.ip, content]),
    [[OPENER.ip, '198.51.100.5', undefined]],
  )
})

test('local discovery that the capture cut: the contents of whole lines', () => {
  const text = [
    'BT-SEARCH * HTTP/1.1',
    'Host: 239.192.152.143:6771',
    'Port: 6881',
    'Infohash: be166897bb9f6ef4230a24990437c1f0b24d168e',
    'Infohash: 0000000000000000000000000000000000000001',
  ].join('\r\n')
  const bytes = bytesOf(`${text}\r\n\r\n\r\n`)
  const kept = runCut('lsd', text.length - 10, [0, bytes])
  assert.deepEqual(kept.of('fault'), [])
  assert.deepEqual(
    kept.of('claim').map(({ content }) => content),
    ['urn:btih:be166897bb9f6ef4230a24990437c1f0b24d168e'],
  )
  // Within the first lines nothing can be told yet.
  assert.deepEqual(runCut('lsd', 40, [0, bytes]).said, [])
})

test('client versions are told once a side', () => {
  const ping = (v: string) =>
    bytesOf(`d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:v4:${v}1:y1:qe`)
  const clients = run(
    [0, ping('LT\x02\x08')],
    [0, ping('LT\x02\x08')],
    [1, ping('UT\xa5\x2b')],
    [1, ping('\x00\x01\x02\x03')],
  ).of('client')
  assert.deepEqual(clients, [
    { type: 'client', who: OPENER, software: 'libtorrent (Rasterbar)', version: '2.0.8', id: ID },
    { type: 'client', who: OTHER, software: 'µTorrent', version: 'build 42283', id: ID },
  ])
})

test('a real DHT: every message is read, every get_peers answer has its content', () => {
  const all = fixture('dht').map(runFlow)
  const count = (type: Said['type']) => all.reduce((sum, kept) => sum + kept.of(type).length, 0)
  assert.equal(count('fault'), 0)
  const names = new Map<string, number>()
  for (const { log, name } of all.flatMap((kept) => kept.of('message'))) {
    if (log === 'bittorrent_dht') names.set(name, (names.get(name) ?? 0) + 1)
  }
  // Counts of `tshark -Y bt-dht` by the value of "q" and by pairing transactions.
  assert.deepEqual(Object.fromEntries([...names].sort()), {
    'announce-peer': 39,
    'announce-peer-reply': 39,
    'find-node': 20,
    'find-node-reply': 20,
    'get-peers': 90,
    'get-peers-reply': 90,
    ping: 6,
    'ping-reply': 6,
  })
  const values = all.flatMap((kept) => kept.of('claim')).filter(({ via }) => via === 'dht-values')
  assert.equal(values.length, 73)
  assert.ok(values.every(({ content }) => content !== undefined))
})

test('a real UDP tracker: requests, answers, peers', () => {
  const all = fixture('udp-tracker').map(runFlow)
  const claims = all.flatMap((kept) => kept.of('claim'))
  assert.deepEqual(
    [...new Set(claims.map(({ content }) => content))].map((content) => content?.length),
    ['urn:btih:'.length + 40],
  )
  const told = claims.filter(({ via }) => via === 'tracker').map(({ about }) => about)
  assert.ok(told.some(({ ip, port }) => ip === '10.31.0.5' && port === 51_413))
  assert.deepEqual(
    all.flatMap((kept) => kept.of('fault')),
    [],
  )
  const announces = all.flatMap((kept) => kept.of('message')).map(({ fields }) => fields)
  const started = announces.filter(({ event }) => event === 'started')
  assert.equal(started.length, 3)
  const scrape = announces.find(({ action, type }) => action === 'scrape' && type === 'response')
  assert.ok(Array.isArray(scrape?.files) && scrape.files.length === 1)
  const software = new Set(all.flatMap((kept) => kept.of('client')).map((said) => said.software))
  assert.deepEqual([...software].sort(), ['Transmission', 'libtorrent (Rasterbar)'])
})

test('an IPv6 tracker gives IPv6 peers', () => {
  const [first] = fixture('udp-tracker-6')
  const told = runFlow(first!)
    .of('claim')
    .filter(({ via }) => via === 'tracker')
  assert.ok(told.every(({ about }) => about.ip.includes(':')))
})

test('tracker answers count only where something was asked', () => {
  const connect = fromHex('0000041727101980 00000000 12345678')
  const refused = concat(fromHex('00000003 12345678'), bytesOf('no'))
  const unasked = fromHex('00000001 99999999 00000708 00000003 00000004 c00002051ae1')
  const kept = run([0, connect], [1, unasked], [1, refused], [1, refused])
  assert.equal(kept.of('claim').length, 0)
  assert.deepEqual(
    kept.of('message').map(({ name, fields }) => [name, fields.failure_reason]),
    [
      ['connect-request', undefined],
      ['error-response', 'no'],
    ],
  )
  assert.equal(kept.counts.get('tracker-answer-unasked'), 2)
})

test('local discovery: who has what, and on which port', () => {
  const all = fixture('lsd').map(runFlow)
  const claims = all.flatMap((kept) => kept.of('claim'))
  assert.equal(claims.length, 5)
  const content = 'urn:btih:be166897bb9f6ef4230a24990437c1f0b24d168e'
  assert.ok(claims.every((claim) => claim.content === content && claim.via === 'lsd'))
  assert.deepEqual([...new Set(claims.map(({ about }) => `${about.ip} ${about.port}`))].sort(), [
    '192.168.1.10 51413',
    '192.168.1.11 51414',
    '192.168.1.12 6881',
  ])
})

test('the Azureus DHT: contacts, and the ports that the tracker plugin stores', () => {
  const head = '00000407 12345678 8123456789abcdef 36 00 00000000 11223344 00 01 0005'
  const value = '00000001 0000018000000000 0006 363838313b43 01 36 04c63364090fa1 00 00 ff'
  const found = fromHex(`${head} 00 01 01 0001 ${value}`)
  const nodes = fromHex(`${head} 00 00 0001 01 36 04c63364051ae1 00`)
  const claims = run([1, found], [1, nodes]).of('claim')
  assert.deepEqual(
    claims.map(({ about, part, via }) => [about.ip, about.port, part, via]),
    [
      ['198.51.100.9', 6881, 'peer', 'vuze-values'],
      ['198.51.100.5', 6881, 'vuze-dht', 'vuze-contacts'],
    ],
  )
})

test('datagrams that are none of these go to the hook', () => {
  const seen: number[] = []
  const utp = fromHex('4100530210eeb2f00000000000000000e7f50000')
  const hooked = {
    openSession: (...[flow, out]: ConstructorParameters<typeof DatagramSession>) =>
      new DatagramSession(flow, out, (from, bytes) => {
        seen.push(from)
        return bytes[0] === 0x41
      }),
  }
  const kept = checkSession(hooked, factsOf('udp', 'utp'), [
    [0, utp],
    [1, bytesOf('nothing of ours')],
    [1, GET_PEERS],
  ])
  assert.equal(kept.counts.get('datagram-not-understood'), 1)
  assert.deepEqual(seen.slice(0, 2), [0, 1])
  assert.equal(kept.of('request').length, 1)
})
