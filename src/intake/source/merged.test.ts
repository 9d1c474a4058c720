/** Several captures as one: by time, stable, broken ones costing only themselves; what cannot be opened. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { concat } from '../../core/bytes.ts'
import { randomFrom } from '../../core/random.ts'
import { temporaryFolder } from '../../core/temporary-folder-in-test.ts'
import { Blocks, makePcapFile, payload, walk } from './captures-in-test.ts'
import { CaptureError } from './cursor.ts'
import { openCaptures } from './open.ts'

const folder = temporaryFolder()

/** A capture with a packet at each of these seconds; the packet's only byte is its number. */
function capture(name: string, ...seconds: readonly number[]): string {
  const path = join(folder, name)
  writeFileSync(path, captureOf(...seconds))
  return path
}

function captureOf(...seconds: readonly number[]): Uint8Array {
  return makePcapFile(seconds.map((at, i) => ({ time: [at, 0] as const, bytes: payload(1, i) })))
}

/** `name:frame` of each packet. */
async function order(paths: readonly string[]): Promise<string[]> {
  const cursor = await openCaptures(paths)
  const packets = await walk(cursor)
  await cursor.close()
  return packets.map((one) => `${one.capture.slice(folder.length + 1)}:${one.frame}`)
}

test('packets come by time, of equal times first those of the capture named first', async () => {
  const a = capture('a', 1, 4, 4, 9)
  const b = capture('b', 2, 4, 8)
  const c = capture('c')
  assert.deepEqual(await order([a, c, b]), ['a:1', 'b:1', 'a:2', 'a:3', 'b:2', 'b:3', 'a:4'])
  assert.deepEqual(await order([b, a, c]), ['a:1', 'b:1', 'b:2', 'a:2', 'a:3', 'b:3', 'a:4'])
})

test('within a capture its own order stays, also where time goes back', async () => {
  const a = capture('a', 5, 1, 7)
  const b = capture('b', 6, 6)
  assert.deepEqual(await order([a, b]), ['a:1', 'a:2', 'b:1', 'b:2', 'a:3'])
})

test('forty captures of random times come out as a stable sort puts them', async () => {
  const random = randomFrom(2)
  const wanted: { at: number; file: number; name: string }[] = []
  const paths: string[] = []
  for (let file = 0; file < 40; file++) {
    const seconds = Array.from({ length: random() % 30 }, () => random() % 50).sort((x, y) => x - y)
    paths.push(capture(`r${file}`, ...seconds))
    for (const [i, at] of seconds.entries()) wanted.push({ at, file, name: `r${file}:${i + 1}` })
  }
  wanted.sort((x, y) => x.at - y.at || x.file - y.file)
  assert.deepEqual(
    await order(paths),
    wanted.map(({ name }) => name),
  )
})

test('a broken capture costs only its own rest', async () => {
  const whole = capture('whole', 1, 3, 5, 7)
  const path = join(folder, 'broken')
  const bytes = captureOf(2, 4, 6)
  writeFileSync(path, bytes.slice(0, -1))
  const cursor = await openCaptures([path, whole])
  const packets = await walk(cursor)
  assert.deepEqual(
    packets.map(({ micros }) => micros / 1e6),
    [1, 2, 3, 4, 5, 7],
  )
  assert.deepEqual(cursor.damage, [
    { capture: path, offset: 24 + 2 * 17, cause: 'a packet is cut' },
  ])
  assert.equal(cursor.bytesRead, cursor.bytesTotal)
  await cursor.close()
})

test('a folder: everything in it that is a capture, whatever its name, in the order of names', async () => {
  const inside = join(folder, 'inside')
  mkdirSync(join(inside, 'deeper'), { recursive: true })
  const blocks = new Blocks()
  const ng = concat(blocks.section(), blocks.interface(), blocks.packet({ bytes: payload(3) }))
  writeFileSync(join(inside, '3.txt'), ng)
  writeFileSync(join(inside, '1'), gzipSync(captureOf(0)))
  writeFileSync(join(inside, '2.json'), '{"a":1}')
  writeFileSync(join(inside, '4.gz'), gzipSync('no capture'))
  writeFileSync(join(inside, '5.empty'), '')
  writeFileSync(join(inside, 'deeper', 'x.pcap'), captureOf(0))
  symlinkSync(join(inside, '3.txt'), join(inside, '0.link'))
  symlinkSync(join(inside, 'nowhere'), join(inside, '6.broken-link'))
  assert.deepEqual(await order([inside]), ['inside/0.link:1', 'inside/1:1', 'inside/3.txt:1'])
})

