/**
 * KRPC, the messages of the mainline DHT: one bencoded dictionary per datagram.
 * Source: BEP 5; BEP 32 (nodes6, want), 33 (scrape, seed), 42 (ip), 43 (ro), 44 (get, put),
 * 51 (sample_infohashes).
 *
 *   d  1:a d … e   arguments of a query          1:q <method>
 *      1:r d … e   values of a reply
 *      1:e l i<code>e <text> e                   an error
 *      1:t <transaction>   1:y q|r|e   1:v <client version>   2:ip <address>   2:ro i1e
 *   e
 *
 *   q                   arguments beside id 20                  reply beside id 20
 *   ping                                                                                 BEP 5
 *   find_node           target 20, want                         nodes, nodes6            BEP 5, 32
 *   get_peers           info_hash 20, want, noseed, scrape      token, values, nodes …   BEP 5, 33
 *   announce_peer       info_hash 20, port, token,                                       BEP 5, 33
 *                       implied_port, seed, name, cas
 *   get                 target 20, seq                          token, v, k, seq, sig    BEP 44
 *   put                 token, v, k, salt, seq, sig, cas                                 BEP 44
 *   sample_infohashes   target 20                               interval, num, samples   BEP 51
 *
 * The dictionary is kept as it stood, so that unknown methods and keys survive; the typed fields
 * are what nearly every message has.
 */
import { bytesOf } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { latin1, text } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'
import { BDict, BENCODE_FAULTS, bdecode, bencode, isBList } from '../../formats/bencode.ts'
import { COMPACT_FAULTS } from '../../formats/compact-peers.ts'

interface KrpcCommon {
  /** The whole message, as it stood. */
  readonly dict: BDict
  /** `t`; empty where an error came without (rTorrent answers so to a query that had none). */
  readonly transaction: Uint8Array
  /** `v`: two letters and two bytes, by habit. */
  readonly version: Uint8Array | undefined
}

/** `{ kind: 'query', method: 'get_peers', args: d2:id20:…9:info_hash20:…e, id, … }` */
export interface KrpcQuery extends KrpcCommon {
  readonly kind: 'query'
  readonly method: string
  readonly args: BDict
  readonly id: Uint8Array
  /** `ro`: asks, but does not answer; nobody should take it for a node (BEP 43). */
  readonly readOnly: boolean
}

/** `{ kind: 'reply', values: d2:id20:…5:nodes26:…e, id, … }` */
export interface KrpcReply extends KrpcCommon {
  readonly kind: 'reply'
  readonly values: BDict
  readonly id: Uint8Array
}

/** `{ kind: 'error', code: 203, text: 'Protocol Error' }` */
export interface KrpcError extends KrpcCommon {
  readonly kind: 'error'
  readonly code: number
  readonly text: string
}

export type KrpcMessage = KrpcQuery | KrpcReply | KrpcError

/** The largest UDP payload over IPv4: 65,535 less the headers of IP and UDP. */
const MESSAGE_BYTES_MAX = 65_507

export const ID_BYTES = 20

// biome-ignore format: a table
const FAULTS = [
  ...BENCODE_FAULTS,
  ...COMPACT_FAULTS,        // nodes, nodes6: said by the session, which reads the lists
  'truncated',              // the datagram ends inside the dictionary
  'bytes-after-message',    // said by the session: the dictionary was read, something follows it
  'not-a-dictionary',
  'kind-missing',           // no y
  'kind-unknown',           // y is not q, r or e
  'transaction-missing',
  'method-missing',
  'arguments-missing',
  'reply-missing',
  'id-missing',
  'id-length-wrong',
  'error-not-list',
  'values-not-peers',       // said by the session: an entry of values is not 6 or 18 bytes
] as const

/** Every method that a specification names; others are read as well. */
export const KRPC_METHODS: readonly string[] = [
  'ping',
  'find_node',
  'get_peers',
  'announce_peer',
  'get',
  'put',
  'sample_infohashes',
  'vote',
]

const QUERY = 0x71
const REPLY = 0x72
const ERROR = 0x65
const NOTHING = new Uint8Array(0)

/**
 * Read a message. What follows the dictionary is left: `size` tells, and the message can be used.
 */
