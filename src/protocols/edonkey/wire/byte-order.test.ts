/**
 * The byte orders of this family, each with a vector in which a wrong order shows. This is where
 * real clients went wrong and called strangers, so that every rule has its own test:
 *
 *   as spoken (192.0.2.1 = c0 00 02 01)   client ids, server lists, sources, callbacks of servers,
 *                                         HELLO's server, source exchange 1 and 2, Overnet
 *   reversed  (192.0.2.1 = 01 02 00 c0)   source exchange 3 and 4, Kad contacts and answers,
 *                                         the callback through a buddy (C5 99)
 *   port                                  always least significant byte first (4662 = 36 12)
 *   Kad 128-bit numbers                   words reversed one by one
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex } from '../../../core/bytes.ts'
import type { Wire } from '../../../core/wire.ts'
import {
  FILE,
  FILE_KAD,
  IP,
  IP_REVERSED,
  PORT,
  SX1,
  SX2,
  SX3,
  SX4,
  USER,
} from '../samples-in-test.ts'
import { clientTcpWire } from './client-tcp.ts'
import { emuleTcpWire } from './emule-tcp.ts'
import { addressOfHybridId, addressOfId } from './entries.ts'
import { kadWire } from './kad.ts'
import { overnetWire } from './overnet.ts'
import { serverTcpWire } from './server-tcp.ts'
import { serverUdpWire } from './server-udp.ts'
import { addressUnder, readingsOf, sourceExchangeWire } from './source-exchange.ts'

function bodyOf<M>(wire: Wire<M>, text: string): M {
  const read = wire.parse(fromHex(text), 0)
  assert.equal(read.kind, 'message', text)
  return (read as { message: M }).message
}

function named<M extends { readonly type: string }, T extends M['type']>(
  value: M,
  type: T,
): Extract<M, { type: T }> {
  assert.equal(value.type, type)
  return value as Extract<M, { type: T }>
}

test('a HighID is the address as spoken; below 2^24 it is no address', () => {
  // u32le of c0 00 02 01
  assert.equal(addressOfId(0x010200c0), '192.0.2.1')
  assert.equal(addressOfId(0x00ffffff), undefined)
  assert.equal(addressOfId(0x01000000), '0.0.0.1')
})

test('a hybrid id has its first octet most significant, so that other ids are low', () => {
  assert.equal(addressOfHybridId(0xc0000201), '192.0.2.1')
  // 0.1.2.3 is low as a hybrid id, 1.2.3.0 as an ordinary one: the fourth octet is its highest byte.
  assert.equal(addressOfHybridId(0x00010203), undefined)
  assert.equal(addressOfId(0x00030201), undefined)
})

test('found sources, server lists and callbacks of servers stand as spoken', () => {
  const found = named(bodyOf(serverTcpWire, `42 ${FILE} 01 ${IP} ${PORT}`), 'found-sources')
  assert.equal(addressOfId(found.body.sources[0]!.id), '192.0.2.1')
  assert.equal(found.body.sources[0]!.port, 4662)
  const list = named(bodyOf(serverTcpWire, `32 01 ${IP} ${PORT}`), 'server-list')
  assert.deepEqual(list.body, [{ ip: '192.0.2.1', port: 4662 }])
  const called = named(bodyOf(serverTcpWire, `35 ${IP} ${PORT}`), 'callback-requested')
  assert.equal(called.body.ip, '192.0.2.1')
  const udp = named(bodyOf(serverUdpWire, `e39b ${FILE} 01 ${IP} ${PORT}`), 'udp-found-sources')
  assert.equal(addressOfId(udp.body[0]!.sources[0]!.id), '192.0.2.1')
  const request = named(
    bodyOf(serverUdpWire, `e39c ${IP} ${PORT} 39300000`),
    'udp-callback-request',
  )
  assert.equal(request.body.ip, '192.0.2.1')
})

test('the server of a HELLO stands as spoken, its port least significant byte first', () => {
  // The golden vector of a public eMule capture: tail 55 11 ac 22 e1 10.
  const hello = `4c ${USER} 7d4967e3 8a4d 00000000 5511ac22 e110`
  const read = named(bodyOf(clientTcpWire, hello), 'hello-answer')
  assert.equal(addressOfId(read.body.id), '125.73.103.227')
  assert.equal(read.body.port, 19_850)
  assert.equal(read.body.serverIp, '85.17.172.34')
  assert.equal(read.body.serverPort, 4321)
})

test('source exchange 1 and 2 give ids as spoken, 3 and 4 hybrid ids', () => {
  const idOf = (list: string) => bodyOf(sourceExchangeWire, list).sources[0]!.id
  assert.equal(addressUnder('natural', idOf(`0100 ${SX1}`)), '192.0.2.1')
  assert.equal(addressUnder('natural', idOf(`0100 ${SX2}`)), '192.0.2.1')
  assert.equal(addressUnder('reversed', idOf(`0100 ${SX3}`)), '192.0.2.1')
  assert.equal(addressUnder('reversed', idOf(`0100 ${SX4}`)), '192.0.2.1')
  // Reading version 3 as if it were 2 gives the address that misled clients call.
  assert.equal(addressUnder('natural', idOf(`0100 ${SX3}`)), '1.2.0.192')
})

test('the server in a source list stands as spoken in every version', () => {
  for (const entry of [SX1, SX2, SX3, SX4]) {
    const [source] = bodyOf(sourceExchangeWire, `0100 ${entry}`).sources
    assert.equal(source!.serverIp, '203.0.113.5')
    assert.equal(source!.serverPort, 4661)
  }
})

test('only versions 2 and 3 look alike', () => {
  assert.deepEqual(readingsOf(12, undefined), ['natural'])
  assert.deepEqual(readingsOf(28, undefined), ['natural', 'reversed'])
  assert.deepEqual(readingsOf(28, 2), ['natural'])
  assert.deepEqual(readingsOf(28, 3), ['reversed'])
  assert.deepEqual(readingsOf(28, 4), ['reversed'])
  assert.deepEqual(readingsOf(29, undefined), ['reversed'])
})

test('Kad contacts and the firewall answer are reversed', () => {
  const contacts = `e429 ${FILE_KAD} 01 ${FILE_KAD} ${IP_REVERSED} 4012 ${PORT} 08`
  const response = named(bodyOf(kadWire, contacts).message, 'response')
  assert.deepEqual(response.body.contacts, [
    { id: FILE, ip: '192.0.2.1', udpPort: 4672, tcpPort: 4662, version: 8 },
  ])
  const seen = named(bodyOf(kadWire, `e458 ${IP_REVERSED}`).message, 'firewalled-response')
  assert.equal(seen.body, '192.0.2.1')
})

test('the callback through a buddy is reversed, its file in words; the reask beside it is not', () => {
  const called = `99 ${FILE_KAD} ${FILE_KAD} ${IP_REVERSED} ${PORT}`
  const callback = named(bodyOf(emuleTcpWire, called), 'callback')
  assert.equal(callback.body.ip, '192.0.2.1')
  assert.equal(callback.body.file, FILE)
  const reask = named(bodyOf(emuleTcpWire, `9a ${IP} 4012 ${FILE}`), 'reask-callback')
  assert.equal(reask.body.ip, '192.0.2.1')
})

test('a Kad number is spelled like the MD4 hash: words reversed one by one', () => {
  const asked = bodyOf(kadWire, `e434 ${FILE_KAD} 0000 40e2010000000000`)
  assert.equal(named(asked.message, 'search-source').body.target, FILE)
})

test('Overnet ids and addresses both stand as spoken', () => {
  const peer = named(bodyOf(overnetWire, `e30a ${FILE} ${IP} 4012 00`), 'overnet-connect')
  assert.deepEqual(peer.body, { id: FILE, ip: '192.0.2.1', port: 4672, kind: 0 })
})
