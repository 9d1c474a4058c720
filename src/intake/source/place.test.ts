/** From every place of a capture the rest is read as it was read from the beginning. */
import assert from 'node:assert/strict'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { concat } from '../../core/bytes.ts'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { Blocks, makePcapFile, payload, type Walked, walk } from './captures-in-test.ts'
import type { Place } from './cursor.ts'
import { openCaptureAt, openCaptures } from './open.ts'

function written(context: TestContext, bytes: Uint8Array): string {
  const folder = temporaryFolder(context)
  const path = join(folder, 'capture')
  writeFileSync(path, bytes)
  return path
}

/** Places before the packets with these numbers (from 0), and all packets. */
async function walked(path: string, wanted: readonly number[]) {
  const cursor = await openCaptures([path])
  const places = new Map<number, Place | undefined>()
  const packets: Walked[] = []
  for (;;) {
    if (wanted.includes(packets.length)) places.set(packets.length, cursor.place?.())
    const step = cursor.next()
    if (step === 'end') break
    if (step === 'wait') {
      await cursor.fill()
      continue
    }
    const { capture, frame, micros, wireSize, linkType, interfaceId, at, size } = cursor
    const bytes = cursor.bytes.slice(at, at + size)
    packets.push({ capture, frame, micros, wireSize, linkType, interfaceId, bytes })
  }
  await cursor.close()
  return { packets, places }
}

async function readsOn(path: string, wanted: readonly number[]): Promise<void> {
  const { packets, places } = await walked(path, wanted)
  for (const number of wanted) {
    const cursor = await openCaptureAt(path, places.get(number)!)
    assert.deepEqual(await walk(cursor), packets.slice(number), `from ${number}`)
    assert.deepEqual(cursor.damage, [])
    await cursor.close()
  }
}

test('pcap: nanoseconds, big endian, larger than what is read at once', async (context) => {
  const made = Array.from({ length: 1500 }, (_, i) => ({
    time: [1_700_000_000 + i, i] as const,
    bytes: payload(900 + (i % 100), i),
  }))
  const options = { big: true, magic: 0xa1b23c4d, linkType: 101 }
  await readsOn(written(context, makePcapFile(made, options)), [1, 2, 700, 1499, 1500])
})

test('pcapng: sections and interfaces that came before a place are known there', async (context) => {
  const [little, big] = [new Blocks(), new Blocks(true)]
  const packet = (interfaceId: number, low: number) => ({
    ...{ bytes: payload(20 + low), interfaceId, time: [1, low] as const },
  })
  const nanoseconds = [9, Uint8Array.of(9)] as const
  const bytes = concat(
    ...[little.section(), little.interface(1), little.packet(packet(0, 1))],
    // A second interface comes between two packets: from before it, it is met once.
    ...[little.packet(packet(0, 2)), little.interface(101, 0, nanoseconds)],
    ...[little.packet(packet(1, 3)), little.simplePacket({ bytes: payload(8) })],
    ...[big.section(), big.interface(228), big.packet(packet(0, 4)), big.packet(packet(0, 5))],
  )
  await readsOn(written(context, bytes), [1, 2, 3, 4, 5, 6])
})

test('where bytes come in order only there are no places', async (context) => {
  const path = written(context, gzipSync(makePcapFile([{ bytes: payload(60) }])))
  const { packets, places } = await walked(path, [1])
  assert.equal(packets.length, 1)
  assert.deepEqual([...places], [[1, undefined]])
})

test('a file that has grown since is read to its new end', async (context) => {
  const [one, other] = [{ bytes: payload(60) }, { bytes: payload(61) }]
  const path = written(context, makePcapFile([one, one]))
  const { places } = await walked(path, [2])
  appendFileSync(path, makePcapFile([other]).subarray(24))
  const cursor = await openCaptureAt(path, places.get(2)!)
  assert.deepEqual(
    (await walk(cursor)).map(({ frame, bytes }) => [frame, bytes.length]),
    [[3, 61]],
  )
  await cursor.close()
})
