/**
 * The same packets say the same: read twice, cut into several files, woven into each other, or
 * compressed. Only the names of the captures and the numbers of their frames differ.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { readCaptures } from '../src/app/pipeline.ts'
import { concat, u32le } from '../src/core/bytes.ts'
import { repositoryFile, sharedCapture } from '../src/core/repository.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'

const scratch = temporaryFolder()

/** Classic pcap, little-endian: the packets of each file stand in order of time. */
const NAMES = [
  'bt-pex',
  'bt-utp-ipfrag',
  'ed2k-server-plain',
  'kad-plain',
  'gnutella-plain',
] as const
const FILES = [
  repositoryFile('samples/office.pcap'),
  ...NAMES.flatMap((name) => sharedCapture(`real/${name}.pcap`) ?? []),
]

/** Every event as a line, without where it stands in which file. */
async function linesOf(files: readonly string[]): Promise<string[]> {
  const lines: string[] = []
  await readCaptures({ files, flows: true, everyMessage: true }, (event) => {
    const line = JSON.stringify(event, (key, value: unknown) =>
      key === 'capture' || key === 'frame' ? undefined : value,
    )
    lines.push(line.replace(/\(frame \d+ of [^)]*\)/g, '(frame)'))
  })
  return lines
}

/** The header of a capture and its records, each with its own header. */
function recordsOf(file: string): { header: Uint8Array; records: Uint8Array[] } {
  const bytes = new Uint8Array(readFileSync(file))
  const records: Uint8Array[] = []
  for (let at = 24; at < bytes.length; ) {
    const size = 16 + u32le(bytes, at + 8)
    records.push(bytes.subarray(at, at + size))
    at += size
  }
  return { header: bytes.subarray(0, 24), records }
}

let written = 0

function write(bytes: Uint8Array, ending = 'pcap'): string {
  const path = join(scratch, `${++written}.${ending}`)
  writeFileSync(path, bytes)
  return path
}

/** Fails with the first line that differs, not with all of them. */
function assertSame(actual: readonly string[], expected: readonly string[], what: string): void {
  const at = expected.findIndex((line, i) => actual[i] !== line)
  if (at >= 0) assert.equal(actual[at], expected[at], `${what}, event ${at}`)
  assert.equal(actual.length, expected.length, what)
}

for (const file of FILES) {
  const name = file.split('/').at(-1)!

  test(`${name} says the same however it comes`, async () => {
    const whole = await linesOf([file])
    assert.ok(whole.length > 20)
    assertSame(await linesOf([file]), whole, 'read again')
    assertSame(await linesOf([write(gzipSync(readFileSync(file)), 'pcap.gz')]), whole, 'gzip')

    const { header, records } = recordsOf(file)
    const third = Math.ceil(records.length / 3)
    const thirds = [0, 1, 2].map((i) =>
      write(concat(header, ...records.slice(i * third, (i + 1) * third))),
    )
    assertSame(await linesOf(thirds), whole, 'in three files')
    // In which order the files are named does not matter: their times do.
    assertSame(await linesOf(thirds.toReversed()), whole, 'in three files, named backwards')
  })

  test(`${name} says the same when its packets are woven from two files`, async () => {
    const { header, records } = recordsOf(file)
    // Capturing on several interfaces leaves packets a microsecond out of order.
    records.sort((a, b) => u32le(a, 0) - u32le(b, 0) || u32le(a, 4) - u32le(b, 4))
    // Packets of one moment have no order between files: each moment goes to one of them.
    const parts: [Uint8Array[], Uint8Array[]] = [[], []]
    let moment = ''
    let part: 0 | 1 = 0
    for (const record of records) {
      const time = `${u32le(record, 0)} ${u32le(record, 4)}`
      if (time !== moment) part = part === 0 ? 1 : 0
      moment = time
      parts[part].push(record)
    }
    const files = parts.map((some) => write(concat(header, ...some)))
    const inOrder = write(concat(header, ...records))
    assertSame(await linesOf(files), await linesOf([inOrder]), 'woven')
  })
}

test('captures that have nothing to do with each other say together what each says alone', async (t) => {
  const names = ['bt-http-tracker-plain', 'gnutella2', 'kad-plain']
  const files = names.flatMap((name) => sharedCapture(`real/${name}.pcap`) ?? [])
  if (files.length < names.length) return t.skip('the labelled captures are not on this machine')
  // Flows are numbered over all captures together, and one that ends with its capture may end
  // of silence while another capture goes on.
  const numbered = (lines: readonly string[]) =>
    lines.map((line) => line.replace(/"flow":\d+|"reason":"[a-z-]+"/g, '')).sort()
  const alone: string[] = []
  for (const file of files) alone.push(...(await linesOf([file])))
  assertSame(numbered(await linesOf(files)), numbered(alone), 'together')
})
