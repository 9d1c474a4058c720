/**
 * What the logs say of a DHT message.
 *
 * `bittorrent_dht` has the fields of Suricata's log of that name, and no others, so that what reads
 * the one reads the other: hex strings for ids, tokens and hashes, addresses as text.
 * Source: OISF/suricata rust/src/bittorrent_dht/logger.rs.
 *
 * `bittorrent_dht_extension` is ours and holds what the first has no field for: the extensions of
 * BEP 32, 33, 42, 43, 44 and 51. It is said only of messages that carry such things.
 */
import type { Endpoint } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import type { Json } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { text } from '../../core/text.ts'
import { type BDict, bencode, isBList } from '../formats/bencode.ts'
import type { CompactNode } from '../formats/compact-peers.ts'
import { bloomEstimate } from './dht-bloom.ts'
import type { KrpcMessage } from './wire/krpc.ts'

/** The lists of a reply, read once by the session. */
export interface DhtLists {
  readonly nodes: readonly CompactNode[]
  readonly nodes6: readonly CompactNode[]
  readonly values: readonly Endpoint[]
}

type Fields = { [key: string]: Json }

/** Fields of `bittorrent_dht`. */
export function dhtFields(said: KrpcMessage, lists: DhtLists): Fields {
  const fields: Fields = { transaction_id: hex(said.transaction) }
  if (said.version !== undefined) fields.client_version = hex(said.version)
  switch (said.kind) {
    case 'query':
      fields.request_type = said.method
      fields.request = requestFields(said.args, said.id)
      break
    case 'reply':
      fields.response = responseFields(said.values, said.id, lists)
      break
    case 'error':
      fields.error = { num: said.code, msg: said.text }
  }
  return fields
}

function requestFields(args: BDict, id: Uint8Array): Fields {
  const fields: Fields = { id: hex(id) }
  putHex(fields, args, 'target')
  putHex(fields, args, 'info_hash')
  putHex(fields, args, 'token')
  putNumber(fields, args, 'implied_port')
  putNumber(fields, args, 'port')
  return fields
}

function responseFields(values: BDict, id: Uint8Array, lists: DhtLists): Fields {
  const fields: Fields = { id: hex(id) }
  if (lists.nodes.length > 0) fields.nodes = lists.nodes.map(nodeFields)
  if (lists.nodes6.length > 0) fields.nodes6 = lists.nodes6.map(nodeFields)
  if (lists.values.length > 0) fields.values = lists.values.map(({ ip, port }) => ({ ip, port }))
  putHex(fields, values, 'token')
  return fields
}

function nodeFields({ id, ip, port }: CompactNode): Fields {
  return { id, ip, port }
}

function putHex(fields: Fields, dict: BDict, key: string): void {
  const value = dict.bytes(key)
  if (value !== undefined) fields[key] = hex(value)
}

function putNumber(fields: Fields, dict: BDict, key: string): void {
  const value = dict.number(key)
  if (value !== undefined) fields[key] = value
}

/** What the session found out about the sender beside the message. */
export interface DhtRemarks {
  /** The address that a reply says it saw, where it is not the one in the packet. */
  readonly seenAs?: Endpoint
  /** The sender's id was not made for its address (BEP 42); told once. */
  readonly idUnfit?: boolean
}

/** Fields of `bittorrent_dht_extension`, or undefined where the message has nothing of the kind. */
export function dhtExtensionFields(said: KrpcMessage, remarks: DhtRemarks): Fields | undefined {
  const fields: Fields = {}
  if (said.kind === 'query') queryExtensions(fields, said.args, said.readOnly)
  else if (said.kind === 'reply') replyExtensions(fields, said.values)
  if (remarks.seenAs !== undefined) fields.seen_as = { ...remarks.seenAs }
  if (remarks.idUnfit === true) fields.id_fits_address = false
  if (Object.keys(fields).length === 0) return undefined
  const name = said.kind === 'query' ? said.method : said.kind
  const id = said.kind === 'error' ? {} : { id: hex(said.id) }
  return { type: name, transaction_id: hex(said.transaction), ...id, ...fields }
}

function queryExtensions(fields: Fields, args: BDict, readOnly: boolean): void {
  if (readOnly) fields.read_only = true
  const want = args.list('want')
  if (want !== undefined) {
    const words = want.filter((item) => item instanceof Uint8Array)
    fields.want = words.slice(0, limits.listedMax).map((item) => text(item))
  }
  for (const key of ['noseed', 'scrape', 'seed', 'cas'] as const) putNumber(fields, args, key)
  const name = args.bytes('name')
  if (name !== undefined) fields.name = text(name)
  putHex(fields, args, 'salt')
  putItem(fields, args)
}

