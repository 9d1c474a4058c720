/**
 * A small network for tests of the store, made by hand so that every answer can be counted.
 *
 * Time in seconds after T. Flows (addresses 10.0.0.x inside, 198.51.100.x and 2001:db8::x outside):
 *
 *   1  10.0.0.1:1000 → 198.51.100.1:6881  TCP    0..100    1000 up  9000 down  f/peer certain, 2 updates
 *   2  10.0.0.1:1001 → 198.51.100.2:6881  TCP   10..20      100 up   900 down  f/peer likely, taught
 *   3  [2001:db8::2]:1002 → [2001:db8::3]:53   UDP   30..31       50 up    50 down  of no known protocol
 *   4  10.0.0.2:1003 → 198.51.100.1:9     UDP  200..200      60 up     0 down  g/dht certain
 *   5  [2001:db8::2]:1004 → [2001:db8::3]:443  UDP  400..500   10000 up 10000 down  vpn/tunnel, neighbour
 *   6  10.0.0.3:1005 → 198.51.100.9:80    TCP  410..411     500 up   500 down  g/hub withdrawn
 *   7  10.0.0.2:1006 → 198.51.100.1:6881  TCP  450..        300 up   700 down  f/peer certain, open
 */
import type { Endpoint } from '../../core/address.ts'
import type { Event, Flow, FlowUpdate, FlowVerdict, Stamp, Traffic } from '../../core/event.ts'
import type { Store } from './store.ts'

/** 2026-01-31 10:00:00 UTC, a full hour. */
export const T = 1_769_853_600_000_000
export const SECOND = 1_000_000
export const HASH = 'urn:btih:0123456789012345678901234567890123456789'
export const OTHER_HASH = 'urn:ed2k:31d6cfe0d16ae931b73c59d7e0c089c0'
export const SIX = '2001:db8::3'
const INSIDE_6 = '2001:db8::2'
const CAPTURE = 'a.pcap'

export const at = (ip: string, port: number): Endpoint => ({ ip, port })

interface Row {
  readonly flow: number
  readonly ends: readonly [Endpoint, Endpoint]
  readonly proto: 'TCP' | 'UDP'
  /** In seconds after T. */
  readonly from: number
  readonly to: number
  readonly bytes: readonly [number, number]
  readonly p2p?: FlowVerdict
}

const PEER = { family: 'f', part: 'peer', sureness: 'certain', reasons: ['a handshake'] } as const
const ROWS = {
  1: {
    flow: 1,
    ends: [at('10.0.0.1', 1000), at('198.51.100.1', 6881)],
    proto: 'TCP',
    from: 0,
    to: 100,
    bytes: [1000, 9000],
    p2p: PEER,
  },
  2: {
    flow: 2,
    ends: [at('10.0.0.1', 1001), at('198.51.100.2', 6881)],
    proto: 'TCP',
    from: 10,
    to: 20,
    bytes: [100, 900],
    p2p: {
      family: 'f',
      part: 'peer',
      sureness: 'likely',
      reasons: ['bytes like noise', 'it was named'],
      taughtBy: {
        capture: CAPTURE,
        frame: 5,
        via: 'pex',
        by: at('198.51.100.1', 6881),
        endpoint: at('198.51.100.2', 6881),
        micros: T + 5 * SECOND,
      },
    },
  },
  3: {
    flow: 3,
    ends: [at(INSIDE_6, 1002), at(SIX, 53)],
    proto: 'UDP',
    from: 30,
    to: 31,
    bytes: [50, 50],
  },
  4: {
    flow: 4,
    ends: [at('10.0.0.2', 1003), at('198.51.100.1', 9)],
    proto: 'UDP',
    from: 200,
    to: 200,
    bytes: [60, 0],
    p2p: { family: 'g', part: 'dht', sureness: 'certain', reasons: ['a query'] },
  },
  5: {
    flow: 5,
    ends: [at(INSIDE_6, 1004), at(SIX, 443)],
    proto: 'UDP',
    from: 400,
    to: 500,
    bytes: [10_000, 10_000],
    p2p: {
      family: 'vpn',
      part: 'tunnel',
      sureness: 'certain',
      neighbour: true,
      reasons: ['an initiation'],
    },
  },
  6: {
    flow: 6,
    ends: [at('10.0.0.3', 1005), at('198.51.100.9', 80)],
    proto: 'TCP',
    from: 410,
    to: 411,
    bytes: [500, 500],
  },
  7: {
    flow: 7,
    ends: [at('10.0.0.2', 1006), at('198.51.100.1', 6881)],
    proto: 'TCP',
    from: 450,
    to: 460,
    bytes: [300, 700],
    p2p: PEER,
  },
} as const satisfies Readonly<Record<number, Row>>
type Number1to7 = keyof typeof ROWS

