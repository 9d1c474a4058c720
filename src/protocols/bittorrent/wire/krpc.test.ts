/** The DHT's messages: the examples of BEP 5 and 44, both ways, and what is not a message. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex, hex } from '../../../core/bytes.ts'
import { latin1 } from '../../../core/text.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { BDict } from '../../formats/bencode.ts'
import { type KrpcMessage, krpcError, krpcQuery, krpcReply, krpcWire } from './krpc.ts'

const ID = 'abcdefghij0123456789'
const TARGET = 'mnopqrstuvwxyz123456'

// The examples of BEP 5, in its order.
const BEP5 = [
  'd1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe',
  'd1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re',
  'd1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa1:y1:qe',
  'd1:rd2:id20:0123456789abcdefghij5:nodes9:def456...e1:t2:aa1:y1:re',
  'd1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:y1:qe',
  'd1:rd2:id20:abcdefghij01234567895:token8:aoeusnth6:valuesl6:axje.u6:idhtnmee1:t2:aa1:y1:re',
  'd1:rd2:id20:abcdefghij01234567895:nodes9:def456...5:token8:aoeusnthe1:t2:aa1:y1:re',
  'd1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:mnopqrstuvwxyz1234564:porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe',
  'd1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee',
]

function read(text: string): KrpcMessage {
  const outcome = krpcWire.parse(bytesOf(text), 0)
  if (outcome.kind !== 'message') assert.fail(`${text}: ${JSON.stringify(outcome)}`)
  assert.equal(outcome.size, text.length)
  return outcome.message
}

function refused(text: string): string {
  const outcome = krpcWire.parse(bytesOf(text), 0)
  return outcome.kind === 'malformed' ? outcome.fault : outcome.kind
}

test('keeps the contract of wires', () => {
  const more = [
    // BEP 42: the reply echoes the asker's address; a client version; a read-only query (BEP 43).
    'd2:ip6:\xc0\x00\x02\x01\x1a\xe11:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:v4:LT\x02\x081:y1:re',
    'd1:ad2:id20:abcdefghij0123456789e1:q4:ping2:roi1e1:t2:aa1:y1:qe',
    // An error without transaction, as rTorrent sends it.
    'd1:eli203e17:No transaction IDe1:v4:lt\rp1:y1:ee',
    // A method of nobody, with keys of nobody.
    'd1:ad2:id20:abcdefghij01234567893:xyzli1e2:abee1:q7:unknown1:t0:1:x0:1:y1:qe',
  ]
  checkWire(
    krpcWire,
    [...BEP5, ...more].map((sample) => bytesOf(sample)),
  )
})

test('reads the examples of BEP 5', () => {
  const ping = read(BEP5[0]!)
  assert.ok(ping.kind === 'query')
  assert.equal(ping.method, 'ping')
  assert.equal(latin1(ping.id), ID)
  assert.equal(latin1(ping.transaction), 'aa')
  assert.equal(ping.readOnly, false)
  const peers = read(BEP5[5]!)
  assert.ok(peers.kind === 'reply')
  assert.deepEqual(peers.values.list('values'), [bytesOf('axje.u'), bytesOf('idhtnm')])
  const announce = read(BEP5[7]!)
  assert.ok(announce.kind === 'query')
  assert.equal(announce.method, 'announce_peer')
  assert.equal(announce.args.number('port'), 6881)
  assert.equal(announce.args.number('implied_port'), 1)
  assert.equal(latin1(announce.args.bytes('info_hash')!), TARGET)
  const error = read(BEP5[8]!)
  assert.ok(error.kind === 'error')
  assert.equal(error.code, 201)
  assert.equal(error.text, 'A Generic Error Ocurred')
})

test('names what is wrong with a dictionary that is no message', () => {
  // biome-ignore format: a table
  const table = [
    ['i1e', 'not-a-dictionary'],
    ['de', 'kind-missing'],
    ['d1:t2:aa1:y1:xe', 'kind-unknown'],
    ['d1:t2:aa1:y2:qqe', 'kind-unknown'],
    ['d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:y1:qe', 'transaction-missing'],
    ['d1:ad2:id20:abcdefghij0123456789e1:t2:aa1:y1:qe', 'method-missing'],
    ['d1:q4:ping1:t2:aa1:y1:qe', 'arguments-missing'],
    ['d1:t2:aa1:y1:re', 'reply-missing'],
    ['d1:ade1:q4:ping1:t2:aa1:y1:qe', 'id-missing'],
    ['d1:rd2:id3:abce1:t2:aa1:y1:re', 'id-length-wrong'],
    ['d1:e3:abc1:t2:aa1:y1:ee', 'error-not-list'],
    ['d1:ad2:id20:abc', 'truncated'],
    ['d1:ai03ee', 'bencode-bad-integer'],
  ] as const
  for (const [input, fault] of table) assert.equal(refused(input), fault, input)
})

test('what follows the dictionary is left, and the message is used', () => {
  const outcome = krpcWire.parse(bytesOf(`${BEP5[0]}\r\n`), 0)
  assert.equal(outcome.kind, 'message')
  if (outcome.kind === 'message') assert.equal(outcome.size, BEP5[0]!.length)
})

test('made messages are the ones that BEP 5 prints', () => {
  const t = bytesOf('aa')
  const id = bytesOf(ID)
  assert.equal(latin1(krpcWire.emit(krpcQuery('ping', t, BDict.of({ id })))), BEP5[0])
  const token = bytesOf('aoeusnth')
  const values = BDict.of({ id, token, values: [bytesOf('axje.u'), bytesOf('idhtnm')] })
  assert.equal(latin1(krpcWire.emit(krpcReply(t, values))), BEP5[5])
  assert.equal(latin1(krpcWire.emit(krpcError(t, 201, 'A Generic Error Ocurred'))), BEP5[8])
  const ro = krpcQuery('ping', t, BDict.of({ id }), { ro: 1, v: fromHex('4c540208') })
  assert.equal(ro.readOnly, true)
  const bytes = krpcWire.emit(ro)
  assert.equal(
    hex(bytes),
    hex(
      concat(
        bytesOf(`d1:ad2:id20:${ID}e1:q4:ping2:roi1e1:t2:aa1:v4:LT`),
        fromHex('0208'),
        bytesOf('1:y1:qe'),
      ),
    ),
  )
})
