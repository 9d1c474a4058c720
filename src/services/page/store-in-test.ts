/**
 * A store for tests: a made network, small enough to count by hand, with names that strangers
 * would choose. Every answer is computed from the same flows.
 */
import type {
  CauseRow,
  DarkMapQuestion,
  FlowDetail,
  HostDetail,
  HostRow,
  IncidentQuestion,
  IncidentRow,
  Listed,
  MessageRow,
  Page,
  Propagation,
  PropagationQuestion,
  Run,
  StoreReader,
  SwarmDetail,
  SwarmPeer,
  ThreatRow,
  Which,
} from '../../core/store.ts'

export const XSS = '<script>alert(1)</script>"\'&'
export const FORMULA = '=HYPERLINK("http://evil.example")'
/** 2026-11-22 09:00:00 UTC */
export const START = 1_795_338_000 * 1_000_000
const SECOND = 1_000_000
const FLOWS = 300
export const CONTENT = 'urn:btih:0123456789abcdef0123456789abcdef01234567'
const CAPTURE = 'office.pcap'

/** One flow each second; of three, one of no known protocol. */
function flow(i: number): FlowDetail {
  const startMicros = START + i * SECOND
  const base = {
    id: `1.${i + 1}`,
    communityId: `1:${'A'.repeat(26)}${i}=`,
    startMicros,
    endMicros: startMicros + 30 * SECOND,
    proto: i % 2 === 0 ? 'TCP' : 'UDP',
    srcIp: `10.0.0.${1 + (i % 12)}`,
    srcPort: 40_000 + i,
    dstIp: `198.51.100.${1 + (i % 200)}`,
    dstPort: 6881,
    packets: [10, 12],
    bytes: [1000 + i, 20_000 + i],
    open: false,
    run: 1,
    micros: startMicros,
    capture: CAPTURE,
    frame: 1 + 22 * i,
    reasons: [],
    withdrawn: [],
    messages: 0,
  } as const
  if (i % 3 === 2) return base
  const matched = i % 3 === 1
  return {
    ...base,
    family: i % 2 === 0 ? 'bittorrent' : 'edonkey',
    part: i % 2 === 0 ? 'peer' : 'client',
    sureness: matched ? 'likely' : 'certain',
    reasons: [i === 0 ? XSS : 'begins with the handshake'],
    messages: matched ? 0 : 3,
    ...(matched && {
      taughtBy: {
        capture: FORMULA,
        frame: 7,
        via: 'tracker',
        by: { ip: '192.0.2.1', port: 80 },
        endpoint: { ip: base.dstIp, port: base.dstPort },
        micros: START,
      },
    }),
  }
}

const flows: readonly FlowDetail[] = Array.from({ length: FLOWS }, (_, i) => flow(i))

const run: Run = {
  run: 1,
  source: CAPTURE,
  kind: 'capture',
  startedMicros: START,
  endedMicros: START + 400 * SECOND,
  span: { from: START, to: START + 330 * SECOND },
  packets: 22 * FLOWS,
  bytes: 21_000 * FLOWS,
  flows: FLOWS,
  dropped: 3,
  damage: [],
}

const threat: ThreatRow = {
  threat: 'index-poisoning',
  severity: 'high',
  family: 'bittorrent',
  by: '10.0.0.1',
  why: XSS,
  flow: '1.1',
  run: 1,
  micros: START,
  capture: CAPTURE,
  frame: 5,
}

const message: MessageRow = {
  side: 0,
  family: 'bittorrent',
  log: 'bittorrent',
  name: 'handshake',
  fields: { client: XSS, reserved: [1, 2, { deep: null }] },
  run: 1,
  micros: START,
  capture: CAPTURE,
  frame: 4,
}

const peers: readonly SwarmPeer[] = Array.from({ length: 40 }, (_, i) => ({
  ip: `203.0.113.${i + 1}`,
  port: 6881,
  via: i === 0 ? [FORMULA] : ['tracker', 'pex'],
  by: 1 + (i % 3),
  ...(i === 1 && { software: XSS }),
  routable: i % 4 !== 0,
  seen: i % 5 === 0,
  firstMicros: START,
  lastMicros: START + i * SECOND,
}))

export class StoreInTest implements StoreReader {
  /** What every question fails with, where it is to fail. */
  error: Error | undefined
  /** Questions wait for it. */
  held: Promise<void> | undefined

