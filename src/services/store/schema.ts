/**
 * The tables. Narrow and plain on purpose: DuckDB reads a column of ten million narrow values in
 * some ten milliseconds, so that nearly all questions need no index and no summary.
 *
 * - A flow is one number: run × 2^32 + flow.
 * - An address is one number (keys.ts); so is a content's URN (`contents` has the text).
 * - A recurring word is one number (`words`), and so is what a flow is (`kinds`).
 * - Flows stand in the order in which they ended, everything else in order of time: a block's
 *   smallest and greatest values let a question of an hour skip the other hours.
 *
 * People read the views (views.ts), which have names, addresses and times as text.
 */

/** A file of a greater version is refused, a smaller one brought up to date. */
export const SCHEMA_VERSION = 1

export type Column = readonly [name: string, type: ColumnType]
export type ColumnType =
  | 'BIGINT'
  | 'UBIGINT'
  | 'UINTEGER'
  | 'USMALLINT'
  | 'UTINYINT'
  | 'BOOLEAN'
  | 'VARCHAR'

/** Where something stands: flow, time, capture (a word), frame. */
const AT = [
  ['flow', 'BIGINT'],
  ['micros', 'BIGINT'],
  ['capture', 'USMALLINT'],
  ['frame', 'UINTEGER'],
  ['family', 'USMALLINT'],
] as const satisfies readonly Column[]

const FLOW = [
  ['id', 'BIGINT'],
  ['start', 'BIGINT'],
  ['stop', 'BIGINT'],
  ['proto', 'UTINYINT'],
  ['src', 'UBIGINT'],
  ['sport', 'USMALLINT'],
  ['dst', 'UBIGINT'],
  ['dport', 'USMALLINT'],
  ['packets_up', 'BIGINT'],
  ['packets_down', 'BIGINT'],
  ['bytes_up', 'BIGINT'],
  ['bytes_down', 'BIGINT'],
  ['kind', 'USMALLINT'],
  /** The first 8 bytes of the hash in the community id; the text is made anew where it is shown. */
  ['community', 'UBIGINT'],
  ['capture', 'USMALLINT'],
  ['frame', 'UINTEGER'],
  /** Whether `slices` tells when its bytes moved. */
  ['sliced', 'BOOLEAN'],
  ['reason', 'USMALLINT'],
  ['gap_up', 'BIGINT'],
  ['gap_down', 'BIGINT'],
  /** Reasons, and what taught its endpoint, as JSON. */
  ['why', 'VARCHAR'],
] as const satisfies readonly Column[]