function parse(bytes: Uint8Array, at: number): Outcome<KrpcMessage> {
  const outcome = bdecode(bytes, at)
  if (outcome.kind === 'need') return malformed('truncated', bytes.length)
  if (outcome.kind === 'malformed') return outcome
  const dict = outcome.message
  if (!(dict instanceof BDict)) return malformed('not-a-dictionary', at)
  const size = outcome.size
  const kind = dict.bytes('y')
  if (kind === undefined) return malformed('kind-missing', at)
  const transaction = dict.bytes('t')
  const letter = kind.length === 1 ? kind[0] : undefined
  if (letter === ERROR) return error(dict, transaction ?? NOTHING, at, size)
  if (letter !== QUERY && letter !== REPLY) return malformed('kind-unknown', at)
  if (transaction === undefined) return malformed('transaction-missing', at)
  const version = dict.bytes('v')
  if (letter === QUERY) return query(dict, transaction, version, at, size)
  const values = dict.dict('r')
  if (values === undefined) return malformed('reply-missing', at)
  const id = values.bytes('id')
  if (id === undefined) return malformed('id-missing', at)
  if (id.length !== ID_BYTES) return malformed('id-length-wrong', at)
  return message({ kind: 'reply', dict, transaction, version, values, id }, size)
}

function query(
  dict: BDict,
  transaction: Uint8Array,
  version: Uint8Array | undefined,
  at: number,
  size: number,
): Outcome<KrpcMessage> {
  const name = dict.bytes('q')
  if (name === undefined) return malformed('method-missing', at)
  const args = dict.dict('a')
  if (args === undefined) return malformed('arguments-missing', at)
  const id = args.bytes('id')
  if (id === undefined) return malformed('id-missing', at)
  if (id.length !== ID_BYTES) return malformed('id-length-wrong', at)
  const method = methodText(name)
  const readOnly = dict.number('ro') === 1
  return message({ kind: 'query', dict, transaction, version, method, args, id, readOnly }, size)
}

function methodText(name: Uint8Array): string {
  for (const method of KRPC_METHODS) {
    if (method.length === name.length && method.charCodeAt(0) === name[0]) {
      if (latin1(name) === method) return method
    }
  }
  return text(name)
}

function error(
  dict: BDict,
  transaction: Uint8Array,
  at: number,
  size: number,
): Outcome<KrpcMessage> {
  const list = dict.get('e')
  if (!isBList(list)) return malformed('error-not-list', at)
  const code = list.find((item) => typeof item === 'number')
  const words = list.find((item) => item instanceof Uint8Array)
  const version = dict.bytes('v')
  return message(
    {
      kind: 'error',
      dict,
      transaction,
      version,
      code: code ?? 0,
      text: words === undefined ? '' : text(words),
    },
    size,
  )
}

export const krpcWire: Wire<KrpcMessage> = {
  name: 'bittorrent/krpc',
  source: 'BEP 5, 32, 33, 42, 43, 44, 51',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit: (said) => bencode(said.dict),
}

/** What every message may carry beside its own: `v`, `ip` (a reply's echo), `ro`. */
export interface KrpcExtra {
  readonly v?: Uint8Array
  readonly ip?: Uint8Array
  readonly ro?: number
}

/** A query, from its arguments (a dictionary with `id`). */
export function krpcQuery(
  method: string,
  transaction: Uint8Array,
  args: BDict,
  extra: KrpcExtra = {},
): KrpcQuery {
  const dict = BDict.of({
    ...extra,
    a: args,
    q: bytesOf(method),
    t: transaction,
    y: bytesOf('q'),
  })
  const id = args.bytes('id') ?? NOTHING
  const readOnly = extra.ro === 1
  return { kind: 'query', dict, transaction, version: extra.v, method, args, id, readOnly }
}

/** A reply, from its values (a dictionary with `id`). */
export function krpcReply(
  transaction: Uint8Array,
  values: BDict,
  extra: KrpcExtra = {},
): KrpcReply {
  const dict = BDict.of({ ...extra, r: values, t: transaction, y: bytesOf('r') })
  const id = values.bytes('id') ?? NOTHING
  return { kind: 'reply', dict, transaction, version: extra.v, values, id }
}

/** An error: 201 generic, 202 server, 203 protocol, 204 method unknown (BEP 5), 205 … 302 (BEP 44). */
export function krpcError(
  transaction: Uint8Array,
  code: number,
  words: string,
  extra: KrpcExtra = {},
): KrpcError {
  const e = [code, bytesOf(words)]
  const dict = BDict.of({ ...extra, e, t: transaction, y: bytesOf('e') })
  return { kind: 'error', dict, transaction, version: extra.v, code, text: words }
}
