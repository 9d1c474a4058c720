/** JSON Schema of the logs `edonkey` and `kad`. */

const text = { type: 'string' } as const
const count = { type: 'integer', minimum: 0 } as const
const flag = { type: 'boolean' } as const
const hash = { type: 'string', pattern: '^[0-9a-f]*$' } as const
const address = { type: 'string' } as const
const port = { type: 'integer', minimum: 0, maximum: 65_535 } as const
const texts = { type: 'array', items: text } as const

/** Tags by name: what a tag says is text, a number, or hex. */
const tags = {
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean'] },
} as const

function objects(properties: Record<string, object>): object {
  return { type: 'array', items: { type: 'object', properties, additionalProperties: false } }
}

/** Three offsets, as requests for parts have them. */
const offsets = {
  type: 'object',
  properties: { first: count, second: count, third: count },
  additionalProperties: false,
} as const

const endpoint = { ip: address, port } as const

const fileEntry = {
  file_hash: hash,
  client_id: count,
  port,
  tags,
  file_size: count,
} as const

const partStatus = {
  type: 'object',
  properties: { parts: count, bitmap: text },
  additionalProperties: false,
} as const

const fileIdentifier = {
  type: 'object',
  properties: { flags: count, file_hash: hash, file_size: count, aich: hash },
  additionalProperties: false,
} as const

const source = {
  client_id: count,
  port,
  server_ip: address,
  server_port: port,
  client_hash: hash,
  obfuscation_settings: count,
} as const

const question = {
  type: text,
  status: partStatus,
  complete_sources: count,
  version: count,
  obfuscation_settings: count,
  rest: text,
  name: text,
  aich_root_hash: hash,
} as const

const hashSet = {
  type: 'object',
  properties: {
    file_hash: hash,
    aich_root_hash: hash,
    parts: { type: 'array', items: hash },
  },
  additionalProperties: false,
} as const

const edonkey = {
  type: 'object',
  required: ['type', 'link', 'protocol', 'opcode'],
  additionalProperties: false,
  properties: {
    type: { ...text, description: 'Name of the message' },
    link: { enum: ['server', 'peer', 'server-udp', 'peer-udp'] },
    protocol: { ...count, description: 'Protocol byte: 227 E3, 197 C5, 212 D4' },
    opcode: count,
    obfuscated: { ...flag, description: 'Read through obfuscation with a key this flow told' },
    unparsed: { ...count, description: 'Bytes after what is known of the body' },
    file_hash: hash,
    client_hash: { ...hash, description: 'User hash' },
    server_hash: hash,
    client_id: { ...count, description: 'Below 2^24: a LowID; else an address, first octet least' },
    client_ip: address,
    low_id: flag,
    ip: address,
    port,
    server_ip: address,
    server_port: port,
    tcp_port: count,
    obfuscation_port: count,
    obfuscation_tcp_port: port,
    obfuscation_udp_port: port,
    internal_port: port,
    external_port: port,
    nick: text,
    software: text,
    version: { type: ['string', 'integer'] },
    client_mark: count,
    capabilities: { type: 'object', additionalProperties: count },
    flags: count,
    server_flags: texts,
    tags,
    search: text,
    string: text,
    text,
    name: text,
    directory: text,
    directories: texts,
    comment: text,
    rating: count,
    number_of_users: count,
    number_of_files: count,
    max_number_of_users: count,
    files_soft: count,
    files_hard: count,
    low_id_users: count,
    udp_key: count,
    challenge: count,
    more: count,
    servers: objects(endpoint),
    sources: objects(source),
    found: objects({ file_hash: hash, sources: objects(source) }),
    list: {
      type: 'object',
      properties: { entry_bytes: count, sources: objects(source) },
      additionalProperties: false,
    },
    file_list: objects(fileEntry),
    file_hashes: { type: 'array', items: hash },
    file: fileIdentifier,
    file_size: count,
    status: partStatus,
    complete_sources: count,
    questions: objects(question),
    answers: objects(question),
    parts: { type: 'array', items: hash },
    md4: hashSet,
    aich: hashSet,
    aich_root_hash: hash,
    part_number: count,
    start_offset: count,
    end_offset: count,
    starts: offsets,
    ends: offsets,
    packed_length: count,
    data_bytes: count,
    queue_ranking: count,
    obfuscation_settings: count,
    protocol_version: count,
    public_key: text,
    signature: text,
    ip_used: count,
    state: count,
    check: hash,
    frames: texts,
    result: count,
    buddy: hash,
  },
} as const

const contact = {
  id: hash,
  ip: address,
  udp_port: port,
  tcp_port: port,
  port,
  version: count,
  request_type: count,
} as const

const kad = {
  type: 'object',
  required: ['type', 'opcode'],
  additionalProperties: false,
  properties: {
    type: { ...text, description: 'Name of the message' },
    opcode: count,
    packed: { ...flag, description: 'Came compressed (E5)' },
    obfuscated: { ...flag, description: 'Read through obfuscation with a key this flow told' },
    overnet: flag,
    unparsed: count,
    id: { ...hash, description: 'Kad id, as the number is spelled' },
    target_id: { ...hash, description: 'For a file its MD4 hash' },
    recipient_id: hash,
    sender_id: hash,
    client_id: hash,
    client_hash: hash,
    user_id: hash,
    buddy_id: hash,
    file_hash: hash,
    request_type: count,
    start_position: count,
    file_size: count,
    restrictive: count,
    search: text,
    ip: address,
    port,
    tcp_port: port,
    udp_port: port,
    version: count,
    load: count,
    error: count,
    min: count,
    max: count,
    obfuscation_settings: count,
    data_bytes: count,
    contacts: objects(contact),
    peers: objects(contact),
    entries: objects({ id: hash, tags }),
    tags,
  },
} as const

export const logs = { edonkey, kad } as const
