/**
 * JSON Schema (2020-12) of every line that `--format eve` writes: what is common, our own objects,
 * and the protocols' logs, whose schemas stand on their cards.
 *
 * Nothing is left open: a key that is not named here is an error, so that a consumer may rely on
 * the list. `flow`, `tcp`, `anomaly` and `stats` hold only keys that Suricata's own schema has, but
 * for `stats.p2p` and `stats.decoder.by_status`.
 */

type Schema = Readonly<Record<string, unknown>>

const string = { type: 'string' } as const
const boolean = { type: 'boolean' } as const
const count = { type: 'integer', minimum: 0 } as const
const port = { type: 'integer', minimum: 0, maximum: 65_535 } as const
const strings = { type: 'array', items: string } as const
const sureness = { enum: ['certain', 'likely', 'unsure'] } as const
const timestamp = {
  type: 'string',
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{6}\\+0000$',
} as const

/** An object with just these keys; those of `optional` may be absent. */
function object(required: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
  return {
    type: 'object',
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  }
}

function list(items: Schema): Schema {
  return { type: 'array', items }
}

const endpoint = object({ ip: string, port })
const url = { ...string, description: 'URN as in magnet links' } as const

const taughtBy = object(
  { pcap_filename: string, pcap_cnt: count, via: string, by: endpoint, endpoint, timestamp },
  { content: url },
)

/** On every line. */
const COMMON: Record<string, Schema> = {
  timestamp,
  flow_id: {
    type: 'integer',
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'The same on all events of a flow, and in every run over the same capture',
  },
  pcap_cnt: { ...count, description: 'Frame number as Wireshark counts; of a flow, its first' },
  event_type: string,
  vlan: list({ type: 'integer', minimum: 0, maximum: 4095 }),
  src_ip: string,
  src_port: port,
  dest_ip: string,
  dest_port: port,
  icmp_type: { type: 'integer', minimum: 0, maximum: 255 },
  icmp_code: { type: 'integer', minimum: 0, maximum: 255 },
  proto: string,
  ip_v: { enum: [4, 6] },
  app_proto: string,
  community_id: { type: 'string', pattern: '^1:[A-Za-z0-9+/]{27}=$' },
  pcap_filename: string,
}

/** What every event of a flow has. */
const OF_FLOW = ['flow_id', 'pcap_cnt', 'src_ip', 'dest_ip', 'proto', 'ip_v', 'pcap_filename']

const hexByte = { type: 'string', pattern: '^[0-9a-f]{2}$' } as const

const flow = object({
  pkts_toserver: count,
  pkts_toclient: count,
  bytes_toserver: count,
  bytes_toclient: count,
  start: timestamp,
  end: timestamp,
  age: count,
  state: { enum: ['new', 'established', 'closed'] },
  reason: { enum: ['timeout', 'forced', 'shutdown'] },
  alerted: boolean,
})

const tcp = object(
  {
    tcp_flags: hexByte,
    tcp_flags_ts: hexByte,
    tcp_flags_tc: hexByte,
    state: { enum: ['syn_sent', 'syn_recv', 'established', 'fin_wait1', 'closed'] },
  },
  {
    ...{ syn: boolean, fin: boolean, rst: boolean, psh: boolean },
    ...{ ack: boolean, urg: boolean, ecn: boolean, cwr: boolean },
  },
)

const stats = object(
  {
    uptime: count,
    decoder: object({
      pkts: count,
      bytes: count,
      by_status: list(object({ status: string, count })),
    }),
    flow: object({ total: count }),
    p2p: object(
      {
        messages: list(object({ family: string, name: string, count })),
        faults: list(object({ wire: string, fault: string, count })),
        limits: list(object({ limit: string, count })),
        damage: list(object({ pcap_filename: string, offset: count, cause: string })),
      },
      {
        // Share of the capture ring that waited, at most, and how late packets are read.
        live: object({ ring_use: { type: 'number', minimum: 0, maximum: 1 }, lag_ms: count }),
      },
    ),
  },
  { capture: object({ kernel_packets: count, kernel_drops: count }) },
)

const verdict = { family: string, part: string, sureness, reasons: strings } as const

const recognised = object(verdict, { taught_by: taughtBy })

/** As Suricata writes it on `alert` and `drop`. */
const suricataVerdict = object(
  { action: { enum: ['drop', 'pass'] } },
  {
    'reject-target': { enum: ['to_client', 'both'] },
    reject: list({ const: 'tcp-reset' }),
  },
)

const wall = object(
  {
    action: { enum: ['permit', 'watch', 'learn', 'throttle', 'block', 'refuse', 'lock'] },
    rule: string,
    host: string,
    reasons: strings,
  },
  {
    how: { enum: ['drop', 'reset'] },
    family: string,
    part: string,
    sureness,
    taught_by: taughtBy,
  },
)

const share = { type: 'number', minimum: 0, maximum: 1 } as const
const counted = list(object({ name: string, count }))

const incident = object(
  {
    state: { enum: ['open', 'closed', 'withdrawn'] },
    family: string,
    target: endpoint,
    start: timestamp,
    end: timestamp,
    peak: count,
    sources: count,
    counting: { enum: ['exact', 'estimate'] },
    target_share: share,
    hours: list(count),
    contents: counted,
    software: counted,
  },
  { part_of: endpoint },
)

const cause = object(
  {
    subject: string,
    hypothesis: string,
    verdict: { enum: ['confirmed', 'supported', 'refuted', 'untested'] },
    tested: count,
    hits: count,
    controls: list(object({ name: string, tested: count, hits: count })),
    text: string,
  },
  { p: share },
)

