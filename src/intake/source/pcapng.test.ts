/** Blocks, sections, interfaces and times of pcapng files; cut and broken at every place. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesOf, concat, fromHex } from '../../core/bytes.ts'
import { randomFrom } from '../../core/random.ts'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { NO_TSHARK, tsharkFields } from '../../core/tshark-in-test.ts'
import { Blocks, payload, walk } from './captures-in-test.ts'
import type { Cursor } from './cursor.ts'
import { openCaptures } from './open.ts'

const folder = temporaryFolder()

async function opened(...blocks: readonly Uint8Array[]): Promise<Cursor> {
  const path = join(folder, 'x.pcapng')
  writeFileSync(path, concat(...blocks))
  return openCaptures([path])
}

async function causeOf(...blocks: readonly Uint8Array[]): Promise<string | undefined> {
  const cursor = await opened(...blocks)
  await walk(cursor)
  return cursor.damage[0]?.cause
}

const little = new Blocks()

for (const big of [false, true]) {
  const order = big ? 'big-endian' : 'little-endian'
  const make = new Blocks(big)

  test(`${order}: packets of all three kinds, with all their fields`, async () => {
    const cursor = await opened(
      make.section([4, bytesOf('a writer')], [1, bytesOf('a comment')]),
      make.interface(113, 96),
      make.interface(1, 0, [9, Uint8Array.of(9)], [2, bytesOf('eth1')]),
      make.packet({ bytes: payload(61), wireSize: 1500, time: [0x60a24, 0x6fb92c80] }),
      // 1,700,000,000.123456789 s in nanoseconds.
      make.packet({ bytes: payload(2), time: [0x17979cfe, 0x3d85cd15], interfaceId: 1 }),
      make.oldPacket({ bytes: payload(5), time: [0, 77], interfaceId: 1 }),
      make.oldPacket({ bytes: payload(5), time: [0, 77], interfaceId: 0 }),
      make.simplePacket({ bytes: payload(33) }),
      make.simplePacket({ bytes: payload(96), wireSize: 200 }),
    )
    const packets = await walk(cursor)
    assert.deepEqual(cursor.damage, [])
    assert.deepEqual(
      packets.map((one) => [one.frame, one.micros, one.wireSize, one.linkType, one.interfaceId]),
      [
        [1, 0x60a24 * 2 ** 32 + 0x6fb92c80, 1500, 113, 0],
        [2, 1_700_000_000_123_456 + 0.75, 2, 1, 1],
        [3, 0, 5, 1, 1],
        [4, 77, 5, 113, 0],
        [5, 77, 33, 113, 0],
        [6, 77, 200, 113, 0],
      ],
    )
    assert.deepEqual(
      packets.map(({ bytes }) => bytes),
      [payload(61), payload(2), payload(5), payload(5), payload(33), payload(96)],
    )
  })
}

test('a section may change the byte order, and forgets the interfaces before it', async () => {
  const big = new Blocks(true)
  const packet = { bytes: payload(20) }
  const cursor = await opened(
    little.section(),
    little.interface(1),
    little.packet(packet),
    big.section(),
    big.interface(101),
    big.interface(228),
    big.packet({ ...packet, interfaceId: 1 }),
    little.section(),
    little.packet(packet),
  )
  const packets = await walk(cursor)
  assert.deepEqual(
    packets.map(({ frame, linkType }) => [frame, linkType]),
    [
      [1, 1],
      [2, 228],
    ],
  )
  assert.equal(cursor.damage[0]?.cause, 'a packet names interface 0, which is not there')
})

test('thousands of sections, as concatenated files have, are read', async () => {
  const one = concat(little.section(), little.interface(), little.packet({ bytes: payload(9) }))
  const packets = await walk(await opened(...Array.from({ length: 6000 }, () => one)))
  assert.equal(packets.at(-1)?.frame, 6000)
})

test('a simple packet is as long as the snap length allows', async () => {
  const packets = await walk(
    await opened(
      little.section(),
      little.interface(1, 10),
      little.simplePacket({ bytes: payload(10), wireSize: 3000 }),
    ),
  )
  assert.deepEqual(packets[0]?.bytes, payload(10))
})

test('times have the resolution and offset of their interface', async () => {
  const offset = fromHex('00f1536500000000') // 1,700,000,000 in little-endian
  const packets = await walk(
    await opened(
      little.section(),
      little.interface(1, 0, [9, Uint8Array.of(3)], [14, offset]),
      little.interface(1, 0, [9, Uint8Array.of(0x80 | 10)]),
      little.packet({ bytes: payload(1), time: [0, 1500] }),
      little.packet({ bytes: payload(1), time: [0, 1536], interfaceId: 1 }),
    ),
  )
  assert.deepEqual(
    packets.map(({ micros }) => micros),
    [1_700_000_001_500_000, 1_500_000],
  )
})

test('whole packets before a cut are all there, wherever the cut is', async () => {
  const blocks = [
    little.section([4, bytesOf('cut me')]),
    little.interface(),
    little.packet({ bytes: payload(5), options: [[1, bytesOf('note')]] }),
    little.block(4, payload(8)),
    little.oldPacket({ bytes: payload(6) }),
    little.simplePacket({ bytes: payload(7) }),
  ]
  const whole = concat(...blocks)
  const ends = blocks.map((_, i) => concat(...blocks.slice(0, i + 1)).length)
  const packetEnds = [ends[2]!, ends[4]!, ends[5]!]
  for (let size = 4; size < whole.length; size++) {
    const cursor = await opened(whole.slice(0, size))
    const packets = await walk(cursor)
    assert.equal(packets.length, packetEnds.filter((end) => end <= size).length, `cut at ${size}`)
    assert.equal(cursor.damage.length, ends.includes(size) ? 0 : 1, `cut at ${size}`)
    if (!ends.includes(size)) {
      const last = Math.max(0, ...ends.filter((end) => end <= size))
      assert.equal(cursor.damage[0]!.offset, last)
    }
    await cursor.close()
  }
})

test('broken blocks say what is wrong with them', async () => {
  const head = [little.section(), little.interface()]
  const good = little.packet({ bytes: payload(8) })
  const patched = (at: number, value: number) => {
    const bytes = good.slice()
    bytes[at] = value
    return bytes
  }
  const w = () => little.writer()
  for (const [block, cause] of [
    [patched(4, 41), 'a block claims 41 bytes'],
    [patched(4, 8), 'a block claims 8 bytes'],
    [patched(7, 1), 'a block claims 16777256 bytes'],
    [patched(36, 44), 'a block claims 40 bytes, and 44 at its end'],
    [patched(8, 3), 'a packet names interface 3, which is not there'],
    [patched(20, 9), 'a packet claims 9 captured bytes, its block holds 8'],
    [patched(22, 4), 'a packet claims 262152 captured bytes, more than any capture holds'],
    [little.block(6, payload(16)), 'a packet block is too short'],
    [little.block(3, w().finish()), 'a simple packet block is too short'],
    [little.block(1, payload(4)), 'an interface block is too short'],
    [little.block(0x0a0d0d0a, payload(16)), 'a section begins without byte-order magic'],
    [little.block(0x0a0d0d0a, w().u32(0x1a2b3c4d).finish()), 'a section header is too short'],
    [
      little.block(0x0a0d0d0a, w().u32(0x1a2b3c4d).u16(2).bytes(payload(10)).finish()),
      'version 2 of pcapng is not known',
    ],
  ] as const) {
    assert.equal(await causeOf(...head, good, block, good), cause)
  }
  assert.equal(
    await causeOf(little.section(), little.simplePacket({ bytes: payload(4) })),
    'a simple packet without any interface',
  )
})

test('options that do not fit their block are left', async () => {
  const broken = little.writer().u16(2).u16(500).bytes(bytesOf('eth')).finish()
  const packets = await walk(
    await opened(
      little.section(),
      little.block(1, little.writer().u16(1).u16(0).u32(0).bytes(broken).finish()),
      little.packet({ bytes: payload(3) }),
    ),
  )
  assert.equal(packets.length, 1)
})

test('a block of megabytes that holds no packet is passed over', async () => {
  const cursor = await opened(
    little.section(),
    little.interface(),
    little.block(10, new Uint8Array(9_000_000)),
    little.packet({ bytes: payload(3) }),
  )
  assert.deepEqual((await walk(cursor))[0]?.bytes, payload(3))
  assert.deepEqual(cursor.damage, [])
})

test('flipped bits never throw', async () => {
  const random = randomFrom(11)
  const whole = concat(
    little.section([4, bytesOf('writer')]),
    little.interface(1, 96, [9, Uint8Array.of(9)], [2, bytesOf('eth0')]),
    ...Array.from({ length: 20 }, (_, i) => little.packet({ bytes: payload(20 + i, i) })),
    little.block(5, payload(20)),
  )
  for (let round = 0; round < 400; round++) {
    const bytes = whole.slice()
    for (let flips = 0; flips <= round % 6; flips++) {
      bytes[4 + (random() % (whole.length - 4))]! ^= 1 << (random() % 8)
    }
    await walk(await opened(bytes))
  }
})

test('frames have the numbers that Wireshark gives them', { skip: NO_TSHARK }, async () => {
  const packet = little.packet({ bytes: payload(60) })
  // Name resolution, statistics, journal, secrets, sysdig, custom, unknown and local blocks.
  const types = [4, 5, 9, 10, 0x204, 0x208, 0x216, 0x217, 0x221, 0x222, 0xbad, 0x40000bad, 7, 0x777]
  const blocks = types.flatMap((type) => [little.block(type, blockBody(type)), packet])
  const cursor = await opened(little.section(), little.interface(), packet, ...blocks)
  const ours = (await walk(cursor)).map(({ frame }) => frame)
  const shown = tsharkFields(join(folder, 'x.pcapng'), 'eth', ['frame.number'])
  assert.deepEqual(ours, shown.flat().map(Number))
  assert.equal(ours.length, types.length + 1)
})

/** The least that Wireshark takes for such a block. */
function blockBody(type: number): Uint8Array {
  if (type === 9) return bytesOf('__REALTIME_TIMESTAMP=1600000000000000\n')
  if (type === 10) return little.writer().u32(0x544c534b).u32(4).bytes(payload(4)).finish()
  if (type === 0xbad || type === 0x40000bad) return little.writer().u32(12345).u32(1).finish()
  return type >= 0x204 && type < 0x300 ? new Uint8Array(60) : new Uint8Array(16)
}
