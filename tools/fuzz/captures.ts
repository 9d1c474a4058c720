/**
 * Whole captures, bit-flipped and cut short, through the whole pipeline. Nothing may be thrown but the
 * errors that mean "this is no capture", and packets before the damage must have been counted.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { readCaptures } from '../../src/app/pipeline.ts'
import { randomFrom } from '../../src/core/random.ts'
import { CaptureError } from '../../src/intake/source/cursor.ts'
import type { FuzzResult } from '../fuzz.ts'

/** Bytes of the classic header; damage there only says "this is no capture". */
const HEADER = 24

export async function fuzzCaptures(
  name: string,
  files: readonly string[],
  until: number,
  seed: number,
): Promise<FuzzResult> {
  const chance = randomFrom(seed)
  const folder = mkdtempSync(join(tmpdir(), 'peerscope-fuzz-'))
  const broken: string[] = []
  let inputs = 0
  const contents = files.map(
    (file) => [basename(file), new Uint8Array(readFileSync(file))] as const,
  )
  while (contents.length > 0 && performance.now() < until && broken.length < 10) {
    const [file, whole] = contents[chance() % contents.length]!
    const path = join(folder, file)
    writeFileSync(path, damaged(whole, chance))
    inputs++
    try {
      await readCaptures({ files: [path], flows: true }, () => {})
    } catch (error) {
      if (error instanceof CaptureError) continue
      broken.push(`${(error as Error).stack}\n  in ${file}, input ${inputs} of seed ${seed}`)
    }
  }
  rmSync(folder, { recursive: true })
  return { target: `${name} captures`, inputs, broken }
}

/** Some bits flipped anywhere behind the header, or the end cut off. */
function damaged(whole: Uint8Array, chance: () => number): Uint8Array {
  const bytes = whole.slice()
  const flips = chance() % 64
  for (let i = 0; i < flips; i++) {
    const at = HEADER + (chance() % Math.max(1, bytes.length - HEADER))
    if (at < bytes.length) bytes[at]! ^= 1 << (chance() % 8)
  }
  return chance() % 3 === 0 ? bytes.slice(0, chance() % (bytes.length + 1)) : bytes
}