export const TABLES = {
  /** What a flow can be; 0: of no known protocol. */
  kinds: [
    ['kind', 'USMALLINT'],
    ['family', 'VARCHAR'],
    ['part', 'VARCHAR'],
    /** 0 unsure, 1 likely, 2 certain */
    ['sureness', 'UTINYINT'],
    ['neighbour', 'BOOLEAN'],
    ['matched', 'BOOLEAN'],
  ],
  words: [
    ['word', 'USMALLINT'],
    ['text', 'VARCHAR'],
  ],
  /** A URN may stand here more than once. */
  contents: [
    ['content', 'UBIGINT'],
    ['urn', 'VARCHAR'],
  ],
  /** IPv6 addresses, each perhaps more than once. */
  addresses: [
    ['address', 'UBIGINT'],
    ['high', 'UBIGINT'],
    ['low', 'UBIGINT'],
    ['ip', 'VARCHAR'],
  ],
  runs: [
    ['run', 'UINTEGER'],
    ['source', 'VARCHAR'],
    ['kind', 'VARCHAR'],
    ['started', 'BIGINT'],
    ['ended', 'BIGINT'],
    ['first', 'BIGINT'],
    ['last', 'BIGINT'],
    ['packets', 'BIGINT'],
    ['bytes', 'BIGINT'],
    ['flows', 'BIGINT'],
    ['dropped', 'BIGINT'],
    ['damage', 'VARCHAR'],
  ],
  captures: [
    ['run', 'UINTEGER'],
    ['capture', 'USMALLINT'],
  ],
  flows: FLOW,
  /** Flows that were not over when last heard of. */
  open_flows: FLOW,
  /** Recognised flows that were told of while they moved: what moved up to `micros`. */
  slices: [
    ['flow', 'BIGINT'],
    ['micros', 'BIGINT'],
    ['bytes_up', 'BIGINT'],
    ['bytes_down', 'BIGINT'],
  ],
  /** Sums of flows, so that charts of all flows need not read them; several rows may be of one minute. */
  minutes: [
    ['run', 'UINTEGER'],
    ['minute', 'BIGINT'],
    ['kind', 'USMALLINT'],
    ['proto', 'UTINYINT'],
    /** That began in it. */
    ['flows', 'BIGINT'],
    ['bytes', 'BIGINT'],
  ],
  /** All packets, whatever they are. */
  traffic: [
    ['run', 'UINTEGER'],
    ['micros', 'BIGINT'],
    ['seconds', 'UINTEGER'],
    ['packets', 'BIGINT'],
    ['bytes', 'BIGINT'],
    ['flows', 'BIGINT'],
  ],
  messages: [
    ...AT,
    ['side', 'UTINYINT'],
    ['log', 'USMALLINT'],
    ['name', 'USMALLINT'],
    ['fields', 'VARCHAR'],
  ],
  claims: [
    ...AT,
    ['by_ip', 'UBIGINT'],
    ['by_port', 'USMALLINT'],
    ['about_ip', 'UBIGINT'],
    ['about_port', 'USMALLINT'],
    ['part', 'USMALLINT'],
    ['carriers', 'USMALLINT'],
    ['via', 'USMALLINT'],
    ['content', 'UBIGINT'],
    ['id', 'VARCHAR'],
    ['reading', 'USMALLINT'],
  ],
  requests: [
    ...AT,
    ['by_ip', 'UBIGINT'],
    ['by_port', 'USMALLINT'],
    ['of_ip', 'UBIGINT'],
    ['of_port', 'USMALLINT'],
    ['what', 'USMALLINT'],
    ['content', 'UBIGINT'],
    ['name', 'VARCHAR'],
  ],
  shares: [
    ...AT,
    ['by_ip', 'UBIGINT'],
    ['by_port', 'USMALLINT'],
    ['content', 'UBIGINT'],
    ['via', 'USMALLINT'],
    ['name', 'VARCHAR'],
    ['size', 'BIGINT'],
    ['files', 'VARCHAR'],
    ['also', 'VARCHAR'],
    ['verified', 'BOOLEAN'],
  ],
  searches: [
    ...AT,
    ['by_ip', 'UBIGINT'],
    ['by_port', 'USMALLINT'],
    ['via', 'USMALLINT'],
    ['text', 'VARCHAR'],
    ['content', 'UBIGINT'],
  ],
  transfers: [
    ...AT,
    ['from_ip', 'UBIGINT'],
    ['from_port', 'USMALLINT'],
    ['to_ip', 'UBIGINT'],
    ['to_port', 'USMALLINT'],
    ['content', 'UBIGINT'],
    ['name', 'VARCHAR'],
    ['bytes', 'BIGINT'],
    ['via', 'USMALLINT'],
  ],
  clients: [
    ...AT,
    ['ip', 'UBIGINT'],
    ['port', 'USMALLINT'],
    ['software', 'VARCHAR'],
    ['version', 'VARCHAR'],
    ['id', 'VARCHAR'],
    ['nick', 'VARCHAR'],
    ['listens_ip', 'UBIGINT'],
    ['listens_port', 'USMALLINT'],
  ],
  threats: [
    ...AT,
    ['threat', 'USMALLINT'],
    ['severity', 'USMALLINT'],
    ['by_ip', 'UBIGINT'],
    ['by_port', 'USMALLINT'],
    ['why', 'VARCHAR'],
    ['content', 'UBIGINT'],
  ],
  faults: [
    ...AT,
    ['wire', 'USMALLINT'],
    ['fault', 'USMALLINT'],
    ['side', 'UTINYINT'],
    ['place', 'BIGINT'],
  ],
  /** What a wall did with flows. */
  decisions: [
    ...AT,
    ['carrier', 'USMALLINT'],
    ['src', 'UBIGINT'],
    ['sport', 'USMALLINT'],
    ['dst', 'UBIGINT'],
    ['dport', 'USMALLINT'],
    ['host', 'UBIGINT'],
    ['action', 'USMALLINT'],
    ['how', 'USMALLINT'],
    ['rule', 'USMALLINT'],
    ['part', 'USMALLINT'],
    ['sureness', 'UTINYINT'],
    /** Reasons, and what taught its endpoint, as JSON. */
    ['why', 'VARCHAR'],
  ],
  /** Recognitions that were taken back. */
  withdrawn: [
    ...AT,
    ['part', 'USMALLINT'],
    ['src', 'UBIGINT'],
    ['dst', 'UBIGINT'],
    ['why', 'VARCHAR'],
    ['reasons', 'VARCHAR'],
  ],
  /** One per run and host: the last word. */
  verdicts: [
    ['run', 'UINTEGER'],
    ['host', 'UBIGINT'],
    ['micros', 'BIGINT'],
    ['score', 'UTINYINT'],
    ['sureness', 'UTINYINT'],
    ['families', 'VARCHAR'],
    ['parts', 'VARCHAR'],
    ['software', 'VARCHAR'],
    ['reasons', 'VARCHAR'],
    ['flows', 'BIGINT'],
    ['sent', 'BIGINT'],
    ['received', 'BIGINT'],
  ],
  /** One per incident: the last word. */
  incidents: [
    ['run', 'UINTEGER'],
    ['number', 'UINTEGER'],
    ['micros', 'BIGINT'],
    ['state', 'USMALLINT'],
    ['family', 'USMALLINT'],
    ['ip', 'UBIGINT'],
    ['port', 'USMALLINT'],
    ['start', 'BIGINT'],
    ['stop', 'BIGINT'],
    ['peak', 'BIGINT'],
    ['sources', 'BIGINT'],
    ['estimate', 'BOOLEAN'],
    /** Share, hours, contents, software as JSON. */
    ['about', 'VARCHAR'],
  ],
  /** One per run, subject and hypothesis: the last word. */
  causes: [
    ['run', 'UINTEGER'],
    ['subject', 'VARCHAR'],
    ['hypothesis', 'USMALLINT'],
    ['family', 'USMALLINT'],
    ['micros', 'BIGINT'],
    ['verdict', 'USMALLINT'],
    ['tested', 'BIGINT'],
    ['hits', 'BIGINT'],
    /** Controls, chance and words as JSON. */
    ['about', 'VARCHAR'],
  ],
  limits: [
    ['run', 'UINTEGER'],
    ['micros', 'BIGINT'],
    ['name', 'USMALLINT'],
    ['count', 'BIGINT'],
  ],
} as const satisfies Readonly<Record<string, readonly Column[]>>