  async #ask(): Promise<void> {
    await this.held
    if (this.error) throw this.error
  }

  async runs() {
    await this.#ask()
    return [run]
  }

  async overview(which: Which) {
    await this.#ask()
    const some = chosen(which)
    const p2p = some.filter(({ family }) => family !== undefined)
    return {
      span: run.span!,
      bytes: sum(some),
      packets: 22 * some.length,
      p2pBytes: sum(p2p),
      p2pFlows: p2p.length,
      hosts: hostRows(which).length,
      threats: 1,
      dropped: run.dropped,
      families: ['bittorrent', 'edonkey'].map((name) => {
        const own = p2p.filter(({ family }) => family === name)
        return {
          family: name,
          neighbour: false,
          flows: own.length,
          matchedFlows: own.filter(({ taughtBy }) => taughtBy !== undefined).length,
          bytes: sum(own),
          hosts: new Set(own.map(({ srcIp }) => srcIp)).size,
        }
      }),
    }
  }

  async traffic(which: Which & { steps: number }) {
    await this.#ask()
    const { from, stepMicros } = grid(which)
    const series = ['bittorrent', 'edonkey'].flatMap((family) =>
      [false, true].map((matched) => ({
        family,
        matched,
        bytes: stepped(
          which,
          (each) => each.family === family && (each.taughtBy !== undefined) === matched,
          ({ bytes }) => bytes[0] + bytes[1],
        ),
      })),
    )
    const rest = stepped(
      which,
      ({ family }) => family === undefined,
      ({ bytes }) => bytes[0] + bytes[1],
    )
    return { from, stepMicros, series, rest }
  }

  async hosts(which: Which & Page): Promise<Listed<HostRow>> {
    await this.#ask()
    return paged(hostRows(which), which)
  }

  async host(host: string, which: Which & { steps: number }): Promise<HostDetail | undefined> {
    await this.#ask()
    const row = hostRows(which).find((each) => each.host === host)
    if (row === undefined) return undefined
    const { from, stepMicros } = grid(which)
    const own = (each: FlowDetail) => each.srcIp === host && each.family !== undefined
    return {
      ...row,
      allReasons: row.reasons,
      against: [`what looked like ${XSS} was taken back`],
      activity: {
        from,
        stepMicros,
        lanes: [
          {
            family: row.families[0]!,
            lane: row.parts[0]!,
            kind: 'flows',
            matched: false,
            amounts: stepped(which, own, ({ bytes }) => bytes[0]),
          },
        ],
        sent: stepped(which, own, ({ bytes }) => bytes[0]),
        received: stepped(which, own, ({ bytes }) => bytes[1]),
        open: stepped(which, own, () => 1),
      },
      contents: [
        { content: CONTENT, name: XSS, roles: ['has', 'asks'], bytesSent: 1, bytesReceived: 2 },
      ],
      clients: [
        {
          software: XSS,
          version: '4.6',
          count: 2,
          at: { run: 1, micros: START, capture: CAPTURE, frame: 4 },
        },
      ],
      claimedBy: 4,
      threats: host === threat.by ? [threat] : [],
    }
  }

  async flows(which: Which & Page & { descending?: boolean }) {
    await this.#ask()
    const some = chosen(which)
    return paged(which.descending ? some.toReversed() : some, which)
  }

  async histogram(which: Which & { steps: number }) {
    await this.#ask()
    const { from, stepMicros } = grid(which)
    const one = () => 1
    return {
      from,
      stepMicros,
      recognised: stepped(which, ({ family }) => family !== undefined, one),
      rest: stepped(which, ({ family }) => family === undefined, one),
    }
  }

  async facets(which: Which) {
    await this.#ask()
    const counts = new Map<string, number>()
    for (const { family } of chosen(which)) {
      if (family !== undefined) counts.set(family, (counts.get(family) ?? 0) + 1)
    }
    const values = [...counts].map(([value, count]) => ({ value, flows: count }))
    return [{ field: 'family' as const, values }]
  }

  async flow(id: string) {
    await this.#ask()
    return flows.find((each) => each.id === id)
  }

  async messages(id: string, page: Page) {
    await this.#ask()
    return paged(id === '1.1' ? [message] : [], page)
  }

  async swarms(which: Which & Page) {
    await this.#ask()
    return paged([swarmRow], which)
  }

  async swarm(content: string, page: Page): Promise<SwarmDetail | undefined> {
    await this.#ask()
    if (content !== CONTENT) return undefined
    return {
      ...swarmRow,
      also: [],
      names: [
        {
          name: XSS,
          via: 'metadata',
          by: '198.51.100.1',
          verified: true,
          run: 1,
          micros: START,
          capture: CAPTURE,
          frame: 9,
        },
      ],
      files: [{ path: `${XSS}/readme.txt`, size: 12 }],
      peers: paged(peers, page),
      clusters: [{ network: '203.0.113.0/24', peers: 40 }],
      channels: [{ via: 'tracker', claims: 50 }],
      overTime: {
        ...{ from: START, stepMicros: SECOND },
        channels: [
          { via: 'tracker', peers: [0, 40, 3, 0, 40] },
          { via: XSS, peers: [1, 0, 0, 2, 0] },
        ],
      },
    }
  }

  async threats(which: Which & Page) {
    await this.#ask()
    return paged([threat], which)
  }

  async decisions() {
    return { rows: [], total: 0 }
  }

  async decided() {
    return []
  }

  async incidents(question: IncidentQuestion): Promise<Listed<IncidentRow>> {
    await this.#ask()
    const { at } = question
    const rows = [incident, lesser].filter(
      ({ target }) => at === undefined || at === target.ip || at === `${target.ip}:${target.port}`,
    )
    return paged(rows, question)
  }

  async *eachCall() {
    await this.#ask()
    yield []
  }

  async causes(): Promise<readonly CauseRow[]> {
    await this.#ask()
    return causes
  }

  /** The first two cells and the last one were called. */
  async darkMap({ network, cellBits }: DarkMapQuestion) {
    await this.#ask()
    const bits = Number(network.split('/')[1])
    if (!(cellBits >= bits && cellBits - bits <= 16)) return undefined
    const last = 2 ** (cellBits - bits) - 1
    return {
      ...{ network, cellBits, cells: [0, 1, last], sources: [130, 4, 1000] },
      ...{ p2pSources: [120, 0, 1000], family: [0, -1, 1], families: ['bittorrent', XSS] },
      total: { sources: 1130, p2pSources: 1120, flows: 2400 },
    }
  }

  async propagation({ of }: PropagationQuestion): Promise<Propagation | undefined> {
    await this.#ask()
    return /^(\d|urn:)/.test(of) ? { ...ways, of } : undefined
  }

  async find(text: string) {
    await this.#ask()
    return [{ kind: 'host' as const, key: text, title: text, note: 'an address' }]
  }
}

