/** gzip and zstd: what was packed comes out; what is cut, damaged or a bomb costs nothing before it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { constants, gunzipSync, gzipSync } from 'node:zlib'
import { ByteWriter, concat } from '../../core/bytes.ts'
import { randomFrom } from '../../core/random.ts'
import { repositoryFile } from '../../core/repository.ts'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { Blocks, makePcapFile, payload, type Walked, walk } from './captures-in-test.ts'
import { CaptureError, type Cursor } from './cursor.ts'
import { openCaptures } from './open.ts'
import { openBytes } from './open-bytes.ts'

const folder = temporaryFolder()

/** What fixtures/made.pcap.zst holds, too. */
const CAPTURE = makePcapFile(
  Array.from({ length: 400 }, (_, i) => ({
    time: [i, 0] as const,
    bytes: payload(40 + ((i * 31) % 900), i),
  })),
)
/** Where each packet of it ends. */
const ENDS: number[] = []
for (let i = 0, at = 24; i < 400; i++) {
  at += 16 + 40 + ((i * 31) % 900)
  ENDS.push(at)
}

/** Packets that hardly compress, so that places in the packed file say something. */
const random = randomFrom(3)
const NOISE = makePcapFile(
  Array.from({ length: 200 }, (_, i) => ({
    time: [i, 0] as const,
    bytes: Uint8Array.from({ length: 1000 }, () => 64 + (random() % 32)),
  })),
)
/** How much zlib is fed at once, see gzip-source.ts, and what is held back. */
const PIECE_BYTES = 8192 + 8

/** How many of NOISE's packets the first `size` bytes of it, packed, hold. */
function inflatable(packed: Uint8Array, size: number): number {
  const { Z_SYNC_FLUSH } = constants
  const plain = gunzipSync(packed.subarray(0, size), { finishFlush: Z_SYNC_FLUSH })
  return Math.floor((plain.length - 24) / 1016)
}

function assertNoise(packets: readonly Walked[], count: number): void {
  assert.ok(count > 0 && packets.length >= count, `${packets.length} packets, ${count} wanted`)
  for (let i = 0; i < count; i++) {
    const at = 24 + 1016 * i + 16
    assert.deepEqual(packets[i]!.bytes, NOISE.slice(at, at + 1000))
  }
}

async function opened(bytes: Uint8Array): Promise<Cursor> {
  const path = join(folder, 'packed')
  writeFileSync(path, bytes)
  return openCaptures([path])
}

async function read(bytes: Uint8Array): Promise<{ packets: Walked[]; cause: string | undefined }> {
  const cursor = await opened(bytes)
  const packets = await walk(cursor)
  await cursor.close()
  return { packets, cause: cursor.damage[0]?.cause }
}

function assertFirst(packets: readonly Walked[], count: number): void {
  assert.ok(packets.length >= count, `${packets.length} packets, at least ${count} wanted`)
  for (const [i, { bytes }] of packets.entries()) {
    assert.deepEqual(bytes, payload(40 + ((i * 31) % 900), i), `packet ${i}`)
  }
}

/** A zstd frame of raw blocks, without checksum, with a window descriptor. */
function frameOf(bytes: Uint8Array, blockSize = 1000, windowDescriptor = 0x38): Uint8Array {
  const frame = new ByteWriter().u32le(0xfd2fb528).u8(0).u8(windowDescriptor)
  for (let at = 0; ; at += blockSize) {
    const piece = bytes.subarray(at, at + blockSize)
    const isLast = at + blockSize >= bytes.length
    const header = piece.length * 8 + (isLast ? 1 : 0)
    frame
      .u16le(header & 0xffff)
      .u8(header >> 16)
      .bytes(piece)
    if (isLast) return frame.finish()
  }
}

test('gzip: all packets, told by its first bytes and not by its name', async () => {
  const { packets, cause } = await read(gzipSync(CAPTURE))
  assertFirst(packets, 400)
  assert.equal(cause, undefined)
})

test('gzip of several members, wherever the members end', async () => {
  for (const at of [1, 24, 5000, CAPTURE.length - 1]) {
    const members = [CAPTURE.subarray(0, at), CAPTURE.subarray(at)].map((part) => gzipSync(part))
    const { packets, cause } = await read(concat(...members))
    assertFirst(packets, 400)
    assert.equal(cause, undefined)
  }
  // Members that end exactly where a piece of the reader does, and very many small ones.
  const small = Array.from({ length: CAPTURE.length / 50 + 1 }, (_, i) =>
    gzipSync(CAPTURE.subarray(50 * i, 50 * i + 50), { level: 0 }),
  )
  const { packets, cause } = await read(concat(...small))
  assertFirst(packets, 400)
  assert.equal(cause, undefined)
})