/** `event_type` → the keys of its own that a line must have, and those it may have. */
const OWN: Record<string, { must: Record<string, Schema>; may?: Record<string, Schema> }> = {
  // `p2p` says that a flow is P2P; what is known of VPNs and the like stands apart.
  flow: { must: { flow }, may: { tcp, p2p: recognised, neighbour: recognised } },
  anomaly: {
    must: {
      anomaly: object(
        { type: { enum: ['applayer', 'unknown'] }, event: string },
        { layer: { const: 'proto_parser' }, app_proto: string },
      ),
    },
    may: {
      p2p_fault: object({ wire: string, at: count, resumes: boolean }),
      p2p_limit: object({ limit: string, count }),
    },
  },
  p2p_claim: {
    must: {
      p2p_claim: object(
        {
          by: endpoint,
          about: endpoint,
          part: string,
          carriers: { enum: ['tcp', 'udp', 'both'] },
          via: string,
        },
        { content: url, id: string, reading: { enum: ['natural', 'reversed'] } },
      ),
    },
  },
  p2p_request: {
    must: {
      p2p_request: object(
        { by: endpoint, of: endpoint, what: string },
        { content: url, name: string },
      ),
    },
  },
  p2p_share: {
    must: {
      p2p_share: object(
        { by: endpoint, content: url, via: string },
        {
          name: string,
          size: count,
          files: list(object({ path: string, size: count })),
          also: list(url),
          verified: boolean,
        },
      ),
    },
  },
  p2p_search: {
    must: { p2p_search: object({ by: endpoint, via: string }, { text: string, content: url }) },
  },
  p2p_transfer: {
    must: {
      p2p_transfer: object(
        { from: endpoint, to: endpoint, bytes: count, via: string },
        { content: url, name: string },
      ),
    },
  },
  p2p_client: {
    must: {
      p2p_client: object(
        { who: endpoint },
        { software: string, version: string, id: string, nick: string, listens: endpoint },
      ),
    },
  },
  p2p_threat: {
    must: {
      p2p_threat: object(
        {
          threat: string,
          severity: { enum: ['low', 'medium', 'high'] },
          by: endpoint,
          why: string,
        },
        { content: url },
      ),
    },
  },
  p2p_recognition: {
    must: { p2p_recognition: object({ ...verdict, withdrawn: string }, { taught_by: taughtBy }) },
  },
  p2p_host: {
    must: {
      p2p_host: object(
        {
          host: string,
          families: strings,
          sureness,
          score: { type: 'number', minimum: 0, maximum: 100 },
          reasons: list(
            object({
              weight: { type: 'number' },
              text: string,
              pcap_filename: string,
              pcap_cnt: count,
            }),
          ),
          software: strings,
          flows: count,
          bytes_sent: count,
          bytes_received: count,
        },
        { parts: strings },
      ),
    },
  },
  drop: {
    must: {
      drop: object({ reason: { const: 'rules' } }, { len: count, ttl: count, hoplimit: count }),
      verdict: suricataVerdict,
      p2p_wall: wall,
    },
    may: { direction: { enum: ['to_server', 'to_client'] } },
  },
  p2p_wall: { must: { verdict: suricataVerdict, p2p_wall: wall } },
  p2p_incident: { must: { p2p_incident: incident } },
  p2p_cause: { must: { p2p_cause: cause } },
  stats: { must: { stats } },
}

/** Events that belong to no flow. */
const WITHOUT_FLOW = new Set(['stats', 'p2p_host', 'p2p_incident', 'p2p_cause', 'anomaly'])

/**
 * @param logs  the schema of each log that the protocols write, by name of the log
 */
export function eveSchema(logs: Readonly<Record<string, object>>): Schema {
  const kinds = { ...OWN }
  for (const [log, schema] of Object.entries(logs))
    kinds[log] = { must: { [log]: schema as Schema } }
  const properties = { ...COMMON, event_type: { enum: Object.keys(kinds).sort() } }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:peerscope:eve',
    title: 'Peerscope EVE',
    description:
      'One line of `peerscope --format eve`. Generated; the text stands in eve-schema.ts.',
    type: 'object',
    required: ['timestamp', 'event_type'],
    properties,
    allOf: Object.entries(kinds).map(([type, { must, may }]) => ({
      if: { properties: { event_type: { const: type } } },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own word
      then: {
        required: [...(WITHOUT_FLOW.has(type) ? [] : OF_FLOW), ...Object.keys(must)],
        properties: { ...must, ...may },
      },
    })),
    unevaluatedProperties: false,
  }
}

/** One table of the logs of several cards; a log that two of them write must be the same. */
export function mergedLogs(
  cards: readonly { readonly logs?: Readonly<Record<string, object>> }[],
): Record<string, object> {
  return Object.assign({}, ...cards.map((card) => card.logs ?? {}))
}

/** The text of the file that is shipped, laid out as the formatter lays out JSON. */
export function eveSchemaText(cards: Parameters<typeof mergedLogs>[0]): string {
  const text = JSON.stringify(eveSchema(mergedLogs(cards)), null, 2)
  return `${text.replace(LIST_OF_SCALARS, shortList)}\n`
}

/** A line up to a list of texts and numbers that stands over several lines, and what follows it. */
const LIST_OF_SCALARS = /^(.*)\[\n((?: *(?:"(?:[^"\\]|\\.)*"|[-\d.]+),?\n)+) *\](,?)$/gm
const LINE_LENGTH = 100

function shortList(whole: string, head: string, items: string, comma: string): string {
  const line = `${head}[${items.trim().replace(/,\n */g, ', ')}]${comma}`
  return line.length <= LINE_LENGTH ? line : whole
}
