/** Messages of all links are read and written; golden vectors are packets of fixtures/lab.pcap. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../../core/bytes.ts'
import { text } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { textIn } from './fields.ts'
import {
  distributedWire,
  initWire,
  peerWire,
  type SoulseekMessage,
  serverAskWire,
  serverTellWire,
} from './message.ts'

const LOGIN = fromHex(
  '4c000000 01000000 09000000 76696e796c6b696e67 0b000000 707776696e796c6b696e67 a0000000' +
    '20000000 6565343565623739313539336630323237303361393565323966323933613030 03000000',
)
const LOGIN_ANSWER = fromHex(
  '46000000 01000000 01 14000000 536f756c66696e64204e6f762d32302d32303236 0a7100cb' +
    '20000000 3666306131343862373161663930376234636363626365643066353437633334 00',
)
const CONNECT = fromHex(
  '2c000000 12000000 0a000000 626561747365656b6572 01000000 50 0b7100cb ba080000 9a451c00' +
    '00 00000000 00000000',
)

function read(wire: Wire<SoulseekMessage>, bytes: Uint8Array): SoulseekMessage {
  const outcome = wire.parse(bytes, 0)
  assert.equal(outcome.kind, 'message')
  return (outcome as Extract<typeof outcome, { kind: 'message' }>).message
}

test('what clients say to servers', () => {
  checkWire(serverAskWire, [
    LOGIN,
    fromHex('08000000 02000000 ba080000'),
    fromHex('1a000000 12000000 9a451c00 09000000 76696e796c6b696e67 01000000 50'),
    fromHex('17000000 1a000000 c4272b00 0b000000 61727469737420736f6e67'),
    fromHex('04000000 40000000'),
    fromHex('06000000 0f270000 0102'),
  ])
  const { name, row, rest } = read(serverAskWire, LOGIN)
  assert.equal(name, 'login')
  assert.equal(textIn(row, 'user'), 'vinylking')
  assert.equal(row.version, 160)
  assert.equal(row.minor, 3)
  assert.equal(rest.length, 0)
})

test('what servers say to clients', () => {
  const parents = fromHex('17000000 66000000 01000000 03000000 616263 0b7100cb ba080000')
  checkWire(serverTellWire, [
    LOGIN_ANSWER,
    CONNECT,
    parents,
    fromHex('1e000000 03000000 08000000 6c75726b65723737 0c7100cb bb080000 00000000 0000'),
    fromHex(
      '25000000 1a000000 0a000000 626561747365656b6572 c4272b00 0b000000 61727469737420736f6e67',
    ),
    fromHex('20000000 40000000 00000000000000000000000000000000000000000000000000000000'),
    fromHex('08000000 45000000 00000000'),
  ])
  assert.equal(read(serverTellWire, LOGIN_ANSWER).row.ip, '203.0.113.10')
  const { row } = read(serverTellWire, CONNECT)
  assert.deepEqual(
    [row.ip, row.port, row.token, textIn(row, 'kind')],
    ['203.0.113.11', 2234, 1852826, 'P'],
  )
})

test('what peers say to each other', () => {
  checkWire(initWire, [
    fromHex('18000000 01 0a000000 626561747365656b6572 01000000 50 00000000'),
    fromHex('05000000 00 ee170000'),
  ])
  const offer = concat(
    fromHex('35000000 28000000 01000000 800e2d00 1d000000'),
    bytesOf('Music\\Artist - First Song.mp3'),
    fromHex('605b030000000000'),
  )
  checkWire(peerWire, [
    offer,
    fromHex('09000000 29000000 800e2d00 01'),
    fromHex('04000000 04000000'),
    fromHex('0b000000 2b000000 03000000 612e62'),
  ])
  assert.equal(read(peerWire, offer).row.size, 220_000)
  checkWire(distributedWire, [
    concat(fromHex('19000000 03 31000000 03000000 616263 07000000 05000000'), bytesOf('hello')),
    fromHex('05000000 04 02000000'),
    fromHex('01000000 00'),
  ])
})

test('a length below the code, above the bound, and a body that lies are told apart', () => {
  assert.deepEqual(peerWire.parse(fromHex('03000000 040000'), 0), {
    kind: 'malformed',
    fault: 'length-too-small',
    at: 0,
  })
  assert.deepEqual(peerWire.parse(fromHex('ffffff7f 04000000'), 0), {
    kind: 'malformed',
    fault: 'message-too-long',
    at: 0,
  })
  const lying = peerWire.parse(fromHex('0b000000 2b000000 04000000 612e62'), 0)
  assert.equal(lying.kind === 'malformed' && lying.fault, 'body-broken')
})

test('a claimed count of rows allocates nothing', () => {
  const many = fromHex('0c000000 66000000 ffffff00 00000000')
  assert.equal(serverTellWire.parse(many, 0).kind, 'malformed')
})

test('an unknown code keeps its number and its body', () => {
  const { name, code, rest } = read(peerWire, fromHex('06000000 e7030000 6869'))
  assert.deepEqual([name, code, text(rest)], ['other', 999, 'hi'])
})
