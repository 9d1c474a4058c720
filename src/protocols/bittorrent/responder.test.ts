/**
 * A caller at a dark address is greeted with his own info hash and asked for peer exchange, over TCP and
 * uTP; a DHT query is answered with nobody; nothing is sent that could be content or a third party.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, concat, fromHex, hex } from '../../core/bytes.ts'
import { latin1 } from '../../core/text.ts'
import { makeResponder } from './responder.ts'

const CALL = {
  caller: { ip: '192.0.2.9', port: 40_000 },
  called: { ip: '10.99.3.7', port: 6881 },
  self: 7,
  pair: 0x12345,
}
const INFO_HASH = '5a'.repeat(20)
const THEIR_ID = bytesOf('-TR4000-abcdefghijkl')
/** Nineteen, the name, reserved bytes with BEP 10's bit, the info hash, then the peer id. */
const HELLO = concat(
  bytesOf('\x13BitTorrent protocol'),
  fromHex('0000000000100004'),
  fromHex(INFO_HASH),
  THEIR_ID,
)
/** 10.99.3.7 calls itself; the caller is 192.0.2.9 = c0 00 02 09. */
const EXTENDED = concat(
  fromHex('000000391400'),
  bytesOf('d1:md6:ut_pexi1ee1:pi6881e1:v9:Peerscope6:yourip4:'),
  fromHex('c0000209'),
  bytesOf('e'),
)

test('a handshake is answered with its info hash, an id of our own, and the wish for peer exchange', () => {
  const responder = makeResponder(CALL)
  const { used, send, done } = responder.data!(HELLO)
  assert.deepEqual([used, done, send.length], [68, false, 2])
  const [handshake, extended] = send
  assert.equal(latin1(handshake!, 0, 20), '\x13BitTorrent protocol')
  assert.equal(hex(handshake!, 20, 8), '0000000000100001')
  assert.equal(hex(handshake!, 28, 20), INFO_HASH)
  assert.equal(latin1(handshake!, 48, 8), '-PS0001-')
  assert.equal(handshake!.length, 68)
  assert.equal(hex(extended!), hex(EXTENDED))
})

test('who keeps his peer id back is answered at the info hash; who has no extensions is not asked', () => {
  const responder = makeResponder(CALL)
  assert.deepEqual(responder.data!(HELLO.subarray(0, 47)), { used: 0, send: [], done: false })
  assert.equal(responder.data!(HELLO.subarray(0, 48)).used, 48)
  // The id, then a keep-alive: the id is no message.
  const rest = responder.data!(concat(THEIR_ID, new Uint8Array(4)))
  assert.deepEqual([rest.used, rest.send.map((bytes) => hex(bytes))], [24, ['00000000']])
  const plain = HELLO.slice()
  plain[25] = 0
  assert.equal(makeResponder(CALL).data!(plain).send.length, 1)
  assert.equal(makeResponder(CALL).data!(bytesOf('\x13BitTornado protocol')).done, true)
})

test('of all that follows only a keep-alive is answered, however it is cut', () => {
  // Bitfield of 2 bytes, interested, a request for 16 KiB, keep-alive.
  const words = fromHex(`0000000305ffc000000001020000000d06${'00'.repeat(12)}00000000`)
  for (let cut = 0; cut <= words.length; cut++) {
    const responder = makeResponder(CALL)
    responder.data!(HELLO)
    const first = responder.data!(words.subarray(0, cut))
    const second = responder.data!(words.subarray(first.used))
    const said = [...first.send, ...second.send].map((bytes) => hex(bytes))
    assert.deepEqual(said, ['00000000'], `cut at ${cut}`)
    assert.equal(first.used + second.used, words.length)
  }
})