test('gzip padded with zeros, as tapes do, is whole', async () => {
  for (const zeros of [1, 600, 20_000]) {
    const { packets, cause } = await read(concat(gzipSync(CAPTURE), new Uint8Array(zeros)))
    assertFirst(packets, 400)
    assert.equal(cause, undefined)
  }
})

test('bytes behind a gzip stream are told, and cost no more than the piece they stand in', async () => {
  const { packets, cause } = await read(concat(gzipSync(NOISE), payload(100, 1)))
  const there = inflatable(gzipSync(NOISE), gzipSync(NOISE).length - PIECE_BYTES)
  assertNoise(packets, there)
  assert.match(cause ?? '', /bytes that are not gzip follow/)
})

test('a cut gzip file gives every packet that its bytes hold', async () => {
  const packed = gzipSync(NOISE)
  for (let size = 2500; size < packed.length; size += 3571) {
    const { packets, cause } = await read(packed.slice(0, size))
    assertNoise(packets, inflatable(packed, size))
    assert.match(cause ?? '', /the gzip stream is cut/)
  }
})

test('a cut in the trailer costs nothing, a wrong checksum neither', async () => {
  const packed = new Uint8Array(gzipSync(CAPTURE))
  for (let missing = 1; missing <= 8; missing++) {
    const { packets, cause } = await read(packed.slice(0, -missing))
    assertFirst(packets, 400)
    assert.match(cause ?? '', /the gzip stream is cut/)
  }
  const wrong = packed.slice()
  wrong[wrong.length - 6]! ^= 1
  const { packets, cause } = await read(wrong)
  assertFirst(packets, 400)
  assert.match(cause ?? '', /the gzip checksum is wrong/)
})

test('a damaged gzip stream gives what lies a piece before the damage', async () => {
  // Not a Buffer: `slice` of those shares its bytes.
  const packed = new Uint8Array(gzipSync(NOISE))
  for (let at = 20_000; at < packed.length - 100; at += 23_456) {
    const broken = packed.slice()
    broken.fill(0xff, at, at + 64)
    const { packets, cause } = await read(broken)
    assertNoise(packets, inflatable(packed, at - PIECE_BYTES))
    // What zlib does not notice, the capture format does.
    assert.notEqual(cause, undefined)
  }
})

test('a gzip bomb is unpacked piece by piece', async () => {
  const block = new Blocks().block(10, new Uint8Array(8_000_000))
  const head = concat(new Blocks().section(), new Blocks().interface())
  const packet = new Blocks().packet({ bytes: payload(9) })
  const bomb = gzipSync(concat(head, block, block, block, block, packet), { level: 9 })
  assert.ok(bomb.length < 40_000)
  writeFileSync(join(folder, 'bomb'), bomb)
  const { source } = await openBytes(join(folder, 'bomb'))
  // One read makes zlib unpack one piece of the file, however little is asked for.
  const before = process.memoryUsage().arrayBuffers
  await source.read(new Uint8Array(10))
  assert.ok(process.memoryUsage().arrayBuffers - before < 16_000_000)
  source.close()
  assert.equal((await read(bomb)).packets.length, 1)
})

test('zstd: a file of the zstd program', async () => {
  const { packets, cause } = await read(
    new Uint8Array(readFileSync(repositoryFile('src/intake/source/fixtures/made.pcap.zst'))),
  )
  assertFirst(packets, 400)
  assert.equal(cause, undefined)
})

test('zstd: frames one after the other, empty ones and skippable ones between', async () => {
  const skippable = concat(new ByteWriter().u32le(0x184d2a57).u32le(300).finish(), payload(300))
  const { packets, cause } = await read(
    concat(
      frameOf(CAPTURE.subarray(0, 10_000)),
      frameOf(new Uint8Array(0)),
      skippable,
      frameOf(CAPTURE.subarray(10_000, 10_001)),
      frameOf(CAPTURE.subarray(10_001), 131_072),
      skippable,
    ),
  )
  assertFirst(packets, 400)
  assert.equal(cause, undefined)
})

