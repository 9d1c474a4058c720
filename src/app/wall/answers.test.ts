/** Resets carry the numbers that RFC 9293 section 3.10.7 and RFC 5961 ask of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hex, u16be } from '../../core/bytes.ts'
import { tcpFrame, udpFrame } from '../../core/packet-maker.ts'
import { datagram, resets } from './answers.ts'
import { ipHead } from './ip-head.ts'

const HERE = { ip: '192.0.2.1', port: 40_000 }
const THERE = { ip: '198.51.100.7', port: 6881 }
const HERE6 = { ip: '2001:db8::1', port: 40_000 }
const THERE6 = { ip: '2001:db8:1::7', port: 6881 }

function headOf(frame: Uint8Array) {
  const packet = frame.subarray(14)
  return ipHead(packet, 0, packet.length)
}

function told(packet: Uint8Array) {
  const { from, to, sequence, acknowledged, flags } = ipHead(packet, 0, packet.length)!
  return [from.port, to.port, sequence, acknowledged, flags]
}

/** RFC 1071: the sum of all words, checksum included, is all ones. */
function sumIsRight(packet: Uint8Array): boolean {
  const isSix = packet[0] === 0x60
  const headSize = isSix ? 40 : 20
  const addresses = packet.subarray(isSix ? 8 : 12, headSize)
  const carried = packet.subarray(headSize)
  const all = [...addresses, ...carried, ...(carried.length % 2 === 1 ? [0] : [])]
  let sum = packet[isSix ? 6 : 9]! + carried.length
  for (let i = 0; i < all.length; i += 2) sum += u16be(Uint8Array.from(all), i)
  while (sum > 0xffff) sum = (sum % 0x1_0000) + Math.floor(sum / 0x1_0000)
  return sum === 0xffff
}

for (const [here, there] of [
  [HERE, THERE],
  [HERE6, THERE6],
] as const) {
  test(`a segment with data is answered to both sides: ${here.ip}`, () => {
    const fields = { sequence: 1000, acknowledged: 2000, flags: 0x18 }
    const [back, on] = resets(headOf(tcpFrame(here, there, fields, new Uint8Array(68)))!)
    // Sender: as if the other end had got the data, then gave up.
    assert.deepEqual(told(back!), [6881, 40_000, 2000, 1068, 0x14])
    // Receiver: the data never came, so that 1000 is what it awaits.
    assert.deepEqual(told(on!), [40_000, 6881, 1000, 2000, 0x14])
    assert.ok(sumIsRight(back!) && sumIsRight(on!))
  })
}

test('an opening is refused as by a closed port, and the other end hears nothing', () => {
  const syn = { sequence: 0xffff_ffff, acknowledged: 0, flags: 0x02 }
  const all = resets(headOf(tcpFrame(HERE, THERE, syn))!)
  assert.deepEqual(all.map(told), [[6881, 40_000, 0, 0, 0x14]])
})

test('nobody answers a reset, nor a datagram', () => {
  const reset = { sequence: 1, acknowledged: 0, flags: 0x04 }
  assert.deepEqual(resets(headOf(tcpFrame(HERE, THERE, reset))!), [])
  assert.deepEqual(resets(headOf(udpFrame(HERE, THERE, new Uint8Array(3)))!), [])
})

test('a datagram in the place of a peer', () => {
  const packet = datagram(THERE, HERE, Uint8Array.of(0x29, 1, 2))
  const { from, to, payloadSize } = ipHead(packet, 0, packet.length)!
  assert.deepEqual([from, to, payloadSize], [THERE, HERE, 3])
  assert.equal(hex(packet, 28), '290102')
  assert.ok(sumIsRight(packet))
})

test('what is cut, a fragment or of another protocol has no heads', () => {
  const whole = tcpFrame(HERE, THERE, { sequence: 1, acknowledged: 1, flags: 0x10 }).subarray(14)
  for (let size = 0; size < 40; size++) assert.equal(ipHead(whole, 0, size), undefined, `${size}`)
  const later = Uint8Array.from(whole)
  later[7] = 1
  assert.equal(ipHead(later, 0, later.length), undefined)
  const icmp = Uint8Array.from(whole)
  icmp[9] = 1
  assert.equal(ipHead(icmp, 0, icmp.length), undefined)
})

test('options before the TCP header are skipped in IPv6', () => {
  const plain = tcpFrame(HERE6, THERE6, { sequence: 7, acknowledged: 0, flags: 0x02 }).subarray(14)
  const options = Uint8Array.of(6, 0, 1, 4, 0, 0, 0, 0)
  const packet = Uint8Array.of(...plain.subarray(0, 40), ...options, ...plain.subarray(40))
  packet[6] = 60
  assert.equal(ipHead(packet, 0, packet.length)!.sequence, 7)
  const endless = Uint8Array.of(...plain.subarray(0, 40), ...new Uint8Array(200))
  endless[6] = 60
  assert.equal(ipHead(endless, 0, endless.length), undefined)
})
