/**
 * A capture of P2P that somebody fetches is no P2P: whatever stands in the file, from the start of the
 * connection and from its middle.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { repositoryFile } from '../../src/core/repository.ts'
import { treePaths } from '../../tools/tree.ts'
import { namesOf, type Piece } from './chance.ts'

const FILES = treePaths().filter((path) => /^src\/protocols\/.+\/fixtures\/.+\.pcap$/.test(path))
const SEGMENT_BYTES = 1448
/** As much as is looked at from the middle, and more. */
const BYTES = 80_000
/** In the head of the file, in the head of a packet, within packets. */
const BEGINS = [0, 1, 24, 41, 700, 5_001]

function sent(bytes: Uint8Array): Piece[] {
  const pieces: Piece[] = []
  for (let at = 0; at < bytes.length; at += SEGMENT_BYTES) {
    pieces.push({ from: 1, bytes: bytes.subarray(at, at + SEGMENT_BYTES), waitMicros: 500 })
  }
  return pieces
}

test('files of captured P2P, as they are fetched', () => {
  assert.ok(FILES.length > 50)
  const named: string[] = []
  for (const path of FILES) {
    const file = new Uint8Array(readFileSync(repositoryFile(path)))
    for (const begin of BEGINS) {
      const bytes = file.subarray(begin, begin + BYTES)
      for (const fromStart of begin === 0 ? [true, false] : [false]) {
        const names = namesOf({ carrier: 'tcp', fromStart }, sent(bytes))
        named.push(...names.map((name) => `${path} from ${begin}, ${name}`))
      }
    }
  }
  assert.deepEqual(named, [])
})