function replyExtensions(fields: Fields, values: BDict): void {
  for (const key of ['interval', 'num'] as const) putNumber(fields, values, key)
  const samples = values.bytes('samples')
  if (samples !== undefined) fields.samples = hashesOf(samples)
  const seeds = values.bytes('BFsd')
  const peers = values.bytes('BFpe')
  if (seeds !== undefined) putEstimate(fields, 'seeders_estimated', seeds)
  if (peers !== undefined) putEstimate(fields, 'downloaders_estimated', peers)
  putItem(fields, values)
}

/** Where no estimate can be made (another size, every bit set), no field is. */
function putEstimate(fields: Fields, key: string, bloom: Uint8Array): void {
  const estimate = bloomEstimate(bloom)
  if (estimate !== undefined) fields[key] = Math.round(estimate)
}

/** BEP 44: an item put or got. The value may be anything; its size is told. */
function putItem(fields: Fields, dict: BDict): void {
  putNumber(fields, dict, 'seq')
  putHex(fields, dict, 'k')
  putHex(fields, dict, 'sig')
  const value = dict.get('v')
  if (value === undefined) return
  const span = dict.span('v')
  fields.value_size = span === undefined ? bencode(value).length : span[1] - span[0]
  if (isBList(value)) fields.value_type = 'list'
  else if (value instanceof Uint8Array) fields.value_type = 'string'
  else fields.value_type = typeof value === 'object' ? 'dictionary' : 'integer'
}

function hashesOf(samples: Uint8Array): string[] {
  const count = Math.min(Math.floor(samples.length / 20), limits.listedMax)
  return Array.from({ length: count }, (_, i) => hex(samples, 20 * i, 20))
}

const STRING = { type: 'string' } as const
const INTEGER = { type: 'integer' } as const

const ENDPOINT = {
  type: 'object',
  properties: { ip: STRING, port: INTEGER },
  required: ['ip', 'port'],
  additionalProperties: false,
} as const

const NODES = {
  type: 'array',
  items: {
    type: 'object',
    properties: { id: STRING, ip: STRING, port: INTEGER },
    required: ['id', 'ip', 'port'],
    additionalProperties: false,
  },
} as const

/** JSON Schema of the logs of the DHT. */
export const dhtLogs = {
  bittorrent_dht: {
    type: 'object',
    properties: {
      transaction_id: STRING,
      client_version: STRING,
      request_type: STRING,
      request: {
        type: 'object',
        properties: {
          id: STRING,
          target: STRING,
          info_hash: STRING,
          token: STRING,
          implied_port: INTEGER,
          port: INTEGER,
        },
        required: ['id'],
        additionalProperties: false,
      },
      response: {
        type: 'object',
        properties: {
          id: STRING,
          nodes: NODES,
          nodes6: NODES,
          values: { type: 'array', items: ENDPOINT },
          token: STRING,
        },
        required: ['id'],
        additionalProperties: false,
      },
      error: {
        type: 'object',
        properties: { num: INTEGER, msg: STRING },
        required: ['num', 'msg'],
        additionalProperties: false,
      },
    },
    required: ['transaction_id'],
    additionalProperties: false,
  },
  bittorrent_dht_extension: {
    type: 'object',
    properties: {
      type: STRING,
      transaction_id: STRING,
      id: STRING,
      read_only: { type: 'boolean' },
      want: { type: 'array', items: STRING },
      noseed: INTEGER,
      scrape: INTEGER,
      seed: INTEGER,
      cas: INTEGER,
      name: STRING,
      salt: STRING,
      seq: INTEGER,
      k: STRING,
      sig: STRING,
      value_size: INTEGER,
      value_type: STRING,
      interval: INTEGER,
      num: INTEGER,
      samples: { type: 'array', items: STRING },
      seeders_estimated: INTEGER,
      downloaders_estimated: INTEGER,
      seen_as: ENDPOINT,
      id_fits_address: { type: 'boolean' },
    },
    required: ['type', 'transaction_id'],
    additionalProperties: false,
  },
} as const

/** JSON Schema of the log of the Azureus DHT, and of local discovery. */
export const datagramLogs = {
  bittorrent_vuze_dht: {
    type: 'object',
    properties: {
      type: STRING,
      transaction_id: STRING,
      version: INTEGER,
      network: INTEGER,
      own_version: INTEGER,
      address: STRING,
      keys: { type: 'array', items: STRING },
      contacts: { type: 'array', items: STRING },
      seen_as: STRING,
      values: {
        type: 'array',
        items: {
          type: 'object',
          properties: { text: STRING, hex: STRING, by: STRING },
          required: ['by'],
          additionalProperties: false,
        },
      },
    },
    required: ['type', 'transaction_id', 'version', 'network'],
    additionalProperties: false,
  },
  bittorrent_lsd: {
    type: 'object',
    properties: {
      host: STRING,
      port: INTEGER,
      info_hashes: { type: 'array', items: STRING },
      cookie: STRING,
    },
    required: ['host', 'port', 'info_hashes'],
    additionalProperties: false,
  },
} as const
