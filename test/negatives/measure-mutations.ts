/**
 * Every capture below folders (or files), changed in every way of `mutations.ts`: which flows get a
 * family?
 *
 *   node dist/test/negatives/measure-mutations.js FILE|FOLDER…
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { filesBelow } from '../../tools/tree.ts'
import { MUTATIONS } from './mutations.ts'
import { flowsOf, namedOf, packetsOf } from './packets.ts'

const paths = process.argv
  .slice(2)
  .flatMap((path) =>
    statSync(path).isDirectory() ? filesBelow(path).map((name) => join(path, name)) : [path],
  )
let flows = 0
let wrong = 0
for (const path of paths) {
  if (!/\.(?:pcap|pcapng|cap)(?:\.gz|\.zst)?$/.test(path)) continue
  let packets: Awaited<ReturnType<typeof packetsOf>>
  try {
    packets = await packetsOf(path)
  } catch (error) {
    console.log(`${path}: ${(error as Error).message}`)
    continue
  }
  for (const [name, mutate] of MUTATIONS) {
    const all = flowsOf(mutate(packets))
    flows += all.length
    for (const named of namedOf(all)) {
      wrong++
      console.log(`${path} | ${name} | ${named}`)
    }
  }
}
console.log(`${wrong} of ${flows} flows named, ${MUTATIONS.length} ways`)
