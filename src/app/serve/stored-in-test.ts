/** For tests: the flows of a capture as a store would give them, without a store. */
import type { Flow } from '../../core/event.ts'
import type { FlowDetail, MessageRow, StoreReader } from '../../core/store.ts'
import { readCaptures } from '../pipeline.ts'

export async function flowsIn(path: string): Promise<FlowDetail[]> {
  const flows: FlowDetail[] = []
  await readCaptures({ files: [path], flows: true }, (event) => {
    if (event.type === 'flow') flows.push(detailOf(event))
  })
  return flows.sort((a, b) => a.startMicros - b.startMicros)
}

function detailOf(flow: Flow): FlowDetail {
  const { ends, p2p } = flow
  return {
    id: `1.${flow.flow}`,
    communityId: '1:x=',
    startMicros: flow.startMicros,
    endMicros: flow.endMicros,
    proto: flow.proto,
    srcIp: ends[0].ip,
    srcPort: ends[0].port,
    dstIp: ends[1].ip,
    dstPort: ends[1].port,
    packets: flow.packets,
    bytes: flow.bytes,
    ...(p2p && { family: p2p.family, part: p2p.part, sureness: p2p.sureness }),
    open: false,
    run: 1,
    micros: flow.micros,
    capture: flow.capture,
    frame: flow.frame,
    reasons: p2p?.reasons ?? [],
    withdrawn: [],
    messages: 0,
  }
}

/** What a store is asked about packets, and nothing else. */
export function readerOf(
  flows: readonly FlowDetail[],
  kind: 'capture' | 'live',
  messages: readonly MessageRow[] = [],
): StoreReader {
  const run = { run: 1, source: 'x', kind, startedMicros: 0, packets: 0, bytes: 0, flows: 0 }
  const known: Partial<StoreReader> = {
    runs: async () => [{ ...run, dropped: 0, damage: [] }],
    flow: async (id) => flows.find((flow) => flow.id === id),
    async *eachFlow({ where }) {
      yield flows.filter(({ family }) => where === undefined || family !== undefined)
    },
    messages: async () => ({ rows: messages, total: messages.length }),
    host: async () => undefined,
  }
  return known as StoreReader
}
