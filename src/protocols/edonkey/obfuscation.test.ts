/**
 * Obfuscation undone: vectors made by fixtures/obfuscation-vectors.py, which shares no code with
 * this folder, and a capture of aMule 2.3.3 whose ids are known.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf, fromHex, hex } from '../../core/bytes.ts'
import { flowsOf } from '../../core/captured-flows.ts'
import { repositoryFile } from '../../core/repository.ts'
import {
  answerSize,
  canMarkDatagram,
  markKind,
  openKadById,
  openKadByKey,
  openPeerTcp,
  openPeerUdp,
  openServerUdp,
  Rc4,
} from './obfuscation.ts'
import { FILE, USER } from './samples-in-test.ts'
import { kadWire } from './wire/kad.ts'

test('RC4 gives the well-known vector', () => {
  assert.equal(hex(new Rc4(bytesOf('Key')).apply(bytesOf('Plaintext'))), 'bbf316e8d940af0ad3')
})

test('a TCP connection between clients opens with the user hash of the one called', () => {
  const head = fromHex('7f01020304df15797933afd49b05a3d233bb9f1931')
  const opening = openPeerTcp(head, USER)
  assert.equal(opening?.size, 15)
  assert.equal(hex(opening!.fromOpener.apply(head.subarray(15))), 'e3010000004a')
  const answer = opening!.fromOther.apply(fromHex('226a9ed583cb8dca80d3a8307b31'))
  assert.equal(answerSize(answer), 8)
  assert.equal(hex(answer.subarray(8)), 'e30100000061')
})

test('another user hash, or half a negotiation, opens nothing', () => {
  const head = fromHex('7f01020304df15797933afd49b05a3d233bb9f1931')
  assert.equal(openPeerTcp(head, FILE), undefined)
  assert.equal(openPeerTcp(head.subarray(0, 14), USER), undefined)
  assert.equal(openPeerTcp(head.subarray(0, 11), USER), undefined)
})

test('datagrams between clients open with the receiver and the sender address', () => {
  const bytes = fromHex('11beef38ad0b1400e42b9570')
  assert.equal(hex(openPeerUdp(bytes, USER, '192.0.2.1')!.bytes), 'c592')
  assert.equal(openPeerUdp(bytes, USER, '192.0.2.2'), undefined)
  assert.equal(openPeerUdp(bytes, USER, '2001:db8::1'), undefined)
})

test('Kad datagrams open with the id of the receiver, or its verify key', () => {
  const asked = openKadById(fromHex('10beef21c2b77e350e20f9600ce2a6309263'), FILE)
  assert.equal(hex(asked!.bytes), 'e460')
  assert.equal(asked!.receiverKey, 0x11223344)
  assert.equal(asked!.senderKey, 0x55667788)
  const answered = openKadByKey(
    fromHex('12beef48a66f2d58a6d5591ea9f2e5a10de760f0'),
    asked!.senderKey!,
  )
  assert.equal(hex(answered!.bytes), 'e4614012')
})

test('server datagrams have a key for each direction', () => {
  const to = fromHex('13beefc3de499ff7a8535457dd3d')
  const from = fromHex('13beef89a10e0b929f6350d26642')
  assert.equal(hex(openServerUdp(to, 0x12345678, true)!.bytes), 'e3961234aa55')
  assert.equal(hex(openServerUdp(from, 0x12345678, false)!.bytes), 'e3961234aa55')
  assert.equal(openServerUdp(to, 0x12345678, false), undefined)
})

test('the mark tells the kind of key, and avoids what clear datagrams begin with', () => {
  assert.equal(markKind(0x10), 'kad-id')
  assert.equal(markKind(0x12), 'kad-key')
  assert.equal(markKind(0x11), 'ed2k')
  assert.equal(markKind(0x13), 'ed2k')
  for (const clear of [0xe3, 0xe4, 0xe5, 0xc5, 0xd4, 0xa3, 0xb2]) {
    assert.equal(canMarkDatagram(clear), false)
  }
})

/** Kad ids of the three clients of fixtures/obfuscated.pcap, from the capture's own description. */
// biome-ignore format: a table
const IDS: Readonly<Record<string, string>> = {
  '198.51.100.20': '6fd0c42191f068e7433b08ace9964580',
  '198.51.100.21': '539fc2cc494f5d181d5f6f5fa00e42ac',
  '203.0.113.22':  'e1293be2b7c0d5b370657d8f38efb8b5',
}

/** The description gives ids as they stand on the wire: in words, each reversed. */
function spelled(wire: string): string {
  const swap = (word: string) => hex(fromHex(word).reverse())
  return [0, 8, 16, 24].map((at) => swap(wire.slice(at, at + 8))).join('')
}

test('every Kad datagram of the obfuscated capture opens with the known ids', () => {
  const keys = new Map<string, number>()
  let opened = 0
  const kinds = new Map<string, number>()
  const datagrams = flowsOf(
    readFileSync(repositoryFile('src/protocols/edonkey/fixtures/obfuscated.pcap')),
  )
    .filter((flow) => flow.carrier === 'udp')
    .flatMap((flow) => flow.pieces.map((piece) => ({ ...piece, flow })))
    .sort((a, b) => a.micros - b.micros)
  for (const { from, bytes, flow } of datagrams) {
    const sender = flow.ends[from].ip
    const receiver = flow.ends[from === 0 ? 1 : 0].ip
    const key = keys.get(`${receiver}>${sender}`)
    const plain =
      openKadById(bytes, spelled(IDS[receiver]!)) ??
      (key === undefined ? undefined : openKadByKey(bytes, key))
    assert.ok(plain, `${sender} to ${receiver}, ${bytes.length} bytes`)
    keys.set(`${sender}>${receiver}`, plain.senderKey!)
    const read = kadWire.parse(plain.bytes, 0)
    assert.equal(read.kind, 'message')
    if (read.kind !== 'message') continue
    opened++
    assert.equal(bytes.length, plain.bytes.length + 16)
    const kind = `${read.message.message.type} ${markKind(bytes[0]!)}`
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  assert.equal(opened, 58)
  // Who asks knows the id of the one asked; who answers only its key. Hellos know each other.
  assert.deepEqual([...kinds].sort(), [
    ['firewalled-request-2 kad-key', 6],
    ['firewalled-response kad-key', 6],
    ['hello-request kad-id', 3],
    ['hello-response kad-id', 3],
    ['ping kad-id', 7],
    ['pong kad-key', 7],
    ['request kad-id', 13],
    ['response kad-key', 13],
  ])
})
