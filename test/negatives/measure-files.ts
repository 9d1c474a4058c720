/**
 * What lies in files, as it is carried: from the start of a connection, from its middle, and in
 * datagrams of several sizes. Whatever is in them, it is nobody's protocol.
 *
 *   node dist/test/negatives/measure-files.js FOLDER…
 */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Side } from '../../src/core/event.ts'
import { namesOf, type Piece } from './chance.ts'

const WINDOW_BYTES = 65_536
/** Windows of one file, spread over it. */
const WINDOWS_MAX = 4
const SEGMENT_BYTES = 1448

function pieces(bytes: Uint8Array, size: number, from: Side): Piece[] {
  const all: Piece[] = []
  for (let at = 0; at < bytes.length; at += size) {
    all.push({ from, bytes: bytes.subarray(at, at + size), waitMicros: 1_000 })
  }
  return all
}

const counts = new Map<string, number>()
let shown = 0

function judge(path: string, at: number, bytes: Uint8Array): void {
  // biome-ignore format: a table
  const ways = [
    ['tcp', 'start', { carrier: 'tcp', fromStart: true } as const, pieces(bytes.subarray(0, 20_000), SEGMENT_BYTES, 1)],
    ['tcp', 'middle', { carrier: 'tcp', fromStart: false } as const, pieces(bytes, SEGMENT_BYTES, 1)],
    ...[20, 100, 512, 1_200].map((size) =>
      ['udp', `${size} bytes`, { carrier: 'udp', fromStart: true } as const, pieces(bytes.subarray(0, 8 * size), size, 0)] as const),
  ] as const
  for (const [carrier, way, how, all] of ways) {
    shown++
    for (const name of namesOf(how, all)) {
      const key = `${carrier} ${way}: ${name}`
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      if (count <= 3) console.log(`${path} at ${at}, ${key}`)
    }
  }
}

for (const folder of process.argv.slice(2)) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const { size } = statSync(path)
    const file = openSync(path, 'r')
    for (let i = 0; i < WINDOWS_MAX; i++) {
      const at = Math.floor((i * size) / WINDOWS_MAX)
      const buffer = new Uint8Array(WINDOW_BYTES)
      const got = readSync(file, buffer, 0, WINDOW_BYTES, at)
      if (got > 0) judge(path, at, buffer.subarray(0, got))
      if (size <= WINDOW_BYTES) break
    }
    closeSync(file)
  }
}
console.log(`${shown} conversations`)
for (const [what, count] of counts) console.log(`${count}  ${what}`)
