/**
 * Message bodies as log fields: the layout's own keys in snake case, spelled like Wireshark's
 * `edonkey.*` where it has them, lists cut at `limits.listedMax`.
 */
import { hex } from '../../core/bytes.ts'
import type { Json } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { text } from '../../core/text.ts'
import { type SearchTree, treeText } from './wire/search-tree.ts'
import type { Tag } from './wire/tag.ts'

/** Layout key → log key, where it is not just the key in snake case. */
// biome-ignore format: a table
const EDONKEY_KEYS: Readonly<Record<string, string>> = {
  hash: 'file_hash', userHash: 'client_hash', id: 'client_id', size: 'file_size',
  users: 'number_of_users', files: 'file_list', usersMax: 'max_number_of_users',
  start: 'start_offset', end: 'end_offset', packedSize: 'packed_length', options: 'obfuscation_settings',
  tree: 'search', root: 'aich_root_hash', part: 'part_number', tail: 'client_mark',
  completeSources: 'complete_sources', rank: 'queue_ranking',
}

// biome-ignore format: a table
const KAD_KEYS: Readonly<Record<string, string>> = {
  target: 'target_id', receiver: 'recipient_id', sender: 'sender_id', publisher: 'client_id',
  kind: 'request_type', start: 'start_position', size: 'file_size', tree: 'search',
  file: 'file_hash', userHash: 'client_hash', hash: 'file_hash', options: 'obfuscation_settings',
  user: 'user_id', buddy: 'buddy_id',
}

/** Log key of bodies that are one value or one list. */
// biome-ignore format: a table
const SINGLE: Readonly<Record<string, string>> = {
  'offer-files': 'file_list', 'users-list': 'file_list', 'shared-files': 'file_list',
  'search': 'search', 'search-user': 'search', 'udp-search': 'search', 'udp-search-2': 'search',
  'callback-request': 'client_id', 'udp-callback-failed': 'client_id',
  'server-list': 'servers', 'udp-server-list': 'servers', 'server-message': 'string',
  'chat': 'string', 'queue-rank': 'queue_ranking', 'queue-ranking': 'queue_ranking',
  'shared-dirs': 'directories', 'ask-shared-files-dir': 'directory',
  'status-request': 'challenge', 'description-request': 'challenge',
  'public-ip-answer': 'ip', 'public-key': 'public_key', 'chat-captcha': 'data',
  'chat-captcha-result': 'result', 'udp-port-test': 'result', 'port-test': 'result',
  'udp-get-sources': 'file_hashes', 'udp-get-sources-2': 'file_list',
  'udp-search-result': 'file_list', 'udp-found-sources': 'found',
  'kad1-bootstrap-response': 'contacts', 'kad1-search-notes': 'target_id',
  'firewalled-request': 'tcp_port', 'firewalled-response': 'ip', 'pong': 'udp_port',
  'overnet-connect-reply': 'contacts', 'overnet-search-end': 'target_id',
  'overnet-publish-ack': 'target_id', 'overnet-ip-query': 'udp_port', 'overnet-ip-answer': 'ip',
}

/** Names of tag ids, for people. Where the same number means two things the contexts are apart. */
// biome-ignore format: a table
const FILE_TAGS: Readonly<Record<number, string>> = {
  1: 'name', 2: 'size', 3: 'type', 4: 'format', 5: 'collection', 11: 'description',
  15: 'port', 17: 'version', 21: 'sources', 32: 'server_flags', 48: 'complete_sources',
  58: 'size_high', 85: 'mod', 148: 'os', 149: 'server_software', 208: 'artist',
  209: 'album', 210: 'title', 211: 'length', 212: 'bitrate', 213: 'codec', 247: 'rating',
}
// biome-ignore format: a table
const CLIENT_TAGS: Readonly<Record<number, string>> = {
  ...FILE_TAGS, 249: 'udp_ports', 250: 'options_1', 251: 'emule_version', 252: 'buddy_ip',
  253: 'buddy_udp_port', 254: 'options_2',
}
/** EMULEINFO uses low numbers for what HELLO now packs in bits. */
// biome-ignore format: a table
const INFO_TAGS: Readonly<Record<number, string>> = {
  ...FILE_TAGS, 32: 'compression', 33: 'udp_port', 34: 'udp_version', 35: 'source_exchange',
  36: 'comments', 37: 'extended_requests', 38: 'compatible_client', 39: 'features',
}
// biome-ignore format: a table
const KAD_TAGS: Readonly<Record<number, string>> = {
  ...FILE_TAGS, 242: 'misc', 243: 'encryption', 248: 'buddy_hash', 249: 'client_low_id',
  250: 'buddy_udp_port', 251: 'buddy_ip', 252: 'udp_port', 253: 'tcp_port', 254: 'source_ip',
  255: 'source_type',
}