/** In the dark network of the page's tests, `198.51.100.0/24`. */
export const DARK_TARGET = '198.51.100.7:6881'

const incident: IncidentRow = {
  ...{ id: '1.1', run: 1, micros: START + 200 * SECOND, state: 'open', family: 'bittorrent' },
  ...{ target: { ip: '198.51.100.7', port: 6881 }, startMicros: START, counting: 'exact' },
  ...{ endMicros: START + 200 * SECOND, peak: 120, sources: 130, targetShare: 0.98, hours: [130] },
  contents: [{ name: CONTENT, count: 128 }],
  software: [{ name: XSS, count: 90 }],
  first: { run: 1, micros: START, capture: CAPTURE, frame: 4, flow: '1.1' },
}

const lesser: IncidentRow = {
  ...{ ...incident, id: '1.2', state: 'closed', target: { ip: '198.51.100.7', port: 80 } },
  ...{ partOf: incident.target, peak: 101, sources: 101, contents: [], software: [] },
}

const causes: readonly CauseRow[] = [
  {
    ...{ run: 1, micros: START + 200 * SECOND, subject: 'what bittorrent peers told' },
    ...{ family: 'bittorrent', hypothesis: 'byte-order', verdict: 'confirmed' },
    ...{ tested: 230, hits: 140, controls: [{ name: 'half swap', tested: 230, hits: 1 }] },
    ...{ p: 1e-40, text: `Of 230 endpoints, 60.9 % are peers if reversed. ${XSS}` },
  },
  {
    ...{ run: 1, micros: START + 200 * SECOND, subject: 'what bittorrent peers told' },
    ...{ family: 'bittorrent', hypothesis: 'private-address', verdict: 'refuted' },
    ...{ tested: 90, hits: 2, controls: [], text: '2 of 90 bogus endpoints are private.' },
  },
]

const step = {
  ...{ run: 1, capture: CAPTURE, family: 'bittorrent', flow: '1.1', lastMicros: START },
}