test('zstd: cut anywhere, the packets of all whole blocks are there', async () => {
  const packed = frameOf(CAPTURE)
  for (let size = 1100; size < packed.length; size += 5003) {
    const { packets, cause } = await read(packed.slice(0, size))
    // 6 bytes of header; 3 and 1000 of each block.
    const whole = Math.floor((size - 6) / 1003) * 1000
    assertFirst(packets, ENDS.filter((end) => end <= whole).length)
    assert.match(cause ?? '', /the zstd stream is cut/)
  }
  const real = new Uint8Array(
    readFileSync(repositoryFile('src/intake/source/fixtures/made.pcap.zst')),
  )
  // Only the checksum is cut: everything was unpacked.
  const { packets, cause } = await read(real.slice(0, -2))
  assertFirst(packets, 400)
  assert.match(cause ?? '', /the zstd stream is cut/)
  real[real.length - 3]! ^= 1
  const wrong = await read(real)
  assertFirst(wrong.packets, 400)
  assert.match(wrong.cause ?? '', /the zstd checksum is wrong/)
})

test('flipped bits are never taken for a sound file', async () => {
  const zstd = readFileSync(repositoryFile('src/intake/source/fixtures/made.pcap.zst'))
  for (const packed of [new Uint8Array(zstd), new Uint8Array(gzipSync(CAPTURE))]) {
    for (let round = 0; round < 60; round++) {
      const bytes = packed.slice()
      // Behind the headers: names, times and claimed sizes there may change nothing.
      bytes[16 + (random() % (bytes.length - 16))]! ^= 1 << (random() % 8)
      try {
        const { packets, cause } = await read(bytes)
        if (cause === undefined) assertFirst(packets, 400)
      } catch (error) {
        assert.ok(error instanceof CaptureError)
      }
    }
  }
})

test('zstd: broken blocks and foreign bytes are told', async () => {
  const sound = frameOf(CAPTURE)
  for (const [bytes, said] of [
    [concat(sound, payload(20, 1)), /bytes that are not zstd follow/],
    [
      concat(sound, frameOf(payload(9)).slice(0, 6), Uint8Array.of(0xff, 0xff, 0xff)),
      /block .* broken/,
    ],
    [concat(sound, frameOf(payload(9), 9, 0xff)), /wants a window of/],
  ] as const) {
    const { packets, cause } = await read(bytes)
    assertFirst(packets, 400)
    assert.match(cause ?? '', said)
  }
})

test('zstd: a block that repeats one byte is unpacked one at a time', async () => {
  // 20,000 blocks of four bytes, each 128 KiB when unpacked: 2.6 GB out of 80 kB.
  const bomb = new ByteWriter().bytes(frameOf(CAPTURE).slice(0, 6))
  const header = 131_072 * 8 + 2
  for (let i = 0; i < 20_000; i++)
    bomb
      .u16le(header & 0xffff)
      .u8(header >> 16)
      .u8(0)
  writeFileSync(join(folder, 'bomb'), bomb.finish())
  const { source, compression } = await openBytes(join(folder, 'bomb'))
  assert.equal(compression, 'zstd')
  const before = process.memoryUsage().arrayBuffers
  const target = new Uint8Array(10)
  assert.equal(await source.read(target), 10)
  assert.ok(process.memoryUsage().arrayBuffers - before < 8_000_000)
  source.close()
})

test('zstd: the program itself as second opinion, at several levels', async (t) => {
  if (spawnSync('zstd', ['--version']).error) return t.skip('zstd is not installed')
  const plain = join(folder, 'plain.pcap')
  // Larger than a window of level 1, so that references reach across blocks.
  const many = Array.from({ length: 3000 }, (_, i) => ({
    time: [i, 0] as const,
    bytes: payload(1000, i % 7),
  }))
  writeFileSync(plain, makePcapFile(many))
  for (const level of ['-1', '-19', '--fast=5', '--long=27']) {
    spawnSync('zstd', ['-q', '-f', level, plain, '-o', join(folder, 'packed.zst')])
    const cursor = await openCaptures([join(folder, 'packed.zst')])
    const packets = await walk(cursor)
    assert.equal(packets.length, 3000, level)
    assert.deepEqual(cursor.damage, [])
    assert.deepEqual(packets.at(-1)!.bytes, payload(1000, 2999 % 7))
  }
})

test('a packed file that holds no capture says what it holds', async () => {
  await assert.rejects(opened(gzipSync('GET / HTTP/1.1')), (error: Error) => {
    assert.ok(error instanceof CaptureError)
    assert.match(error.message, /not a capture file: begins inside gzip with 474554202f204854/)
    return true
  })
  await assert.rejects(opened(gzipSync('')), /holds nothing \(gzip\)/)
  await assert.rejects(
    opened(gzipSync(CAPTURE).slice(0, 12)),
    /cannot be read: the gzip stream is cut/,
  )
})
