/** Packets of stored flows are found again: all of them, no others, with what they are evidence of. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { udpFrame } from '../../core/packet-maker.ts'
import { repositoryFile } from '../../core/repository.ts'
import type { FlowDetail } from '../../core/store.ts'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { NO_TSHARK, tshark } from '../../core/tshark-in-test.ts'
import { describeEach } from '../../intake/source/describe.ts'
import { openCaptures } from '../../intake/source/open.ts'
import { readCaptures } from '../pipeline.ts'
import { flowsIn, readerOf } from '../serve/stored-in-test.ts'
import { type KeptPacket, keptPackets, PacketKeeper } from './packet-keeper.ts'
import { StoredPackets } from './packets.ts'

const SAMPLE = repositoryFile('samples/office.pcap')

async function written(pieces: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  writeFileSync(path, Buffer.concat(all))
}

const total = (flows: readonly FlowDetail[]) =>
  flows.reduce((sum, { packets }) => sum + packets[0] + packets[1], 0)

test('a file of evidence holds every packet of its flows, and no other', async (context) => {
  const flows = (await flowsIn(SAMPLE)).filter(({ proto }) => proto === 'TCP' || proto === 'UDP')
  const p2p = flows.filter(({ family }) => family !== undefined)
  assert.ok(p2p.length > 10 && p2p.length < flows.length)
  const path = join(temporaryFolder(context), 'evidence.pcapng')
  const packets = new StoredPackets(readerOf(flows, 'capture'), 'Peerscope 0')
  await written(packets.capture({ where: 'p2p' }), path)
  const counted = await readCaptures({ files: [path] }, () => undefined)
  assert.deepEqual(counted.damage, [])
  assert.equal(counted.packets, total(p2p))
  // Read again, they are the same flows.
  const again = await flowsIn(path)
  assert.equal(again.length, p2p.length)
  const one = p2p[3]!
  await written(packets.capture({ flows: [one.id] }), path)
  assert.equal((await readCaptures({ files: [path] }, () => undefined)).packets, total([one]))
})

test('packets that are evidence say of what', async (context) => {
  const flows = await flowsIn(SAMPLE)
  const one = flows.find(({ family }) => family !== undefined)!
  const message = {
    ...{ side: 0 as const, family: one.family!, log: 'kad', name: 'hello\u202e', fields: {} },
    ...{ run: 1, micros: one.startMicros, capture: SAMPLE, frame: one.frame },
  }
  const packets = new StoredPackets(readerOf(flows, 'capture', [message]), 'Peerscope 0')
  const path = join(temporaryFolder(context), 'evidence.pcapng')
  await written(packets.capture({ flows: [one.id] }), path)
  const bytes = readFileSync(path)
  assert.ok(bytes.includes(`flow ${one.id} (1:x=): ${one.family} ${one.part}, ${one.sureness}`))
  // What strangers wrote does not turn the text around.
  assert.ok(bytes.includes('kad: hello\\u{202e}'))
  let comments = 0
  await describeEach(path, ({ packetComments }) => {
    comments = packetComments
  })
  assert.ok(comments > 0)
})

test('the bytes of a flow begin with its IP header', async () => {
  const flows = await flowsIn(SAMPLE)
  const one = flows.find(({ proto, srcIp }) => proto === 'UDP' && srcIp.includes('.'))!
  const packets = new StoredPackets(readerOf(flows, 'capture'), 'Peerscope 0')
  const first = await packets.rows(one.id, { limit: 1 })
  assert.equal(first?.total, total([one]))
  const [row] = first!.rows
  assert.equal(row?.frame, one.frame)
  assert.equal(row?.side, 0)
  const ip = one.srcIp.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'))
  assert.equal(row?.hex.slice(0, 1), '4')
  assert.equal(row?.hex.slice(24, 32), ip.join(''))
  const rest = await packets.rows(one.id, { limit: 1000, offset: 1 })
  assert.equal(rest?.rows.length, total([one]) - 1)
  assert.equal(await packets.rows('1.99999', { limit: 1 }), undefined)
})

test('a capture that has gone has no packets', async () => {
  const flows = (await flowsIn(SAMPLE)).map((flow) => ({ ...flow, capture: '/nowhere.pcap' }))
  const packets = new StoredPackets(readerOf(flows, 'capture'), 'Peerscope 0')
  assert.equal(await packets.rows(flows[0]!.id, { limit: 1 }), undefined)
})

const START = 1_700_000_000_000_000
const ENDS = [
  { ip: '192.0.2.1', port: 4000 },
  { ip: '198.51.100.2', port: 6881 },
] as const

function frame(number: number): KeptPacket {
  const bytes = udpFrame(ENDS[0], ENDS[1], new Uint8Array(number % 50), number)
  const size = bytes.length
  const micros = START + number * 1000
  return { bytes, at: 0, size, wireSize: size + 1, micros, linkType: 1, frame: number }
}

test('kept packets come back as they were, with their frame numbers', (context) => {
  const folder = temporaryFolder(context)
  const keeper = new PacketKeeper(folder, 'eth0', 10_000_000)
  for (let i = 1; i <= 100; i++) keeper.add({ ...frame(i), frame: i * 2 ** 30 })
  keeper.close()
  const found = [...keptPackets(folder, 'eth0', START, START + 1e9)]
  assert.equal(found.length, 100)
  for (const [i, packet] of found.entries()) {
    const meant = frame(i + 1)
    assert.equal(packet.frame, (i + 1) * 2 ** 30)
    assert.equal(packet.micros, meant.micros)
    assert.equal(packet.wireSize, meant.wireSize)
    assert.deepEqual(packet.bytes.slice(packet.at, packet.at + packet.size), meant.bytes)
  }
  assert.deepEqual([...keptPackets(folder, 'eth0', 0, START - 1)], [])
  assert.deepEqual([...keptPackets(folder, '../eth0', START, START + 1e9)], [])
})

test('what is kept stays within its bound, the oldest goes, and is pcapng for others', async (context) => {
  const folder = temporaryFolder(context)
  const bound = 400_000
  const keeper = new PacketKeeper(folder, 'eth0', bound)
  for (let i = 1; i <= 20_000; i++) {
    keeper.add(frame(i))
    if (i % 100 === 0) keeper.flush()
  }
  keeper.close()
  assert.equal(keeper.lost, 0)
  const own = join(folder, 'eth0')
  const sizes = readdirSync(own).map((name) => statSync(join(own, name)).size)
  const sum = sizes.reduce((a, b) => a + b, 0)
  assert.ok(sum <= bound && sum > bound / 2, `${sum} bytes in ${sizes.length} segments`)
  const frames = [...keptPackets(folder, 'eth0', 0, 1e18)].map((packet) => packet.frame)
  assert.equal(frames.at(-1), 20_000)
  assert.equal(frames[0], 20_001 - frames.length)
  const cursor = await openCaptures([own])
  let read = 0
  for (let step = cursor.next(); step !== 'end'; step = cursor.next()) {
    if (step === 'wait') await cursor.fill()
    else read++
  }
  await cursor.close()
  assert.deepEqual(cursor.damage, [])
  assert.equal(read, frames.length)
})

test('a segment that was cut by a crash gives what it holds', (context) => {
  const folder = temporaryFolder(context)
  const keeper = new PacketKeeper(folder, 'eth0', 10_000_000)
  for (let i = 1; i <= 10; i++) keeper.add(frame(i))
  keeper.close()
  const [name] = readdirSync(join(folder, 'eth0'))
  const path = join(folder, 'eth0', name!)
  truncateSync(path, statSync(path).size - 10)
  assert.equal([...keptPackets(folder, 'eth0', 0, 1e18)].length, 9)
})

test('packets of an interface are fetched from where they were kept', async (context) => {
  const folder = temporaryFolder(context)
  const keeper = new PacketKeeper(folder, 'eth0', 10_000_000)
  for (let i = 1; i <= 10; i++) keeper.add(frame(i))
  keeper.close()
  const [some] = await flowsIn(SAMPLE)
  const flow: FlowDetail = {
    ...some!,
    ...{ id: '1.1', proto: 'UDP', srcIp: ENDS[0].ip, srcPort: 4000, dstIp: ENDS[1].ip },
    ...{ dstPort: 6881, startMicros: START, endMicros: START + 5000, open: false },
    ...{ capture: 'eth0', frame: 1, packets: [5, 0] },
  }
  const packets = new StoredPackets(readerOf([flow], 'live'), 'Peerscope 0', folder)
  const found = await packets.rows('1.1', { limit: 100 })
  assert.deepEqual(
    found?.rows.map((row) => row.frame),
    [1, 2, 3, 4, 5],
  )
  assert.equal(
    await new StoredPackets(readerOf([flow], 'live'), 'x').rows('1.1', { limit: 1 }),
    undefined,
  )
})

test('Wireshark shows the notes as comments', { skip: NO_TSHARK }, async (context) => {
  const flows = await flowsIn(SAMPLE)
  const one = flows.find(({ family }) => family !== undefined)!
  const path = join(temporaryFolder(context), 'evidence.pcapng')
  const packets = new StoredPackets(readerOf(flows, 'capture'), 'Peerscope 0')
  await written(packets.capture({ flows: [one.id] }), path)
  const lines = tshark('-r', path, '-T', 'fields', '-e', 'frame.comment').trimEnd().split('\n')
  assert.ok(lines[0]?.startsWith(`flow ${one.id} (1:x=): ${one.family} `), lines[0])
  assert.equal(lines.slice(1).join(''), '')
})