test('what is called a capture in a folder and is none is told, and not what lies beside', async () => {
  const inside = join(folder, 'mixed')
  mkdirSync(join(inside, 'deeper'), { recursive: true })
  await assert.rejects(openCaptures([inside]), /without captures; folders in it are not looked/)
  capture('mixed/good.pcap', 1)
  writeFileSync(join(inside, 'README'), 'Dear reader')
  writeFileSync(join(inside, 'bad.pcap.gz'), 'Dear reader')
  writeFileSync(join(inside, 'empty.pcapng'), '')
  const told: string[] = []
  await (await openCaptures([inside], ({ message }) => told.push(message))).close()
  assert.deepEqual(told, [
    `${join(inside, 'bad.pcap.gz')}: is not a capture file: begins with 4465617220726561, neither pcap nor pcapng`,
    `${join(inside, 'empty.pcapng')}: is empty`,
  ])
})

test('what cannot be opened is said with its path and why', async () => {
  const good = capture('good', 1)
  const empty = join(folder, 'empty-folder')
  mkdirSync(empty)
  const text = join(folder, 'notes.txt')
  writeFileSync(text, 'Dear reader')
  const snoop = join(folder, 'old.snoop')
  writeFileSync(snoop, 'snoop\0\0\0\0\0\0\x02')
  const nothing = join(folder, 'nothing')
  writeFileSync(nothing, '')
  const xz = join(folder, 'x.pcap.xz')
  writeFileSync(xz, Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0))
  for (const [path, said] of [
    [join(folder, 'missing'), 'no such file or folder'],
    [empty, 'is a folder without captures'],
    [text, 'is not a capture file: begins with 4465617220726561, neither pcap nor pcapng'],
    [snoop, 'is a snoop file, which is not read; convert it with editcap -F pcapng'],
    [nothing, 'is empty'],
    [xz, 'is compressed with xz, which is not read; try xz -d first'],
  ] as const) {
    await assert.rejects(openCaptures([good, path]), (error: Error) => {
      assert.ok(error instanceof CaptureError)
      assert.equal(error.path, path)
      assert.equal(error.message, `${path}: ${said}`)
      return true
    })
  }
  await assert.rejects(openCaptures([]), /no capture was named/)
  await assert.rejects(openCaptures(['-', good, '-']), /standard input can be read only once/)
})

test('a file that may not be read is not passed over in silence', async (t) => {
  if (process.getuid?.() === 0) return t.skip('root may read everything')
  const inside = join(folder, 'locked')
  mkdirSync(inside)
  writeFileSync(join(inside, 'x.pcap'), captureOf(1))
  chmodSync(join(inside, 'x.pcap'), 0)
  await assert.rejects(openCaptures([inside]), /permission denied/)
})

test('an ERF file is suspected, and what to do is said', async () => {
  const path = join(folder, 'x.erf')
  // time 8, type 2 (Ethernet), flags 4, record 80, lost 0, on the wire 64
  const head = [0, 0x32, 0x0e, 0, 1, 0xc4, 0xaa, 0x45, 2, 4, 0, 80, 0, 0, 0, 64]
  writeFileSync(path, concat(Uint8Array.from(head), payload(64)))
  await assert.rejects(openCaptures([path]), /perhaps an ERF file.*editcap -F pcapng/)
})

test('a named pipe is read like a file, without keeping the program from its work', async (t) => {
  const path = join(folder, 'pipe')
  if (spawnSync('mkfifo', [path]).status !== 0) return t.skip('mkfifo is not there')
  const source = capture('source', 1, 2, 3)
  const script = `cat '${source}' > '${path}'`
  const writer = await import('node:child_process').then(({ spawn }) =>
    spawn('sh', ['-c', script], { stdio: 'ignore' }),
  )
  const cursor = await openCaptures([path])
  assert.equal((await walk(cursor)).length, 3)
  assert.equal(cursor.bytesTotal, undefined)
  await cursor.close()
  writer.kill()
})
