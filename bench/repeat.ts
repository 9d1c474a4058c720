/**
 * One capture several times in a row as a classic pcap, an hour apart, so that every flow of the next
 * round is new.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { ByteWriter, concat, u32le } from '../src/core/bytes.ts'
import { openCaptures } from '../src/intake/source/open.ts'

const RECORD_HEADER = 16
const APART_SECONDS = 3600

export async function repeatCapture(from: string, to: string, times: number): Promise<void> {
  const cursor = await openCaptures([from])
  const header = new ByteWriter().u32le(0xa1b2c3d4).u16le(2).u16le(4).u32le(0).u32le(0)
  const records: Uint8Array[] = []
  for (let step = cursor.next(); step !== 'end'; step = cursor.next()) {
    if (step === 'wait') {
      await cursor.fill()
      continue
    }
    if (records.length === 0) header.u32le(262_144).u32le(cursor.linkType)
    const { bytes, at, size, wireSize, micros } = cursor
    const record = new ByteWriter().u32le(Math.floor(micros / 1e6)).u32le(Math.floor(micros % 1e6))
    records.push(
      record
        .u32le(size)
        .u32le(wireSize)
        .bytes(bytes.subarray(at, at + size))
        .finish(),
    )
  }
  await cursor.close()
  const all = concat(...records)
  const file = openSync(to, 'w')
  writeSync(file, header.finish())
  for (let round = 0; round < times; round++) {
    if (round > 0) later(all)
    writeSync(file, all)
  }
  closeSync(file)
}

/** Every packet an hour later, in place. */
function later(records: Uint8Array): void {
  for (let at = 0; at + RECORD_HEADER <= records.length; ) {
    const seconds = u32le(records, at) + APART_SECONDS
    records.set(new ByteWriter().u32le(seconds).finish(), at)
    at += RECORD_HEADER + u32le(records, at + 8)
  }
}
