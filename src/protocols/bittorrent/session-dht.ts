/**
 * The DHT's datagrams of one flow: queries are paired with their answers by transaction, so that
 * the peers of an answer get the content that was asked for.
 *
 *   get_peers → values       claim: peer of the content       via dht-values
 *   any reply → nodes        claim: DHT node                  via dht-nodes
 *   announce_peer            claim: the sender is a peer      via dht-announce
 */
import type { Endpoint } from '../../core/address.ts'
import { hex, sameBytes } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Out } from '../../core/protocol.ts'
import { latin1 } from '../../core/text.ts'
import { type BDict, bdecodeCut } from '../formats/bencode.ts'
import {
  type CompactNode,
  compactNodes,
  endpointOfBytes,
  type IpBytes,
} from '../formats/compact-peers.ts'
import { dhtClientOf } from './dht-client.ts'
import { type DhtLists, type DhtRemarks, dhtExtensionFields, dhtFields } from './logs-dht.ts'
import { hasMoziMarks, moziConfig } from './mozi.ts'
import { idFitsAddress } from './node-id.ts'
import {
  ID_BYTES,
  KRPC_METHODS,
  type KrpcMessage,
  type KrpcQuery,
  type KrpcReply,
  krpcWire,
} from './wire/krpc.ts'

/** What a query asked, until its answer comes. */
interface Asked {
  readonly method: string
  readonly content: string | undefined
}

/** Queries of one flow that wait for their answers; the oldest is forgotten. */
const PENDING_MAX = 256

/** Ids of one side told as unfit or as clients; a host that shows more is told by those. */
const TOLD_MAX = 64

/** Names of the usual methods as events have them, made once. */
const KEBABS = new Map(KRPC_METHODS.map((method) => [method, method.replaceAll('_', '-')]))

const NOTHING = new Uint8Array(0)
const NO_REMARKS: DhtRemarks = {}
const NO_NODES: readonly CompactNode[] = []
const NO_LISTS: DhtLists = { nodes: NO_NODES, nodes6: NO_NODES, values: [] }

export class DhtReader {
  readonly #flow: FlowFacts
  readonly #out: Out
  readonly #pending = new Map<string, Asked>()
  /** What was told already: clients and ids, per side. */
  readonly #told = new Set<string>()
  /** The last of each side, so that only what changes is looked at. */
  readonly #versions: [Uint8Array, Uint8Array] = [NOTHING, NOTHING]
  readonly #ids: [Uint8Array, Uint8Array] = [NOTHING, NOTHING]
  readonly #echoes: [Uint8Array, Uint8Array] = [NOTHING, NOTHING]

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  /**
   * @param cut  the capture holds only the beginning
   * @returns whether the datagram was a message
   */
  read(from: Side, bytes: Uint8Array, cut = false): boolean {
    const outcome = krpcWire.parse(bytes, 0)
    if (outcome.kind !== 'message') {
      if (outcome.kind !== 'malformed') return false
      const { fault, at } = outcome
      if (fault === 'truncated' && cut) return this.#cut(from, bytes)
      this.#fault(from, fault, at)
      // Sent so or cut by somebody on the way; what it asks for is told, but nobody is believed.
      const args = fault === 'truncated' ? bdecodeCut(bytes, 0)?.dict('a') : undefined
      if (args !== undefined) this.#cutQuery(from, args)
      return false
    }
    if (outcome.size < bytes.length) this.#fault(from, 'bytes-after-message', outcome.size)
    this.#message(from, outcome.message)
    return true
  }

