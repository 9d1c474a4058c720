/** The questions; each is answered in the file that its import names. */
import type { Run, StoreReader } from '../../core/store.ts'
import { eachCall } from './calls.ts'
import type { Connections } from './connections.ts'
import { darkMap } from './dark-map.ts'
import { decided, decisions } from './decisions.ts'
import type { Kinds, Words } from './dictionaries.ts'
import { find } from './find.ts'
import { eachFlow, flow, flows, messages } from './flows.ts'
import { host, hosts, threats } from './hosts.ts'
import { causes, incidents } from './incidents.ts'
import { facets, histogram, overview, traffic } from './overview.ts'
import { propagation } from './propagation.ts'
import { swarm, swarms } from './swarms.ts'

export function reader(connections: Connections, words: Words, kinds: Kinds): StoreReader {
  const base = { connections, words, kinds }
  return {
    runs: () => runs(connections),
    overview: (which) => overview(base, which),
    traffic: (which) => traffic(base, which),
    hosts: (which) => hosts(base, which),
    host: (ip, which) => host(base, ip, which),
    flows: (which) => flows(base, which),
    histogram: (which) => histogram(base, which),
    facets: (which) => facets(base, which),
    eachFlow: (which) => eachFlow(base, which),
    flow: (id) => flow(base, id),
    messages: (id, page) => messages(base, id, page),
    swarms: (which) => swarms(base, which),
    swarm: (content, page) => swarm(base, content, page),
    threats: (which) => threats(base, which),
    decisions: (which) => decisions(base, which),
    decided: (which) => decided(base, which),
    incidents: (question) => incidents(base, question),
    eachCall: (which) => eachCall(base, which),
    causes: (question) => causes(base, question),
    darkMap: (question) => darkMap(base, question),
    propagation: (question) => propagation(base, question),
    find: (text, limit) => find(base, text, limit),
  }
}

async function runs(connections: Connections): Promise<readonly Run[]> {
  const rows = await connections.ask('select * from raw.runs order by run')
  return rows.map((row) => ({
    run: Number(row.run),
    source: String(row.source),
    kind: row.kind === 'live' ? 'live' : 'capture',
    startedMicros: Number(row.started),
    ...(row.ended !== null && { endedMicros: Number(row.ended) }),
    ...(row.first !== null && { span: { from: Number(row.first), to: Number(row.last) } }),
    packets: Number(row.packets),
    bytes: Number(row.bytes),
    flows: Number(row.flows),
    dropped: Number(row.dropped),
    damage: JSON.parse(String(row.damage ?? '[]')),
  }))
}