function answer(text: string): string | undefined {
  const bytes = makeResponder(CALL).datagram!(bytesOf(text))
  if (bytes === undefined) return undefined
  assert.ok(bytes.length <= text.length, `${bytes.length} for ${text.length}`)
  // The node's id is chance.
  return latin1(bytes, 0, bytes.length).replace(/2:id20:[\s\S]{20}/, '2:id20:*')
}

test('the DHT hears of a node that knows nobody', () => {
  const id = '2:id20:abcdefghij0123456789'
  const hash = '20:mnopqrstuvwxyz123456'
  assert.equal(answer(`d1:ad${id}e1:q4:ping1:t2:aa1:y1:qe`), 'd1:rd2:id20:*e1:t2:aa1:y1:re')
  assert.equal(
    answer(`d1:ad${id}6:target${hash}e1:q9:find_node1:t2:aa1:y1:qe`),
    'd1:rd2:id20:*5:nodes0:e1:t2:aa1:y1:re',
  )
  assert.match(
    answer(`d1:ad${id}9:info_hash${hash}e1:q9:get_peers1:t2:aa1:y1:qe`)!,
    /^d1:rd2:id20:\*5:nodes0:5:token4:[\s\S]{4}e1:t2:aa1:y1:re$/,
  )
  assert.equal(
    answer(
      `d1:ad${id}9:info_hash${hash}4:porti6881e5:token4:abcde1:q13:announce_peer1:t2:aa1:y1:qe`,
    ),
    'd1:rd2:id20:*e1:t2:aa1:y1:re',
  )
  assert.equal(answer(`d1:rd${id}e1:t2:aa1:y1:re`), undefined)
  assert.equal(answer(`d1:ad${id}e1:q5:other1:t2:aa1:y1:qe`), undefined)
  assert.equal(answer('d1:ad2:id'), undefined)
})

/** type and version, no extension, id, timestamp 01020304, difference 0, window 00100000, seq, ack. */
function utp(
  first: string,
  id: string,
  seq: string,
  ack: string,
  payload: Uint8Array = new Uint8Array(0),
) {
  const head = fromHex(`${first}00${id}010203040000000000100000${seq}${ack}`)
  const packet = concat(head, payload)
  const said = makeResponder(CALL).datagram!(packet)
  if (said !== undefined) assert.ok(said.length <= packet.length)
  return said
}

const NAME = 'uTP: a SYN is acknowledged, the handshake answered, the rest acknowledged'
test(`${NAME}; each packet says where we are`, () => {
  // Our first number is 0x2345, from the pair.
  assert.equal(
    hex(utp('41', '1000', '0001', '0000')!),
    '210010000102030400000000' + '00004000' + '23450001',
  )
  // The opener calls himself 1001. libutp says it has what is before our first number, the text our first.
  for (const [ack, seq] of [
    ['2344', '2345'],
    ['2345', '2346'],
  ] as const) {
    const said = utp('01', '1001', '0002', ack, HELLO)!
    assert.equal(hex(said, 0, 20), `01001000010203040000000000004000${seq}0002`)
    assert.equal(hex(said, 48, 20), INFO_HASH)
    assert.equal(said.length, 88)
  }
  // With more in the packet, both go at once.
  const both = utp('01', '1001', '0002', '2344', concat(HELLO, new Uint8Array(100)))!
  assert.equal(hex(both, 88), hex(EXTENDED))
  // His extended handshake is answered by ours, where that is not longer.
  const theirs = concat(fromHex('000000501400'), new Uint8Array(78))
  assert.equal(hex(utp('01', '1001', '0003', '2345', theirs)!, 20), hex(EXTENDED))
  assert.equal(utp('01', '1001', '0003', '2345', theirs.subarray(0, 20))!.length, 20)
  // Later data is acknowledged.
  assert.equal(hex(utp('01', '1001', '0009', '2347', theirs)!, 16), '23480009')
  assert.equal(utp('21', '1001', '0009', '2347'), undefined)
  assert.equal(utp('31', '1001', '0009', '2347'), undefined)
})