  #fault(side: Side, fault: string, at: number): void {
    this.#out.say({ type: 'fault', wire: krpcWire.name, fault, side, at, resumes: true })
  }

  /**
   * A capture that cuts packets leaves what stands first: the arguments of a query, but not its
   * name, and the nodes of a reply, but not which query it answers.
   * @returns whether anything could be read
   */
  #cut(from: Side, bytes: Uint8Array): boolean {
    const dict = bdecodeCut(bytes, 0)
    const args = dict?.dict('a')
    if (args !== undefined) this.#cutAnnounce(from, args)
    const values = dict?.dict('r')
    if (values !== undefined) this.#cutReply(from, values, bytes)
    return args !== undefined || values !== undefined
  }

  /** @returns the content that is announced, where it is announced */
  #cutQuery(from: Side, args: BDict): string | undefined {
    const hash = args.bytes('info_hash')
    if (hash?.length !== ID_BYTES) return undefined
    const by = this.#flow.ends[from]
    const of = this.#flow.ends[from === 0 ? 1 : 0]
    const content = `urn:btih:${hex(hash)}`
    const announces = args.has('implied_port') || args.has('port') || args.has('token')
    const what = announces ? 'announce' : 'get-peers'
    this.#out.say({ type: 'request', by, of, what, content })
    return announces ? content : undefined
  }

  #cutAnnounce(from: Side, args: BDict): void {
    const content = this.#cutQuery(from, args)
    const by = this.#flow.ends[from]
    const about = announced(by, args)
    if (content === undefined || about === undefined) return
    const via = 'dht-announce'
    this.#out.say({ type: 'claim', by, about, part: 'peer', carriers: 'both', via, content })
  }

  #cutReply(from: Side, values: BDict, bytes: Uint8Array): void {
    const by = this.#flow.ends[from]
    this.#nodes(by, compactNodesOf(values.bytes('nodes') ?? cutNodes(values, bytes), 4))
    this.#nodes(by, compactNodesOf(values.bytes('nodes6') ?? NOTHING, 16))
    for (const item of values.list('values')?.slice(0, limits.listedMax) ?? []) {
      const about = item instanceof Uint8Array ? endpointOfBytes(item) : undefined
      if (about === undefined) continue
      const via = 'dht-values'
      this.#out.say({ type: 'claim', by, about, part: 'peer', carriers: 'both', via })
    }
  }

  #message(from: Side, said: KrpcMessage): void {
    const asked = said.kind === 'query' ? undefined : this.#answered(from, said.transaction)
    const lists = said.kind === 'reply' ? this.#lists(from, said) : NO_LISTS
    const name = said.kind === 'query' ? kebab(said.method) : replyName(said, asked)
    this.#out.say({
      type: 'message',
      log: 'bittorrent_dht',
      name,
      side: from,
      fields: dhtFields(said, lists),
    })
    const extension = dhtExtensionFields(said, this.#remarks(from, said))
    if (extension !== undefined) {
      this.#out.say({
        type: 'message',
        log: 'bittorrent_dht_extension',
        name,
        side: from,
        fields: extension,
      })
    }
    this.#client(from, said)
    if (hasMoziMarks(said)) {
      const why = 'node id and version flag as bots of Mozi make them: "88888888", CRC-16 right'
      this.#threat(from, 'medium', why)
    }
    if (said.kind === 'query') this.#query(from, said)
    else if (said.kind === 'reply') this.#reply(from, lists, asked)
  }

  #query(from: Side, said: KrpcQuery): void {
    const hash = said.args.bytes('info_hash')
    const content = hash?.length === ID_BYTES ? `urn:btih:${hex(hash)}` : undefined
    this.#ask(from, said.transaction, { method: said.method, content })
    if (content === undefined) return
    const by = this.#flow.ends[from]
    const of = this.#flow.ends[from === 0 ? 1 : 0]
    if (said.method === 'announce_peer') {
      this.#out.say({ type: 'request', by, of, what: 'announce', content })
      const about = announced(by, said.args)
      if (about === undefined) return
      const via = 'dht-announce'
      this.#out.say({ type: 'claim', by, about, part: 'peer', carriers: 'both', via, content })
    } else {
      this.#out.say({ type: 'request', by, of, what: kebab(said.method), content })
    }
  }

  #reply(from: Side, lists: DhtLists, asked: Asked | undefined): void {
    const by = this.#flow.ends[from]
    for (const about of lists.values) {
      this.#out.say({
        type: 'claim',
        by,
        about,
        part: 'peer',
        carriers: 'both',
        via: 'dht-values',
        ...(asked?.content === undefined ? {} : { content: asked.content }),
      })
    }
    this.#nodes(by, lists.nodes)
    this.#nodes(by, lists.nodes6)
  }

  #nodes(by: Endpoint, nodes: readonly CompactNode[]): void {
    for (const { id, ip, port } of nodes) {
      const about = { ip, port }
      const via = 'dht-nodes'
      this.#out.say({ type: 'claim', by, about, part: 'dht', carriers: 'udp', via, id })
    }
  }

  #ask(from: Side, transaction: Uint8Array, asked: Asked): void {
    if (this.#pending.size >= PENDING_MAX) {
      for (const oldest of this.#pending.keys()) {
        this.#pending.delete(oldest)
        break
      }
    }
    this.#pending.set(`${from}${latin1(transaction)}`, asked)
  }

  #answered(from: Side, transaction: Uint8Array): Asked | undefined {
    const key = `${from === 0 ? 1 : 0}${latin1(transaction)}`
    const asked = this.#pending.get(key)
    if (asked !== undefined) this.#pending.delete(key)
    return asked
  }

  /** The lists of a reply; one that is malformed is told and left empty, the rest stays. */
  #lists(from: Side, said: KrpcReply): DhtLists {
    const nodes = this.#nodeList(from, said.values, 'nodes', 4)
    const nodes6 = this.#nodeList(from, said.values, 'nodes6', 16)
    const list = said.values.list('values')
    if (list === undefined && nodes.length === 0 && nodes6.length === 0) return NO_LISTS
    const values: Endpoint[] = []
    let wrong = false
    for (const item of list ?? []) {
      if (values.length >= limits.listedMax) break
      const endpoint = item instanceof Uint8Array ? endpointOfBytes(item) : undefined
      if (endpoint === undefined) wrong = true
      else values.push(endpoint)
    }
    if (wrong) this.#fault(from, 'values-not-peers', said.values.span('values')?.[0] ?? 0)
    return { nodes, nodes6, values }
  }

  #nodeList(from: Side, values: BDict, key: string, ipBytes: IpBytes): readonly CompactNode[] {
    const bytes = values.bytes(key)
    if (bytes === undefined || bytes.length === 0) return NO_NODES
    const config = moziConfig(bytes)
    if (config !== undefined) {
      this.#threat(from, 'high', `sends a configuration of Mozi in place of nodes: ${config}…`)
      return NO_NODES
    }
    const outcome = compactNodes(bytes, 0, bytes.length, ipBytes)
    if (outcome.kind === 'message') return outcome.message
    if (outcome.kind === 'malformed') {
      this.#fault(from, outcome.fault, values.span(key)?.[0] ?? 0)
    }
    return NO_NODES
  }

  #threat(from: Side, severity: 'medium' | 'high', why: string): void {
    if (!this.#tell(`m${from}${severity}`)) return
    const by = this.#flow.ends[from]
    this.#out.say({ type: 'threat', threat: 'botnet-mozi', severity, by, why })
  }

  /** A side's version is looked at when it changes, which is hardly ever. */
  #client(from: Side, said: KrpcMessage): void {
    const { version } = said
    if (version === undefined || sameBytes(version, this.#versions[from])) return
    this.#versions[from] = version.slice()
    if (!this.#tell(`v${from}${latin1(version)}`)) return
    const client = dhtClientOf(version)
    if (client === undefined) return
    const id = said.kind === 'error' ? {} : { id: hex(said.id) }
    this.#out.say({ type: 'client', who: this.#flow.ends[from], ...client, ...id })
  }

  #remarks(from: Side, said: KrpcMessage): DhtRemarks {
    const idUnfit = said.kind !== 'error' && this.#isUnfit(from, said.id)
    const seenAs = said.kind === 'query' ? undefined : this.#seenAs(from, said)
    if (seenAs === undefined) return idUnfit ? { idUnfit } : NO_REMARKS
    return { idUnfit, seenAs }
  }

  /** Whether this id, met for the first time, was not made for the sender's address. */
  #isUnfit(from: Side, id: Uint8Array): boolean {
    if (sameBytes(id, this.#ids[from])) return false
    this.#ids[from] = id.slice()
    const unfit = idFitsAddress(id, this.#flow.ends[from].ip) === false
    return unfit && this.#tell(`i${from}${latin1(id)}`)
  }

  /** The address that a reply says it saw, where it is told for the first time and not the real one. */
  #seenAs(from: Side, said: KrpcMessage): Endpoint | undefined {
    const echo = said.dict.bytes('ip')
    if (echo === undefined || sameBytes(echo, this.#echoes[from])) return undefined
    this.#echoes[from] = echo.slice()
    const seenAs = endpointOfBytes(echo)
    const other = this.#flow.ends[from === 0 ? 1 : 0]
    if (seenAs === undefined || (seenAs.ip === other.ip && seenAs.port === other.port)) {
      return undefined
    }
    return this.#tell(`s${from}${latin1(echo)}`) ? seenAs : undefined
  }

  /** Whether this was not told before; false as well once too much was. */
  #tell(what: string): boolean {
    if (this.#told.has(what) || this.#told.size >= 2 * TOLD_MAX) return false
    this.#told.add(what)
    return true
  }
}

/** As many nodes as are whole. */
function compactNodesOf(bytes: Uint8Array, ipBytes: IpBytes): readonly CompactNode[] {
  const entry = ID_BYTES + ipBytes + 2
  const outcome = compactNodes(bytes, 0, bytes.length - (bytes.length % entry), ipBytes)
  return outcome.kind === 'message' ? outcome.message : NO_NODES
}

/** The list of nodes that is broken off behind the last whole value of a reply. */
function cutNodes(values: BDict, bytes: Uint8Array): Uint8Array {
  const end = values.span('id')?.[1] ?? bytes.length
  const head = /^5:nodes\d{1,4}:/.exec(latin1(bytes, end, 12))
  return head === null ? NOTHING : bytes.subarray(end + head[0].length)
}

/** Where an announcer says it listens: `implied_port` means the port the datagram came from. */
function announced(by: Endpoint, args: BDict): Endpoint | undefined {
  const implied = args.number('implied_port')
  if (implied !== undefined && implied !== 0) return by
  const port = args.number('port')
  return port === undefined || port < 0 || port > 65_535 ? undefined : { ip: by.ip, port }
}

function kebab(method: string): string {
  return KEBABS.get(method) ?? method.replaceAll('_', '-')
}

function replyName(said: KrpcMessage, asked: Asked | undefined): string {
  if (said.kind === 'error') return 'error'
  return asked === undefined ? 'reply' : `${kebab(asked.method)}-reply`
}