function account(row: Row) {
  return {
    flow: row.flow,
    micros: T + row.to * SECOND,
    capture: CAPTURE,
    frame: 10 * row.flow,
    proto: row.proto,
    protoNumber: row.proto === 'TCP' ? 6 : 17,
    ends: row.ends,
    startMicros: T + row.from * SECOND,
    endMicros: T + row.to * SECOND,
    packets: [row.bytes[0] === 0 ? 0 : 4, row.bytes[1] === 0 ? 0 : 6],
    bytes: row.bytes,
    payloadBytes: row.bytes,
    fromStart: true,
  } as const
}

/** A flow's end. */
export function ended(flow: Number1to7): Flow {
  const row: Row = ROWS[flow]
  return { type: 'flow', ...account(row), reason: 'closed', ...(row.p2p && { p2p: row.p2p }) }
}

/** How a flow stands at a second, with so many bytes. */
export function update(flow: Number1to7, to: number, bytes: readonly [number, number]): FlowUpdate {
  const row: Row = ROWS[flow]
  return { type: 'flow-update', ...account({ ...row, to, bytes }), p2p: row.p2p ?? PEER }
}

export function stamp(flow: Number1to7, second: number, family = 'f'): Stamp {
  const row: Row = ROWS[flow]
  return {
    family,
    flow,
    micros: T + second * SECOND,
    capture: CAPTURE,
    frame: 10 * flow + 1,
    ends: row.ends,
    carrier: row.proto === 'TCP' ? 'tcp' : 'udp',
  }
}

function traffic(until: number, packets: number, bytes: number, flows: number): Traffic {
  return { type: 'traffic', micros: T + until * SECOND, seconds: 60, packets, bytes, flows }
}

function verdict(host: string, score: number, families: readonly string[]): Event {
  return {
    type: 'verdict',
    host,
    micros: T + 500 * SECOND,
    families,
    parts: ['peer'],
    sureness: 'certain',
    score,
    reasons: [
      { weight: 80, text: 'spoke f', capture: CAPTURE, frame: 10 },
      { weight: 40, text: 'said that it is X', capture: CAPTURE, frame: 11 },
      { weight: 20, text: 'named others', capture: CAPTURE, frame: 12 },
      { weight: -5, text: 'something was taken back', capture: CAPTURE, frame: 13 },
    ],
    software: ['X 1.0'],
    flows: 2,
    bytes: [1100, 9900],
  }
}

const [INSIDE, PEER_1] = ROWS[1].ends

