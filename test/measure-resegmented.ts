/**
 * Labelled captures in every way of `resegmented.ts`, written into a folder each, so that they can
 * be scored:
 *
 *   node dist/test/measure-resegmented.js OUT FILE|FOLDER…
 */
import { copyFileSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ByteWriter } from '../src/core/bytes.ts'
import { filesBelow } from '../tools/tree.ts'
import { type Captured, packetsOf } from './negatives/packets.ts'
import { WAYS } from './resegmented.ts'

function pcapOf(packets: readonly Captured[]): Uint8Array {
  const file = new ByteWriter().u32le(0xa1b2c3d4).u16le(2).u16le(4).u32le(0).u32le(0)
  file.u32le(262_144).u32le(packets[0]?.linkType ?? 1)
  for (const { bytes, wireSize, micros } of packets) {
    file.u32le(Math.floor(micros / 1e6)).u32le(Math.floor(micros % 1e6))
    file.u32le(bytes.length).u32le(wireSize).bytes(bytes)
  }
  return file.finish()
}

const [out, ...given] = process.argv.slice(2) as [string, ...string[]]
const paths = given.flatMap((path) =>
  statSync(path).isDirectory() ? filesBelow(path).map((name) => join(path, name)) : [path],
)
for (const path of paths.filter((name) => /\.pcap(ng)?$/.test(name))) {
  const packets = await packetsOf(path)
  const truth = path.replace(/\.[^.]+$/, '.truth.tsv')
  for (const [name, way] of WAYS) {
    const folder = join(out, name.replaceAll(' ', '-'))
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, basename(path)), pcapOf(way(packets)))
    if (existsSync(truth)) copyFileSync(truth, join(folder, basename(truth)))
  }
}