/** A tracker told a peer, which told another; both called. */
const ways: Omit<Propagation, 'of'> = {
  nodes: [
    { id: '192.0.2.1', name: '192.0.2.1', kind: 'host', hosts: 1, layer: 0, firstMicros: START },
    {
      ...{ id: '10.0.0.1', name: '10.0.0.1', kind: 'host', hosts: 1, layer: 1 },
      ...{ firstMicros: START + SECOND, software: XSS },
    },
    {
      ...{ id: '10.0.0.0/24', name: '10.0.0.0/24', kind: 'network', hosts: 12, layer: 2 },
      firstMicros: START + 2 * SECOND,
    },
    { id: 'callers', name: 'callers', kind: 'callers', hosts: 90, layer: 2, firstMicros: START },
    {
      ...{ id: `of ${DARK_TARGET}`, name: DARK_TARGET, kind: 'target', hosts: 1, layer: 3 },
      firstMicros: START,
    },
  ],
  edges: [
    {
      ...{ ...step, from: '192.0.2.1', to: '10.0.0.1', kind: 'told', via: 'tracker' },
      ...{ count: 1, micros: START + SECOND, frame: 4 },
    },
    {
      ...{ ...step, from: '10.0.0.1', to: '10.0.0.0/24', kind: 'told', via: FORMULA },
      ...{ count: 12, micros: START + 2 * SECOND, frame: 9 },
    },
    {
      ...{ ...step, from: '10.0.0.0/24', to: `of ${DARK_TARGET}`, kind: 'called' },
      ...{ via: 'unanswered', count: 12, micros: START + 3 * SECOND, frame: 11 },
    },
    {
      ...{ ...step, from: 'callers', to: `of ${DARK_TARGET}`, kind: 'called' },
      ...{ via: 'unanswered', count: 90, micros: START, frame: 3 },
    },
  ],
  ...{ tellings: 13, calls: 102, announced: 0, cut: false },
  twin: { ip: '7.100.51.198', flows: 3 },
}

const swarmRow = {
  content: CONTENT,
  name: XSS,
  size: 734_003_200,
  families: ['bittorrent'],
  hosts: 40,
  asking: 3,
  bytes: 1_000_000,
  lastMicros: START + 300 * SECOND,
}

/** Of expressions it only knows one family: `family==x`. */
function chosen({ span, where }: Which): readonly FlowDetail[] {
  const family = /^family==(\w+)$/.exec(where ?? '')?.[1]
  return flows.filter(
    (each) =>
      (span === undefined || (each.startMicros < span.to && each.endMicros >= span.from)) &&
      (family === undefined || each.family === family),
  )
}

function hostRows(which: Which): readonly HostRow[] {
  const hosts = new Map<string, FlowDetail[]>()
  for (const each of chosen(which)) {
    if (each.family === undefined) continue
    const own = hosts.get(each.srcIp)
    if (own === undefined) hosts.set(each.srcIp, [each])
    else own.push(each)
  }
  return [...hosts].map(([host, own], i) => ({
    host,
    score: 99 - i,
    sureness: 'certain',
    families: [...new Set(own.map(({ family }) => family!))],
    parts: [...new Set(own.map(({ part }) => part!))],
    software: [XSS],
    reasons: [{ weight: 40, text: XSS, capture: CAPTURE, frame: 4, run: 1, flow: own[0]!.id }],
    bytesSent: own.reduce((total, { bytes }) => total + bytes[0], 0),
    bytesReceived: own.reduce((total, { bytes }) => total + bytes[1], 0),
    flows: own.length,
    peers: new Set(own.map(({ dstIp }) => dstIp)).size,
    firstMicros: own[0]!.startMicros,
    lastMicros: own.at(-1)!.endMicros,
  }))
}

function grid({ span, steps }: Which & { steps: number }) {
  const { from, to } = span ?? run.span!
  const end = Math.min(to, run.span!.to)
  const start = Math.max(from, run.span!.from)
  return { from: start, stepMicros: Math.max(1, Math.ceil((end - start) / steps)) }
}

function stepped(
  which: Which & { steps: number },
  isMeant: (flow: FlowDetail) => boolean,
  amount: (flow: FlowDetail) => number,
): number[] {
  const { from, stepMicros } = grid(which)
  const amounts = new Array<number>(which.steps).fill(0)
  for (const each of chosen(which)) {
    const step = Math.floor((each.startMicros - from) / stepMicros)
    if (isMeant(each) && step >= 0 && step < amounts.length) amounts[step]! += amount(each)
  }
  return amounts
}

function sum(some: readonly FlowDetail[]): number {
  return some.reduce((total, { bytes }) => total + bytes[0] + bytes[1], 0)
}

function paged<Row>(rows: readonly Row[], { limit, offset = 0 }: Page): Listed<Row> {
  return { rows: rows.slice(offset, offset + limit), total: rows.length }
}