/** All of it, in the order in which an engine says it. */
export const EVENTS: readonly Event[] = [
  {
    type: 'recognition',
    ...stamp(1, 0),
    part: 'peer',
    sureness: 'certain',
    reasons: ['a handshake'],
  },
  {
    type: 'message',
    ...stamp(1, 1),
    log: 'f_peer',
    name: 'handshake',
    side: 0,
    fields: { id: 'aa' },
  },
  {
    type: 'message',
    ...stamp(1, 2),
    log: 'f_peer',
    name: 'pex',
    side: 1,
    fields: { added: 2, list: ['x'] },
  },
  {
    type: 'client',
    ...stamp(1, 1),
    who: INSIDE,
    software: 'X',
    version: '1.0',
    id: 'aabb',
    nick: 'Joe',
  },
  { type: 'client', ...stamp(1, 2), who: PEER_1, software: 'Y <b>', id: 'ccdd' },
  { type: 'request', ...stamp(1, 3), by: INSIDE, of: PEER_1, what: 'get', content: HASH },
  {
    type: 'share',
    ...stamp(1, 4),
    by: PEER_1,
    content: HASH,
    via: 'metadata',
    name: 'A film',
    size: 700,
    verified: true,
    also: [OTHER_HASH],
    files: [{ path: 'a/b', size: 700 }],
  },
  {
    type: 'claim',
    ...stamp(1, 5),
    by: PEER_1,
    about: at('198.51.100.2', 6881),
    part: 'peer',
    carriers: 'both',
    via: 'pex',
    content: HASH,
  },
  {
    type: 'claim',
    ...stamp(1, 5),
    by: PEER_1,
    about: at('10.9.9.9', 6881),
    part: 'peer',
    carriers: 'both',
    via: 'pex',
    content: HASH,
  },
  {
    type: 'claim',
    ...stamp(4, 200, 'g'),
    by: PEER_1,
    about: at('198.51.100.77', 4000),
    part: 'dht',
    carriers: 'udp',
    via: 'nodes',
    id: 'ff',
  },
  {
    type: 'claim',
    ...stamp(4, 200, 'g'),
    by: PEER_1,
    about: at('198.51.100.2', 4000),
    part: 'peer',
    carriers: 'both',
    via: 'values',
    content: HASH,
  },
  {
    type: 'search',
    ...stamp(4, 200, 'g'),
    by: at('10.0.0.2', 1003),
    via: 'keyword',
    text: 'blue sky',
  },
  {
    type: 'threat',
    ...stamp(4, 200, 'g'),
    threat: 'bot',
    severity: 'high',
    by: at('10.0.0.2', 1003),
    why: 'its query has the mark of a bot',
  },
  {
    type: 'threat',
    ...stamp(1, 50),
    threat: 'leak',
    severity: 'low',
    by: INSIDE,
    why: 'it shares a mailbox',
    content: HASH,
  },
  {
    type: 'fault',
    ...stamp(1, 60),
    wire: 'peer',
    fault: 'too-long',
    side: 1,
    at: 17,
    resumes: false,
  },
  update(1, 40, [400, 3600]),
  traffic(60, 100, 20_000, 3),
  update(1, 90, [900, 8100]),
  traffic(120, 60, 12_000, 0),
  ended(2),
  ended(3),
  {
    type: 'transfer',
    ...stamp(1, 100),
    from: PEER_1,
    to: INSIDE,
    content: HASH,
    bytes: 8000,
    via: 'piece',
  },
  ended(1),
  ended(4),
  traffic(240, 1, 60, 1),
  {
    type: 'recognition',
    ...stamp(6, 411, 'g'),
    part: 'hub',
    sureness: 'likely',
    reasons: ['a line'],
    withdrawn: 'later bytes disagree',
  },
  ended(6),
  ended(5),
  update(7, 460, [300, 700]),
  traffic(480, 50, 30_000, 3),
  { type: 'limit', limit: 'flowsMax', count: 1, micros: T + 460 * SECOND },
  verdict('10.0.0.1', 70, ['f']),
  verdict('10.0.0.1', 90, ['f']),
  verdict('10.0.0.2', 60, ['f', 'g']),
  verdict('198.51.100.1', 80, ['f']),
]

/** Flows, one a second, from a second on. */
export async function fill(store: Store, flows: number, from = 0, run = 0): Promise<number> {
  const own = run || (await store.writer.begin({ source: 'x', kind: 'live', startedMicros: 1 }))
  for (let i = 0; i < flows; i++) {
    const micros = T + (from + i) * SECOND
    store.writer.consume(own, {
      ...ended(1),
      flow: from + i + 1,
      startMicros: micros,
      endMicros: micros,
    })
  }
  await store.writer.flush()
  return own
}