export type TableName = keyof typeof TABLES
export const TABLE_NAMES = Object.keys(TABLES) as TableName[]

/** Tables whose rows are of a moment: what retention deletes by, and how a row names its run. */
export interface Timed {
  readonly table: TableName
  readonly moment: string
  readonly run: string
}

// biome-ignore format: a table
export const TIMED: readonly Timed[] = [
  { table: 'flows', moment: 'stop', run: 'id >> 32' },
  { table: 'open_flows', moment: 'stop', run: 'id >> 32' },
  { table: 'minutes', moment: 'minute', run: 'run' },
  { table: 'traffic', moment: 'micros', run: 'run' },
  { table: 'verdicts', moment: 'micros', run: 'run' },
  { table: 'limits', moment: 'micros', run: 'run' },
  { table: 'incidents', moment: 'stop', run: 'run' },
  { table: 'causes', moment: 'micros', run: 'run' },
  { table: 'slices', moment: 'micros', run: 'flow >> 32' },
  { table: 'messages', moment: 'micros', run: 'flow >> 32' },
  { table: 'claims', moment: 'micros', run: 'flow >> 32' },
  { table: 'requests', moment: 'micros', run: 'flow >> 32' },
  { table: 'shares', moment: 'micros', run: 'flow >> 32' },
  { table: 'searches', moment: 'micros', run: 'flow >> 32' },
  { table: 'transfers', moment: 'micros', run: 'flow >> 32' },
  { table: 'clients', moment: 'micros', run: 'flow >> 32' },
  { table: 'threats', moment: 'micros', run: 'flow >> 32' },
  { table: 'faults', moment: 'micros', run: 'flow >> 32' },
  { table: 'decisions', moment: 'micros', run: 'flow >> 32' },
  { table: 'withdrawn', moment: 'micros', run: 'flow >> 32' },
]

export function createStatements(): string[] {
  return TABLE_NAMES.map((name) => {
    const columns = TABLES[name].map(([column, type]) => `${column} ${type}`)
    return `create table if not exists raw.${name} (${columns.join(', ')})`
  })
}
