/** A packet out of the device is read, then what it was answered; in a flood it is answered all the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, u16be } from '../../core/bytes.ts'
import { tcpFrame } from '../../core/packet-maker.ts'
import { Honeynet } from '../../services/honeynet/honeynet.ts'
import { type Device, TunCursor } from './tun-cursor.ts'

const ETHERNET_BYTES = 14
const SYN = 2

function syn(port: number): Uint8Array {
  const fields = { sequence: 1, acknowledged: 0, flags: SYN }
  const to = { ip: '10.99.0.1', port: 80 }
  return tcpFrame({ ip: '192.0.2.1', port }, to, fields, bytesOf('')).subarray(ETHERNET_BYTES)
}

function site(packets: Uint8Array[], takes = true, clock = () => 5e14) {
  const written: Uint8Array[] = []
  const recorded: number[] = []
  const device: Device = {
    name: 'dark0',
    read(into) {
      const next = packets.shift()
      into.set(next ?? [])
      return next?.length ?? 0
    },
    write(packet) {
      written.push(packet)
      return takes
    },
    wait: () => Promise.resolve(),
    close: () => undefined,
  }
  const options = { network: 0x0a630000, bits: 16, key: [1, 2] as const }
  const cursor = new TunCursor(
    device,
    (send) => new Honeynet([], options, send),
    clock,
    ({ bytes, at }) => recorded.push(u16be(bytes, at + 20)),
  )
  return { cursor, written, recorded }
}

test('each packet is followed by its answer, and both are recorded', () => {
  const { cursor, written, recorded } = site([syn(1000), syn(1001)])
  const ports: number[] = []
  for (let step = cursor.next(); step === 'packet'; step = cursor.next()) {
    ports.push(u16be(cursor.bytes, cursor.at + 20))
    assert.equal(cursor.micros, 5e14)
  }
  assert.deepEqual(ports, [1000, 80, 1001, 80])
  assert.deepEqual(recorded, ports)
  assert.equal(written.length, 2)
  cursor.stop()
  assert.equal(cursor.next(), 'end')
  assert.deepEqual([cursor.frame, cursor.unread, cursor.counts().received], [4, 0, 2])
})

test('in a flood, what waits is answered and recorded without being read', () => {
  let micros = 5e14
  const packets = Array.from({ length: 150 }, (_, i) => syn(1000 + i))
  const { cursor, written, recorded } = site(packets, true, () => micros)
  // 128 SYNs and their answers are read however long it takes.
  for (let i = 0; i < 256; i++) assert.equal(cursor.next(), 'packet')
  micros += 10_001
  assert.equal(cursor.next(), 'wait')
  assert.deepEqual([written.length, recorded.length, cursor.unread], [150, 300, 44])
  // In the next tenth of a second it has time again.
  packets.push(syn(2000))
  micros += 100_000
  assert.equal(cursor.next(), 'packet')
})

test('a few callers are all read, also where the first words take long', () => {
  let micros = 5e14
  const { cursor } = site([syn(1000), syn(1001)], true, () => micros)
  for (let i = 0; i < 4; i++) {
    assert.equal(cursor.next(), 'packet')
    micros += 20_000
  }
  assert.deepEqual([cursor.next(), cursor.unread], ['wait', 0])
})

test('an answer that the kernel does not take is counted', () => {
  const { cursor } = site([syn(1000)], false)
  cursor.next()
  assert.equal(cursor.counts().dropped, 1)
})
