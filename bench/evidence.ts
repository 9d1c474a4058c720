/**
 * `node dist/bench/evidence.js [CAPTURE]`: how long it takes to fetch the packets of a flow from a
 * large capture, with the places that were noted when it was read, and without.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { loadavg } from 'node:os'
import { dirname } from 'node:path'
import { CaptureIndex } from '../src/app/evidence/capture-index.ts'
import { StoredPackets } from '../src/app/evidence/packets.ts'
import { Run } from '../src/app/pipeline.ts'
import { communityId } from '../src/core/community-id.ts'
import type { Flow } from '../src/core/event.ts'
import { repositoryFile } from '../src/core/repository.ts'
import type { FlowDetail, StoreReader } from '../src/core/store.ts'
import { generateMix } from './generate.ts'

const PACKETS = 2_000_000
const FLOWS = 200_000
/** One flow in so many is asked for. */
const EVERY = 2000
/** As `serve` reads. */
const STEP_PACKETS = 2048

function detailOf(flow: Flow): FlowDetail {
  const [from, to] = flow.ends
  return {
    ...{ id: `1.${flow.flow}`, run: 1, capture: flow.capture, frame: flow.frame },
    ...{ micros: flow.startMicros, startMicros: flow.startMicros, endMicros: flow.endMicros },
    ...{ proto: flow.proto, srcIp: from.ip, srcPort: from.port, dstIp: to.ip, dstPort: to.port },
    ...{ packets: flow.packets, bytes: flow.bytes, open: false, reasons: [], withdrawn: [] },
    ...{ messages: 0, communityId: communityId(flow.protoNumber, flow.ends) ?? '' },
  }
}

async function read(path: string, index: CaptureIndex): Promise<FlowDetail[]> {
  const flows: FlowDetail[] = []
  const onStep = (cursor: Parameters<CaptureIndex['note']>[0]) => index.note(cursor)
  const options = { files: [path], flows: true, stepPackets: STEP_PACKETS, onStep }
  const run = await Run.open(options, (event) => {
    if (event.type === 'flow' && event.flow % EVERY === 0) flows.push(detailOf(event))
  })
  while (await run.advance()) {
    // Everything happens in `advance`.
  }
  await run.finish()
  index.disorderMicros = run.disorderMicros
  return flows
}

async function asked(flows: readonly FlowDetail[], path: string, index?: CaptureIndex) {
  const known: Partial<StoreReader> = {
    runs: async () => [
      {
        ...{ run: 1, source: path, kind: 'capture', startedMicros: 0, packets: 0, bytes: 0 },
        ...{ flows: 0, dropped: 0, damage: [] },
      },
    ],
    flow: async (id) => flows.find((flow) => flow.id === id),
  }
  const packets = new StoredPackets(known as StoreReader, 'Peerscope')
  if (index !== undefined) packets.remember(1, [path], index)
  const times: number[] = []
  let found = 0
  for (const { id } of flows) {
    const began = performance.now()
    found += (await packets.rows(id, { limit: 1000 }))?.rows.length ?? 0
    times.push(performance.now() - began)
  }
  times.sort((a, b) => a - b)
  const [median, most] = [times[times.length >> 1]!, times.at(-1)!]
  const way = index === undefined ? 'from the beginning' : `from ${index.size} places`
  console.log(`| ${way} | ${median.toFixed(0)} | ${most.toFixed(0)} | ${found} |`)
}

const path = process.argv[2] ?? repositoryFile('bench/data/mix.pcap')
if (!existsSync(path)) {
  mkdirSync(dirname(path), { recursive: true })
  generateMix(path, PACKETS, FLOWS)
}
const index = new CaptureIndex()
const flows = await read(path, index)
console.log(`load average ${loadavg()[0]!.toFixed(1)}; ${flows.length} flows`)
console.log('| way | median ms | most ms | packets |\n|---|---:|---:|---:|')
await asked(flows, path)
await asked(flows, path, index)
