/** Datagrams: the reference's ping, a pong as documented and one as captured, and the nameless. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex } from '../../../core/bytes.ts'
import { checkWire } from '../../../core/wire-check.ts'
import { type Datagram, datagramWire } from './datagram.ts'

/** protocols.md section 10; giFT-FastTrack src/fst_udp_discover.c sends these very bytes. */
const PING = fromHex('27 00000029 80 4b615a614100')
/** giFT-FastTrack PROTOCOL: ten bytes behind the type, then the name; 17 in all. */
const PONG = fromHex('28 00000029 00 1c 00c8 1e 05 4b615a614100')
/** Frame 11 of real/fasttrack.pcap: a byte fewer. */
const PONG_SHORT = fromHex('28 000000a9 80 00 00 00 0e 4b615a614100')
const PONG_2 = fromHex('29 00000029 01 00 0000 0badcafe')
const PONG_2_ADDRESS = fromHex('29 00000029 02 01 0000 0badcafe c6336402 04be 1234')
const ANSWER = fromHex('2a 0badcafe')
const PUNCH = fromHex('c0 28 0102')
const PUNCH_ANSWER = fromHex('c1 28 00 cb007115')

function read(bytes: Uint8Array): Datagram | string {
  const outcome = datagramWire.parse(bytes, 0)
  if (outcome.kind === 'message') return outcome.message
  return outcome.kind === 'malformed' ? outcome.fault : outcome.kind
}

test('the contract of wires', () => {
  checkWire(datagramWire, [
    PING,
    PONG,
    PONG_SHORT,
    PONG_2,
    PONG_2_ADDRESS,
    ANSWER,
    PUNCH,
    PUNCH_ANSWER,
    fromHex('c2 01'),
  ])
})

test('a ping tells its network and what cipher it wants', () => {
  assert.deepEqual(read(PING), { type: 'ping', encryption: 0x29, flag: 0x80, network: 'KaZaA' })
})

test('pongs are read with six unknown bytes and with five', () => {
  assert.deepEqual(read(PONG), {
    type: 'pong',
    encryption: 0x29,
    info: fromHex('001c00c81e05'),
    network: 'KaZaA',
  })
  assert.deepEqual(read(PONG_SHORT), {
    type: 'pong',
    encryption: 0xa9,
    info: fromHex('800000000e'),
    network: 'KaZaA',
  })
  // A last unknown byte that is a letter does not become part of the name.
  const letter = PONG.slice()
  letter[10] = 0x41
  const said = read(letter)
  assert.equal(typeof said === 'object' && said.type === 'pong' && said.network, 'KaZaA')
})

test('a pong of the second kind may hold an address, big-endian', () => {
  const said = read(PONG_2_ADDRESS)
  assert.ok(typeof said === 'object' && said.type === 'pong-2')
  assert.equal(said.id, 0x0badcafe)
  assert.deepEqual(said.address?.endpoint, { ip: '198.51.100.2', port: 1214 })
  const without = read(PONG_2)
  assert.equal(typeof without === 'object' && 'address' in without, false)
})

test('names that do not end, sizes that do not fit', () => {
  assert.equal(read(PING.subarray(0, 11)), 'name-bad')
  assert.equal(read(PONG_2.subarray(0, 12)), 'size-wrong')
  assert.equal(read(PONG_2_ADDRESS.subarray(0, 13)), 'size-wrong')
  assert.equal(read(fromHex('2a 00')), 'size-wrong')
  assert.equal(read(new Uint8Array(0)), 'empty')
})
