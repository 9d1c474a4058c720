/**
 * JSON Schema of the logs of peer connections: `bittorrent` (messages over TCP and inside uTP) and
 * `bittorrent_utp` (the two packets that open a uTP connection; names as Wireshark's `bt-utp`).
 */

const STRING = { type: 'string' } as const
const INTEGER = { type: 'integer' } as const
const BOOLEAN = { type: 'boolean' } as const
const ENDPOINT = { ip: STRING, port: INTEGER } as const

function list(items: object): object {
  return { type: 'array', items }
}

function shape(properties: object, required: readonly string[]): object {
  return { type: 'object', properties, required, additionalProperties: false }
}

export const peerLogs = {
  bittorrent: shape(
    {
      /** Name of the message; `extended` where no name is known for its id. */
      type: STRING,
      info_hash: STRING,
      // handshake
      peer_id: STRING,
      client: STRING,
      client_version: STRING,
      reserved: STRING,
      features: list(STRING),
      cut_short: BOOLEAN,
      // extended-handshake, az-handshake
      port: INTEGER,
      udp_port: INTEGER,
      your_ip: STRING,
      ipv4: STRING,
      ipv6: STRING,
      request_queue: INTEGER,
      metadata_size: INTEGER,
      upload_only: BOOLEAN,
      share_mode: BOOLEAN,
      complete_ago: INTEGER,
      prefers_encryption: BOOLEAN,
      extensions: list(shape({ name: STRING, id: INTEGER }, ['name', 'id'])),
      // ut_pex, az-peer-exchange
      added: list(shape({ ...ENDPOINT, flags: list(STRING) }, ['ip', 'port'])),
      dropped: list(shape(ENDPOINT, ['ip', 'port'])),
      // ut_metadata
      message_type: { type: ['string', 'number'] },
      total_size: INTEGER,
      // ut_holepunch
      action: STRING,
      ip: STRING,
      error: INTEGER,
      // upload_only, share_mode
      value: INTEGER,
      // messages about pieces and blocks
      piece: INTEGER,
      begin: INTEGER,
      size: INTEGER,
      bitfield_bytes: INTEGER,
      pieces_have: INTEGER,
      // hash-request, hashes, hash-reject
      root: STRING,
      base_layer: INTEGER,
      index: INTEGER,
      count: INTEGER,
      proof_layers: INTEGER,
      // what has no name, or no meaning here
      id: INTEGER,
      extended_id: INTEGER,
      extension: STRING,
      name: STRING,
    },
    ['type'],
  ),
  bittorrent_utp: shape(
    {
      type: { enum: ['syn', 'state'] },
      connection_id: INTEGER,
      timestamp_us: INTEGER,
      timestamp_diff_us: INTEGER,
      wnd_size: INTEGER,
      seq_nr: INTEGER,
      ack_nr: INTEGER,
      extensions: list(INTEGER),
    },
    ['type', 'connection_id', 'seq_nr', 'ack_nr'],
  ),
} as const
