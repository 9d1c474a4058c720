/** What a capture is said to be: against hand-made files, and against capinfos. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { bytesOf, concat } from '../../core/bytes.ts'
import { sharedCapture } from '../../core/repository.ts'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { Blocks, makePcapFile, payload } from './captures-in-test.ts'
import { type CaptureDescription, describe, describeEach } from './describe.ts'

const folder = temporaryFolder()

async function described(bytes: Uint8Array): Promise<CaptureDescription> {
  const path = join(folder, 'x')
  writeFileSync(path, bytes)
  return describe(path)
}

test('a pcap: every field', async () => {
  const bytes = makePcapFile(
    [
      { time: [100, 0], bytes: payload(60) },
      { time: [104, 500_000], bytes: payload(100), wireSize: 300 },
      { time: [102, 0], bytes: payload(40) },
    ],
    { big: true, snaplen: 100, linkType: 189 },
  )
  const packed = gzipSync(bytes)
  assert.deepEqual(await described(packed), {
    file: join(folder, 'x'),
    fileBytes: packed.length,
    sha256: createHash('sha256').update(packed).digest('hex'),
    format: 'pcap',
    version: '2.4',
    byteOrder: 'big-endian',
    compression: 'gzip',
    sections: 1,
    interfaces: [
      {
        section: 1,
        id: 0,
        linkType: 189,
        linkTypeName: 'USB, Linux',
        read: false,
        snaplen: 100,
        ticksPerSecond: 1_000_000,
        offsetSeconds: 0,
        packets: 3,
      },
    ],
    applications: [],
    systems: [],
    hardware: [],
    comments: [],
    packetComments: 0,
    otherBlocks: {},
    packets: 3,
    capturedBytes: 200,
    wireBytes: 400,
    firstMicros: 100_000_000,
    lastMicros: 104_500_000,
    packetsPerSecond: 3 / 4.5,
    wireBytesPerSecond: 400 / 4.5,
    outOfOrder: 1,
    snaplenCut: 1,
    damage: undefined,
  })
})

test('a pcapng: what its sections, interfaces and blocks say of themselves', async () => {
  const little = new Blocks()
  const big = new Blocks(true)
  const counter = (value: number) => little.writer().u32(value).u32(0).finish()
  const note = [1, bytesOf('worth a look')] as const
  const about = await described(
    concat(
      little.section(
        [1, bytesOf('first')],
        [2, bytesOf('a board')],
        [3, bytesOf('Linux\0\0')],
        [4, bytesOf('dumpcap')],
      ),
      little.interface(
        1,
        96,
        [2, bytesOf('eth0')],
        [3, bytesOf('uplink')],
        [11, bytesOf('\0tcp')],
        [1, bytesOf('second')],
      ),
      little.interface(
        276,
        0,
        [9, Uint8Array.of(9)],
        [11, bytesOf('\x01abcdefgh')],
        [12, bytesOf('5.10')],
        [15, bytesOf('a card')],
      ),
      little.packet({ bytes: payload(10), options: [note] }),
      little.packet({ bytes: payload(10), interfaceId: 1, options: [[2, payload(4)], note, note] }),
      little.packet({ bytes: payload(10), interfaceId: 1 }),
      little.block(4, payload(8)),
      little.block(0x777, payload(8)),
      little.block(
        5,
        concat(
          little.writer().u32(1).u32(0).u32(0).finish(),
          little.options([
            [4, counter(900)],
            [5, counter(7)],
          ]),
        ),
      ),
      big.section([4, bytesOf('dumpcap')]),
      big.interface(101),
      big.packet({ bytes: payload(10) }),
    ),
  )
  assert.equal(about.format, 'pcapng')
  assert.equal(about.version, '1.0')
  assert.equal(about.byteOrder, 'mixed')
  assert.equal(about.sections, 2)
  assert.deepEqual(about.hardware, ['a board'])
  assert.deepEqual(about.systems, ['Linux'])
  assert.deepEqual(about.applications, ['dumpcap'])
  assert.deepEqual(about.comments, ['first', 'second'])
  assert.equal(about.packetComments, 3)
  assert.deepEqual(about.otherBlocks, {
    'name resolution': 1,
    '0x777': 1,
    'interface statistics': 1,
  })
  const shared = { offsetSeconds: 0, read: true }
  assert.deepEqual(about.interfaces, [
    {
      ...shared,
      section: 1,
      id: 0,
      linkType: 1,
      linkTypeName: 'Ethernet',
      snaplen: 96,
      ticksPerSecond: 1e6,
      name: 'eth0',
      description: 'uplink',
      filter: 'tcp',
      packets: 1,
    },
    {
      ...shared,
      section: 1,
      id: 1,
      linkType: 276,
      linkTypeName: 'Linux cooked v2',
      snaplen: 0,
      ticksPerSecond: 1e9,
      os: '5.10',
      hardware: 'a card',
      packets: 2,
      received: 900,
      dropped: 7,
    },
    {
      ...shared,
      section: 2,
      id: 0,
      linkType: 101,
      linkTypeName: 'raw IP',
      snaplen: 0,
      ticksPerSecond: 1e6,
      packets: 1,
    },
  ])
})

test('thousands of interfaces and comments are counted, the first of them described', async () => {
  const little = new Blocks()
  const part = concat(
    little.section([1, bytesOf('again')]),
    little.interface(),
    little.packet({ bytes: payload(1) }),
  )
  const about = await described(concat(...Array.from({ length: 1500 }, () => part)))
  assert.equal(about.sections, 1500)
  assert.equal(about.packets, 1500)
  assert.equal(about.interfaces.length, 1000)
  assert.equal(about.comments.length, 1000)
  assert.ok(about.interfaces.every(({ packets }) => packets === 1))
})

test('damage is told, and the hash is that of the whole file all the same', async () => {
  const whole = makePcapFile([{ bytes: payload(20) }, { bytes: payload(262_145) }])
  const bytes = concat(whole, new Uint8Array(3_000_000))
  for (const [stored, compression] of [
    [bytes, 'none'],
    [gzipSync(bytes, { level: 1 }), 'gzip'],
    [concat(gzipSync(bytes, { level: 1 }), payload(500_000, 1)), 'gzip'],
  ] as const) {
    const about = await described(stored)
    assert.equal(about.compression, compression)
    assert.equal(about.packets, 1)
    assert.equal(about.damage?.offset, 60)
    assert.equal(about.fileBytes, stored.length)
    assert.equal(about.sha256, createHash('sha256').update(stored).digest('hex'))
  }
})

test('a capture whose header is cut is described as far as it goes', async () => {
  const about = await described(makePcapFile([]).slice(0, 10))
  assert.equal(about.version, undefined)
  assert.equal(about.byteOrder, 'little-endian')
  assert.deepEqual(about.interfaces, [])
  assert.equal(about.damage?.cause, 'the file header is cut')
})

test('a folder is described capture by capture', async () => {
  const inside = join(folder, 'inside')
  mkdirSync(inside)
  writeFileSync(join(inside, 'b'), makePcapFile([{ bytes: payload(1) }]))
  writeFileSync(join(inside, 'a'), gzipSync(makePcapFile([])))
  writeFileSync(join(inside, 'notes'), 'no capture')
  const names: string[] = []
  await describeEach(inside, ({ file, packets }) => names.push(`${file} ${packets}`))
  assert.deepEqual(names, [`${join(inside, 'a')} 0`, `${join(inside, 'b')} 1`])
  await assert.rejects(
    describeEach(join(inside, 'notes'), () => {}),
    /not a capture file/,
  )
})

/** Columns of capinfos' table, in the order of the options that ask for them. */
interface Row {
  readonly file: string
  readonly packets: number
  readonly dataBytes: number
  readonly first: string
  readonly last: string
  readonly isOrdered: boolean
}