const TEXT_KEYS = new Set(['name', 'text', 'comment', 'directory', 'string'])

/** Longer blobs (keys, previews) are told by their size alone. */
const BLOB_BYTES_MAX = 256

interface Context {
  readonly keys: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<number, string>>
}

const KAD_CONTEXT: Context = { keys: KAD_KEYS, tags: KAD_TAGS }
const CLIENT_CONTEXT: Context = { keys: EDONKEY_KEYS, tags: CLIENT_TAGS }
const INFO_CONTEXT: Context = {
  keys: { ...EDONKEY_KEYS, protocol: 'protocol_version' },
  tags: INFO_TAGS,
}

/** The fields of a body. Bytes after what is known of it are told as `unparsed` with their count. */
export function fieldsOf(
  log: 'edonkey' | 'kad',
  said: { readonly type: string; readonly rest: Uint8Array; readonly body?: unknown },
): Record<string, Json> {
  const context =
    log === 'kad' ? KAD_CONTEXT : said.type.startsWith('emule-info') ? INFO_CONTEXT : CLIENT_CONTEXT
  const fields: Record<string, Json> = { type: said.type }
  const body = said.body
  const single = SINGLE[said.type] ?? (typeof body === 'string' ? 'file_hash' : undefined)
  if (single !== undefined) {
    put(fields, single, body, context)
  } else if (isPlain(body)) {
    for (const [key, value] of Object.entries(body)) {
      // "files" is a count beside "users" and a list elsewhere.
      const log =
        key === 'files' && typeof value === 'number' ? 'number_of_files' : logKey(key, context)
      put(fields, log, value, context)
    }
  }
  if (said.rest.length > 0) fields.unparsed = said.rest.length
  return fields
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function logKey(key: string, context: Context): string {
  return context.keys[key] ?? key.replace(/[A-Z]/g, (upper) => `_${upper.toLowerCase()}`)
}

function put(fields: Record<string, Json>, key: string, value: unknown, context: Context): void {
  if (value === undefined || value === null) return
  // A file identifier is several fields; elsewhere a file is its hash.
  if (key === 'file' && typeof value === 'string') {
    fields.file_hash = value
    return
  }
  if (value instanceof Uint8Array && key === 'data') {
    fields.data_bytes = value.length
  } else if (key === 'search') {
    fields[key] = treeText(value as SearchTree)
  } else if (key === 'tags') {
    const map = tagMap(value as readonly Tag[], context)
    if (Object.keys(map).length > 0) fields[key] = map
  } else {
    fields[key] = plain(key, value, context)
  }
}

function plain(key: string, value: unknown, context: Context): Json {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value
    case 'bigint':
      return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString()
    default:
  }
  if (value instanceof Uint8Array) {
    if (TEXT_KEYS.has(key) || key === 'directories') return text(value)
    return value.length > BLOB_BYTES_MAX ? `${value.length} bytes` : hex(value)
  }
  if (Array.isArray(value)) {
    return value.slice(0, limits.listedMax).map((each) => plain(key, each, context))
  }
  if (!isPlain(value)) return null
  // A file's size says how it was written, which is of no use to a reader.
  if ('wide' in value) return Number(value.size)
  const fields: Record<string, Json> = {}
  for (const [inner, each] of Object.entries(value))
    put(fields, logKey(inner, context), each, context)
  return fields
}

function tagMap(all: readonly Tag[], context: Context): Record<string, Json> {
  const map: Record<string, Json> = {}
  for (const tag of all.slice(0, limits.listedMax)) {
    const name =
      tag.id >= 0
        ? (context.tags[tag.id] ?? `#${tag.id.toString(16).padStart(2, '0')}`)
        : `"${tag.name}"`
    map[name] = tagValue(tag)
  }
  return map
}

function tagValue({ type, value }: Tag): Json {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint') {
    return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString()
  }
  if (type === 2 || type >= 0x11) return text(value)
  return value.length > BLOB_BYTES_MAX ? `${value.length} bytes` : hex(value)
}
