/** Classic captures: both byte orders, both units, cut and broken at every place. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { randomFrom } from '../../core/random.ts'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import {
  type MadePacket,
  makePcapFile,
  type PcapOptions,
  payload,
  walk,
} from './captures-in-test.ts'
import type { Cursor } from './cursor.ts'
import { openCaptures } from './open.ts'

const folder = temporaryFolder()

async function opened(bytes: Uint8Array): Promise<Cursor> {
  const path = join(folder, 'x.pcap')
  writeFileSync(path, bytes)
  return openCaptures([path])
}

const PACKETS: readonly MadePacket[] = [
  { time: [1_700_000_000, 1], bytes: payload(60) },
  { time: [1_700_000_000, 999_999], bytes: payload(1, 7), wireSize: 1500 },
  { time: [1_699_999_999, 0], bytes: payload(0) },
  { time: [0xffffffff, 5], bytes: payload(1514, 9) },
]

for (const [what, options] of [
  ['little-endian', {}],
  ['big-endian', { big: true }],
  ['modified, little-endian', { magic: 0xa1b2cd34 }],
  ['modified, big-endian', { magic: 0xa1b2cd34, big: true }],
] as const satisfies readonly (readonly [string, PcapOptions])[]) {
  test(`microseconds, ${what}: every field of every packet`, async () => {
    const cursor = await opened(makePcapFile(PACKETS, { ...options, linkType: 113 }))
    const packets = await walk(cursor)
    assert.deepEqual(
      packets.map(({ frame, micros, wireSize, bytes }) => [frame, micros, wireSize, bytes]),
      [
        [1, 1_700_000_000_000_001, 60, payload(60)],
        [2, 1_700_000_000_999_999, 1500, payload(1, 7)],
        [3, 1_699_999_999_000_000, 0, payload(0)],
        [4, 4_294_967_295_000_005, 1514, payload(1514, 9)],
      ],
    )
    assert.ok(packets.every(({ linkType, interfaceId }) => linkType === 113 && interfaceId === 0))
    assert.deepEqual(cursor.damage, [])
    assert.equal(cursor.next(), 'end')
    assert.equal(cursor.bytesRead, cursor.bytesTotal)
    await cursor.close()
  })
}

test('nanoseconds: the microsecond is never rounded up, the fraction is kept to a quarter', async () => {
  for (const big of [false, true]) {
    const times = [0, 250, 999, 1000, 1_500, 999_999_999]
    const made = times.map((nanos) => ({
      time: [1_700_000_000, nanos] as const,
      bytes: payload(4),
    }))
    const packets = await walk(await opened(makePcapFile(made, { magic: 0xa1b23c4d, big })))
    assert.deepEqual(
      packets.map(({ micros }) => micros - 1_700_000_000_000_000),
      [0, 0.25, 0.75, 1, 1.5, 999_999.75],
    )
  }
})

test('the upper bits of the link type (frame check sequence) are not part of it', async () => {
  const [packet] = await walk(
    await opened(makePcapFile([{ bytes: payload(9) }], { linkType: 0x24000001 })),
  )
  assert.equal(packet?.linkType, 1)
})

test('a capture without packets is one', async () => {
  const cursor = await opened(makePcapFile([]))
  assert.deepEqual(await walk(cursor), [])
  assert.deepEqual(cursor.damage, [])
})

test('cut at every byte, all whole packets are there and the cut is told', async () => {
  const whole = makePcapFile(PACKETS.slice(0, 3))
  const ends = [24, 24 + 76, 24 + 76 + 17, 24 + 76 + 17 + 16]
  assert.equal(ends.at(-1), whole.length)
  for (let size = 4; size < whole.length; size++) {
    const cursor = await opened(whole.slice(0, size))
    const packets = await walk(cursor)
    const count = ends.filter((end) => end <= size).length - 1
    assert.equal(packets.length, Math.max(0, count), `cut at ${size}`)
    if (ends.includes(size)) {
      assert.deepEqual(cursor.damage, [])
      continue
    }
    assert.equal(cursor.damage.length, 1, `cut at ${size}`)
    assert.equal(cursor.damage[0]!.offset, size < 24 ? 0 : ends[count])
    assert.match(cursor.damage[0]!.cause, / is cut$/)
    await cursor.close()
  }
})

test('a packet longer than any capture holds ends the reading there', async () => {
  const good = makePcapFile(PACKETS.slice(0, 2))
  const bad = makePcapFile([{ bytes: payload(262_145) }]).slice(24)
  const whole = new Uint8Array([...good, ...bad])
  const cursor = await opened(whole)
  assert.equal((await walk(cursor)).length, 2)
  assert.deepEqual(cursor.damage, [
    {
      capture: join(folder, 'x.pcap'),
      offset: good.length,
      cause: 'a packet claims 262145 captured bytes, more than any capture holds',
    },
  ])
  // One byte less is believed.
  const largest = await walk(await opened(makePcapFile([{ bytes: payload(262_144) }])))
  assert.equal(largest[0]?.bytes.length, 262_144)
})

test('packets that straddle the reading window come whole', async () => {
  // 3000 packets of up to 8 kB: several windows of 4 MiB, cut at uneven places.
  const sizes = Array.from({ length: 3000 }, (_, i) => (i * 7919) % 8192)
  const made = sizes.map((size, i) => ({ time: [i, 0] as const, bytes: payload(size, i) }))
  const cursor = await opened(makePcapFile(made))
  let at = 0
  for (const { bytes, micros } of await walk(cursor)) {
    assert.equal(micros, at * 1_000_000)
    assert.deepEqual(bytes, payload(sizes[at]!, at))
    at++
  }
  assert.equal(at, 3000)
})

test('flipped bits never throw, and what lies before the first flip is read', async () => {
  const random = randomFrom(5)
  const whole = makePcapFile(
    Array.from({ length: 40 }, (_, i) => ({ time: [i, 0] as const, bytes: payload(40, i) })),
  )
  for (let round = 0; round < 300; round++) {
    const bytes = whole.slice()
    let first = whole.length
    for (let flips = 0; flips <= round % 5; flips++) {
      const at = 24 + (random() % (whole.length - 24))
      bytes[at]! ^= 1 << (random() % 8)
      first = Math.min(first, at)
    }
    const packets = await walk(await opened(bytes))
    const sound = Math.floor((first - 24) / 56)
    assert.ok(packets.length >= sound)
    for (let i = 0; i < sound; i++) assert.deepEqual(packets[i]!.bytes, payload(40, i))
  }
})