function capinfos(files: readonly string[]): Row[] {
  const done = spawnSync(
    'capinfos',
    ['-T', '-m', '-r', '-Q', '-M', '-S', '-c', '-d', '-a', '-e', '-o', ...files],
    {
      encoding: 'utf8',
    },
  )
  return done.stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [file, packets, dataBytes, first, last, isOrdered] = line
        .split(',')
        .map((cell) => cell.replaceAll('"', ''))
      return {
        file: file!,
        packets: Number(packets),
        dataBytes: Number(dataBytes),
        first: first!,
        last: last!,
        isOrdered: isOrdered === 'True',
      }
    })
}

test('capinfos counts the same packets, bytes, times and order in every shared capture', async (t) => {
  if (spawnSync('capinfos', ['--version']).error) return t.skip('capinfos is not installed')
  const root = sharedCapture('real')
  if (root === undefined) return t.skip('the shared captures are not here')
  const files = readdirSync(root)
    .filter((name) => /\.pcap(?:ng)?$/.test(name))
    .map((name) => join(root, name))
  const rows = capinfos(files)
  assert.equal(rows.length, files.length)
  for (const row of rows) {
    const about = await describe(row.file)
    assert.equal(about.damage, undefined, row.file)
    assert.equal(about.packets, row.packets, row.file)
    assert.equal(about.wireBytes, row.dataBytes, row.file)
    assert.equal(about.outOfOrder === 0, row.isOrdered, row.file)
    assert.equal(micros(row.first), Math.floor(about.firstMicros ?? -1), row.file)
    assert.equal(micros(row.last), Math.floor(about.lastMicros ?? -1), row.file)
  }
})

/** `1700000000.123456789` */
function micros(seconds: string): number {
  const [whole, fraction = ''] = seconds.split('.')
  return Number(whole) * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}
