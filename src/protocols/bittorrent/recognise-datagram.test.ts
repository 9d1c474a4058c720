/** UDP flows: what real programs send is recognised, what only looks like it is not. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { flowsOf, lookAt } from '../../core/captured-flows.ts'
import type { Look, Sight } from '../../core/protocol.ts'
import { repositoryFile, sharedCapture } from '../../core/repository.ts'
import { recogniseDatagrams } from './recognise-datagram.ts'

type Shown = readonly (readonly [0 | 1, Uint8Array, number?])[]

function look(shown: Shown, final = true): Look {
  return {
    carrier: 'udp',
    fromStart: true,
    heads: [new Uint8Array(0), new Uint8Array(0)],
    totals: [0, 0],
    segments: [],
    datagrams: shown.map(([from, bytes, size]) => ({
      from,
      bytes,
      size: size ?? bytes.length,
      micros: 0,
    })),
    ends: [
      { ip: '192.0.2.1', port: 40_000 },
      { ip: '198.51.100.2', port: 6881 },
    ],
    final,
  }
}

function named(sight: Sight): string {
  return typeof sight === 'string' ? sight : `${sight.part} ${sight.sureness}`
}

const sees = (...shown: Shown) => named(recogniseDatagrams(look(shown)))

const PING = bytesOf('d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe')
const CONNECT = fromHex('0000041727101980 00000000 12345678')
const ANNOUNCE = concat(
  fromHex(`0102030405060708 00000001 12345679 ${'11'.repeat(20)}`),
  bytesOf('-TR4000-0123456789ab'),
  fromHex(`${'00'.repeat(24)} 00000002 00000000 deadbeef ffffffff 1ae1`),
)
const ANNOUNCED = fromHex('00000001 12345679 00000708 00000003 00000004 c00002051ae1')
const VUZE_PING = fromHex(
  '8123456789abcdef 00000400 12345678 36 00 00000000 37 04c00002010fa1 11223344 0000018000000000 00 01 00',
)
const VUZE_ANSWER = fromHex(
  '00000401 12345678 8123456789abcdef 36 00 00000000 11223344 00 01 0005 00',
)

test('one whole DHT message is certain', () => {
  assert.equal(sees([0, PING]), 'dht certain')
  assert.equal(
    sees([1, bytesOf('d1:eli203e17:No transaction IDe1:v4:lt\rp1:y1:ee')]),
    'dht certain',
  )
  assert.equal(
    sees([0, bytesOf('d2:ip6:abcdef1:rd2:id20:abcdefghij0123456789e1:t2:aa1:y1:re')]),
    'dht certain',
  )
})

test('a DHT message with something behind it, of an unknown method, or cut: likely', () => {
  assert.equal(sees([0, concat(PING, bytesOf('\r\n'))]), 'dht likely')
  const unknown = bytesOf('d1:ad2:id20:abcdefghij0123456789e1:q7:unknown1:t2:aa1:y1:qe')
  assert.equal(sees([0, unknown]), 'dht likely')
  assert.equal(sees([0, PING.subarray(0, 30), PING.length]), 'dht likely')
  const small = bytesOf('d1:ad2:bsi1e2:id20:abcdefghij01234567899:info_hash20:mno')
  assert.equal(sees([0, small, 119]), 'dht likely')
  assert.equal(sees([0, bytesOf('d1:ad2:id4:abcd1:x20:mno'), 119]), 'no')
  // The same bytes, not cut by the capture: the sender broke off, which no DHT node does.
  assert.equal(sees([0, PING.subarray(0, 30)]), 'no')
})

test('a surer datagram later in the flow wins', () => {
  assert.equal(sees([0, concat(PING, bytesOf('x'))], [1, PING]), 'dht certain')
})

test('UDP trackers: by the connect, or by an announce and its answer', () => {
  assert.equal(sees([0, CONNECT]), 'tracker-udp certain')
  assert.equal(sees([0, ANNOUNCE]), 'tracker-udp likely')
  assert.equal(sees([0, ANNOUNCE], [1, ANNOUNCED]), 'tracker-udp certain')
  const other = ANNOUNCED.slice()
  other[7] = 0
  assert.equal(sees([0, ANNOUNCE], [1, other]), 'tracker-udp likely')
})

test('an announce that has the constant for a connection', () => {
  const bytes = ANNOUNCE.slice()
  bytes.set(fromHex('0000041727101980'))
  assert.equal(sees([0, bytes]), 'tracker-udp likely')
  assert.equal(sees([0, bytes], [1, ANNOUNCED]), 'tracker-udp certain')
})

test('UDP trackers of which only one side was captured', () => {
  const connected = fromHex('00000000 12345678 0102030405060708')
  const empty = ANNOUNCED.subarray(0, 20)
  assert.equal(sees([1, ANNOUNCED]), 'tracker-udp likely')
  assert.equal(sees([1, connected]), 'no')
  assert.equal(sees([1, empty]), 'no')
  assert.equal(sees([1, fromHex('00000000 12345678 0000041727101980')]), 'tracker-udp certain')
  assert.equal(sees([1, connected], [1, empty]), 'tracker-udp likely')
  // More peers than were counted, a port of 0, an interval of a month, half a peer.
  const changed = (at: number, hex: string) => {
    const bytes = ANNOUNCED.slice()
    bytes.set(fromHex(hex), at)
    return sees([1, bytes])
  }
  assert.equal(changed(8, '00278d00'), 'no')
  assert.equal(changed(24, '0000'), 'no')
  assert.equal(sees([1, ANNOUNCED.subarray(0, -1)]), 'no')
  const many = concat(
    fromHex('00000001 12345679 00000708 00000000 00000001'),
    new Uint8Array(18).fill(9),
  )
  assert.equal(sees([1, many]), 'no')
  // The capture cut the announce behind the peer id.
  assert.equal(sees([0, ANNOUNCE.subarray(0, 60), 98]), 'tracker-udp likely')
  const scrape = (transaction: string) =>
    concat(fromHex(`0102030405060708 00000002 ${transaction}`), new Uint8Array(20).fill(7))
  const counts = fromHex('00000002 0000000a 00000001 00000002 00000003')
  assert.equal(sees([0, scrape('0000000a')]), 'no')
  assert.equal(sees([0, scrape('0000000a')], [0, scrape('0000000a')]), 'no')
  assert.equal(sees([0, scrape('0000000a')], [0, scrape('0000000b')]), 'tracker-udp likely')
  assert.equal(sees([0, scrape('0000000a')], [1, counts]), 'tracker-udp certain')
  // Another protocol's 2, behind eight bytes that stay: not all it sends has a request's size.
  const other = concat(scrape('0000000c'), new Uint8Array(7))
  assert.equal(sees([0, scrape('0000000a')], [0, scrape('0000000b')], [0, other]), 'no')
  // Nor does a tracker give the connection's number back.
  const back = [1, scrape('0000000d')] as const
  assert.equal(sees([0, scrape('0000000a')], [0, scrape('0000000b')], back), 'no')
})

test('the Azureus DHT: the address inside must be the sender, or the numbers must pair', () => {
  assert.equal(sees([0, VUZE_PING]), 'vuze-dht certain')
  assert.equal(sees([1, VUZE_PING]), 'vuze-dht likely')
  assert.equal(sees([1, VUZE_ANSWER]), 'no')
  const zeros = concat(fromHex('8100000000000000'), VUZE_PING.subarray(8))
  assert.equal(sees([1, zeros]), 'no')
  // A clock of 1970 and a network of chance are another protocol's.
  const early = VUZE_PING.slice()
  early.fill(0, 34, 42)
  assert.equal(sees([1, early]), 'no')
  const nodes = (network: string) =>
    fromHex(
      `00000407 12345678 8123456789abcdef 36 00 ${network} 11223344 00 01 0005 00 00 0001 01 36 04c63364051ae1 00`,
    )
  assert.equal(sees([1, nodes('00000000')]), 'vuze-dht likely')
  assert.equal(sees([1, nodes('00010000')]), 'no')
  assert.equal(sees([0, VUZE_PING], [1, VUZE_ANSWER]), 'vuze-dht certain')
})

test('local discovery', () => {
  const hash = '0'.repeat(40)
  const start = 'BT-SEARCH * HTTP/1.1\r\n'
  assert.equal(sees([0, bytesOf(`${start}Port: 1\r\nInfohash: ${hash}\r\n\r\n`)]), 'lsd certain')
  assert.equal(sees([0, bytesOf(start), 200]), 'lsd certain')
  assert.equal(
    sees([0, bytesOf('M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n')]),
    'no',
  )
})

test('what others send is nothing', () => {
  // biome-ignore format: a table
  const others: readonly (readonly [string, Uint8Array])[] = [
    ['DNS query', fromHex('d1a2 0100 0001 0000 0000 0000 06676f6f676c65 03636f6d 00 0001 0001')],
    ['NTP', concat(fromHex('e30003fa000100000001000000000000'), new Uint8Array(32))],
    ['STUN', fromHex('000100002112a442 b7e7a701bc34d686fa87dfae')],
    ['uTP SYN', fromHex('4100530210eeb2f00000000000000000e7f50000')],
    ['DHCP', concat(fromHex('0101060012345678'), new Uint8Array(232))],
    ['a torrent file', bytesOf('d8:announce3:abc4:infod6:lengthi1eee')],
    ['a tracker answer in bencode', bytesOf('d8:intervali60e5:peers0:e')],
    ['an integer', bytesOf('i1e')],
    ['a dictionary with y and t of another kind', bytesOf('d1:t2:aa1:y1:xe')],
    ['a reply without id', bytesOf('d1:rd1:xi1ee1:t2:aa1:y1:re')],
    ['nothing', new Uint8Array(0)],
  ]
  for (const [what, bytes] of others) assert.equal(sees([0, bytes]), 'no', what)
})

test('every flow of the fixtures gets its part from its first datagrams', () => {
  // biome-ignore format: a table
  const fixtures = [
    ['dht', 'dht certain', 16],
    ['dht-items', 'dht certain', 2],
    ['udp-tracker', 'tracker-udp certain', 3],
    ['udp-tracker-6', 'tracker-udp certain', 2],
    ['lsd', 'lsd certain', 3],
  ] as const
  for (const [name, expected, count] of fixtures) {
    const path = repositoryFile(`src/protocols/bittorrent/fixtures/${name}.pcap`)
    const sights = flowsOf(readFileSync(path)).map((flow) =>
      named(recogniseDatagrams({ ...lookAt(flow, 1), final: false })),
    )
    assert.deepEqual(sights, Array(count).fill(expected), name)
  }
})

test('a real Azureus DHT, found in a collection of supposed false positives', (context) => {
  const path = sharedCapture('third-party/other/ndpi/xf8a5-false_positives.pcapng')
  if (path === undefined) return context.skip('the shared captures are not on this machine')
  const flows = flowsOf(readFileSync(path)).filter(
    (flow) => flow.carrier === 'udp' && flow.ends[0].port === 28707,
  )
  const sights = flows.map((flow) => recogniseDatagrams(lookAt(flow)))
  assert.deepEqual(sights.map(named), Array(3).fill('vuze-dht certain'))
})
