/** The shape of what Gnutella messages write to the log. Names are Wireshark's where it has any. */
const text = { type: 'string' } as const
const integer = { type: 'integer' } as const
const number = { type: 'number' } as const
const boolean = { type: 'boolean' } as const
const texts = { type: 'array', items: text } as const

function shape(properties: Readonly<Record<string, object>>, description?: string) {
  return {
    type: 'object',
    ...(description !== undefined && { description }),
    properties,
    additionalProperties: false,
  } as const
}

const headers = {
  type: 'array',
  description: 'As they were written, in their order',
  items: shape({ name: text, value: text }),
} as const

const ggep = {
  type: 'array',
  description: 'GGEP extensions in their order',
  items: shape({
    id: text,
    size: { ...integer, description: 'Bytes on the wire' },
    value: { description: 'Where its meaning is known: text, number, or a list of address:port' },
  }),
} as const

const hit = shape({ index: integer, size: number, name: text, urns: texts, ggep })

const properties = {
  network: { type: 'string', enum: ['gnutella', 'gnutella2', 'gwebcache'] },
  type: { ...text, description: 'Name of the message' },
  header: shape({
    id: { ...text, description: 'GUID in hex' },
    payload: { ...integer, description: 'Number of the type' },
    ttl: integer,
    hops: integer,
    size: integer,
    marks: { ...integer, description: 'Upper half of the length field' },
    deflated: boolean,
  }),
  handshake: shape({
    step: { type: 'string', enum: ['connect', 'answer'] },
    version: text,
    code: integer,
    reason: text,
    crawler: boolean,
    headers,
  }),
  pong: shape({ ip: text, port: integer, files: integer, kbytes: integer }),
  query: shape({
    min_speed: { ...integer, description: 'Flags, read big-endian' },
    search: text,
    flags: texts,
    urns: texts,
    out_of_band: { ...text, description: 'Where hits shall go: address:port of the GUID' },
  }),
  queryhit: shape({
    count: integer,
    ip: text,
    port: integer,
    speed: integer,
    servent_id: text,
    vendor: text,
    push: { ...boolean, description: 'Firewalled: must be asked to call' },
    busy: boolean,
    xml_bytes: integer,
    hits: { type: 'array', items: hit },
  }),
  push: shape({ servent_id: text, index: integer, ip: text, port: integer }),
  bye: shape({ code: integer, text }),
  qrp: shape({
    variant: integer,
    slots: integer,
    infinity: integer,
    number: integer,
    count: integer,
    compressor: integer,
    entry_bits: integer,
    bytes: integer,
  }),
  hsep: {
    type: 'array',
    description: 'Per distance: nodes, files, KiB',
    items: { type: 'array', items: number },
  },
  rudp: shape({ connection: integer, operation: text, bytes: integer }),
  vendor_message: shape({
    vendor: text,
    selector: integer,
    version: integer,
    name: text,
    supported: texts,
    hops: integer,
    count: integer,
    port: integer,
    urn: text,
    ultrapeers: integer,
    leaves: integer,
    flags: integer,
    code: integer,
    ggep: texts,
  }),
  dht: shape({
    opcode: integer,
    name: text,
    vendor: text,
    version: integer,
    kuid: text,
    contact: text,
    flags: integer,
    target: text,
    contacts: texts,
  }),
  ggep,
  sr_udp: shape({ tag: text, flags: integer, sequence: integer, part: integer, count: integer }),
  g2: shape({
    packet: { ...text, description: 'Name of the packet' },
    bytes: { ...integer, description: 'Of its own payload' },
    children: texts,
    address: { type: ['string', 'null'] },
    udp: text,
    guid: text,
    vendor: text,
    nick: text,
    files: integer,
    kbytes: integer,
    hubs: texts,
    cached: texts,
    query_key: text,
    search: text,
    urns: texts,
    hits: { type: 'array', items: shape({ name: text, size: number, urns: texts }) },
  }),
  http: shape({
    method: text,
    target: text,
    status: integer,
    reason: text,
    content: text,
    name: { ...text, description: 'Of the file' },
    size: { ...number, description: 'Of the whole file' },
    headers,
  }),
  gwebcache: shape({
    host: { ...text, description: 'The web server that was asked' },
    asks: texts,
    net: text,
    client: text,
    version: text,
    ip: text,
    url: text,
    leaves: integer,
    hosts: texts,
    urls: texts,
    info: texts,
  }),
} as const

export const logs = {
  gnutella: {
    type: 'object',
    properties,
    required: ['network', 'type'],
    additionalProperties: false,
  },
} as const
