/** Damaged captures: what stands before the damage is counted, and nothing is thrown. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readCaptures } from '../src/app/pipeline.ts'
import { u32le } from '../src/core/bytes.ts'
import { randomFrom } from '../src/core/random.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'

const SAMPLE = readFileSync(repositoryFile('samples/office.pcap'))
const FILE_HEADER = 24
const RECORD_HEADER = 16

/** Offsets behind each record of a little-endian classic pcap, walked here without the reader. */
function recordEnds(bytes: Uint8Array): number[] {
  const ends: number[] = []
  for (let at = FILE_HEADER; at + RECORD_HEADER <= bytes.length; ) {
    at += RECORD_HEADER + u32le(bytes, at + 8)
    if (at <= bytes.length) ends.push(at)
  }
  return ends
}

test('a capture cut anywhere gives all packets before the cut', async (context) => {
  const folder = temporaryFolder(context)
  const path = join(folder, 'cut.pcap')
  const ends = recordEnds(SAMPLE)
  assert.equal(ends.length, 4242, 'capinfos counts as many')
  const chance = randomFrom(11)
  for (let round = 0; round < 12; round++) {
    const size = FILE_HEADER + 1 + (chance() % (SAMPLE.length - FILE_HEADER - 1))
    writeFileSync(path, SAMPLE.subarray(0, size))
    const totals = await readCaptures({ files: [path] }, () => {})
    const whole = ends.filter((end) => end <= size).length
    assert.equal(totals.packets, whole, `cut at ${size}`)
    assert.equal(totals.damage.length, ends.includes(size) ? 0 : 1, `cut at ${size}`)
  }
})

test('flipped bits inside packets lose no packet', async (context) => {
  const folder = temporaryFolder(context)
  const path = join(folder, 'flipped.pcap')
  const bytes = new Uint8Array(SAMPLE)
  const chance = randomFrom(12)
  const ends = recordEnds(SAMPLE)
  for (const [index, end] of ends.entries()) {
    const from = (index === 0 ? FILE_HEADER : ends[index - 1]!) + RECORD_HEADER
    for (let i = 0; i < 3; i++) bytes[from + (chance() % (end - from))]! ^= 1 << (chance() % 8)
  }
  writeFileSync(path, bytes)
  const totals = await readCaptures({ files: [path] }, () => {})
  assert.equal(totals.packets, 4242)
  assert.deepEqual(totals.damage, [])
})
