/**
 * What the log `bittorrent_tracker` says: announces and scrapes of every transport (HTTP, UDP,
 * WebSocket) in one shape. Ours; hex strings for hashes and ids as in `bittorrent_dht`.
 *
 * Paths of private trackers hold a secret that lets anybody act as the user; `redactedPath` takes
 * it out, and of a query only the known keys become fields.
 */

/** Segments this long that hold letters and digits are taken for a secret: 16 and 32 are usual. */
const SECRET_LENGTH_MIN = 16

/** A path with what looks like a passkey replaced: `/(redacted)/announce`. */
export function redactedPath(path: string): string {
  return path
    .split('/')
    .map((segment) => {
      const secret =
        segment.length >= SECRET_LENGTH_MIN &&
        /^[\w~.-]+$/.test(segment) &&
        /\d/.test(segment) &&
        !/\.(?:php|cgi|aspx?|jsp|torrent)$/i.test(segment)
      return secret ? '(redacted)' : segment
    })
    .join('/')
}

const STRING = { type: 'string' } as const
const INTEGER = { type: 'integer' } as const
const NUMBER = { type: 'number' } as const
const BOOLEAN = { type: 'boolean' } as const

const PEERS = {
  type: 'array',
  items: {
    type: 'object',
    properties: { ip: STRING, port: INTEGER, peer_id: STRING },
    required: ['ip', 'port'],
    additionalProperties: false,
  },
} as const

/** JSON Schema of the logs of trackers and web seeds. Amounts above 2^53 are rounded as JSON numbers are. */
export const trackerLogs = {
  bittorrent_tracker: {
    type: 'object',
    properties: {
      transport: { enum: ['http', 'udp', 'websocket'] },
      type: { enum: ['request', 'response', 'relayed'] },
      action: { enum: ['connect', 'announce', 'scrape', 'error'] },
      transaction_id: STRING,
      host: STRING,
      path: STRING,
      user_agent: STRING,
      status: INTEGER,
      info_hash: STRING,
      info_hashes: { type: 'array', items: STRING },
      peer_id: STRING,
      ip: STRING,
      port: INTEGER,
      event: STRING,
      uploaded: NUMBER,
      downloaded: NUMBER,
      left: NUMBER,
      corrupt: NUMBER,
      redundant: NUMBER,
      key: STRING,
      num_want: INTEGER,
      compact: BOOLEAN,
      no_peer_id: BOOLEAN,
      support_crypto: BOOLEAN,
      require_crypto: BOOLEAN,
      tracker_id: STRING,
      interval: INTEGER,
      min_interval: INTEGER,
      seeders: INTEGER,
      leechers: INTEGER,
      completed: INTEGER,
      peers: PEERS,
      external_ip: STRING,
      failure_reason: STRING,
      warning: STRING,
      retry_in: STRING,
      files: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            info_hash: STRING,
            seeders: INTEGER,
            leechers: INTEGER,
            completed: INTEGER,
            name: STRING,
          },
          additionalProperties: false,
        },
      },
      offers: INTEGER,
      offer_id: STRING,
      to_peer_id: STRING,
      sdp: { enum: ['offer', 'answer'] },
      candidates: {
        type: 'array',
        items: {
          type: 'object',
          properties: { ip: STRING, port: INTEGER, transport: STRING, kind: STRING },
          required: ['ip', 'port'],
          additionalProperties: false,
        },
      },
    },
    required: ['transport', 'type', 'action'],
    additionalProperties: false,
  },
  bittorrent_webseed: {
    type: 'object',
    properties: {
      type: { enum: ['request', 'response'] },
      host: STRING,
      path: STRING,
      user_agent: STRING,
      info_hash: STRING,
      piece: INTEGER,
      range: STRING,
      status: INTEGER,
    },
    required: ['type'],
    additionalProperties: false,
  },
} as const
