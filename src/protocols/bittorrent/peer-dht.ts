/**
 * A small node of the mainline DHT: answers ping, find_node, get_peers and announce_peer, and asks them.
 * Over IPv4 alone; ids are chance (BEP 42 is not kept).
 *
 * With the bug `reversed-nodes` the nodes it tells of have their last octet first; with `injects` it
 * names its victims as peers of whatever it is asked for, with `injects-nodes` as nodes.
 * Source: BEP 5.
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { bytesOf, concat, hex, sameBytes, u16be } from '../../core/bytes.ts'
import { BDict } from '../formats/bencode.ts'
import { emitCompactNodes } from '../formats/compact-peers.ts'
import type { Client } from './peer-client.ts'
import { type Found, Lookup } from './peer-lookup.ts'
import {
  chanceBytes,
  compact,
  hasBug,
  ID_BYTES,
  NEVER,
  programOf,
  reversed,
  SECOND,
  sha1,
} from './peer-node.ts'
import { CLOSEST, Table } from './peer-table.ts'
import {
  type KrpcMessage,
  type KrpcQuery,
  krpcError,
  krpcQuery,
  krpcReply,
  krpcWire,
} from './wire/krpc.ts'

const TIMEOUT_MICROS = 3 * SECOND
const UNDER_WAY_MAX = 256
const WAITING_MAX = 64
const CONTENTS_MAX = 2048
const PEERS_PER_CONTENT_MAX = 512
const TOLD_MAX = 50
/** BEP 5: tokens change every five minutes and are taken for ten. */
const SECRET_MICROS = 300 * SECOND
const FORGET_MICROS = 1800 * SECOND
const TOKEN_BYTES = 8
const PROTOCOL_ERROR = 203
const METHOD_UNKNOWN = 204

interface Pending {
  readonly to: Endpoint
  readonly dueMicros: number
  readonly take: (values: BDict | undefined) => void
}

interface Announced extends Endpoint {
  readonly micros: number
}

export class DhtNode {
  readonly #client: Client
  readonly #id: Uint8Array
  readonly #table: Table
  readonly #pending = new Map<number, Pending>()
  readonly #contents = new Map<string, Map<string, Announced>>()
  /** What is wanted before anybody is known. */
  readonly #waiting: (() => void)[] = []
  #isEntering = false
  #transaction = 0
  #secrets: readonly [Uint8Array, Uint8Array]
  #secretMicros: number

  constructor(client: Client) {
    this.#client = client
    this.#id = chanceBytes(client.site, ID_BYTES)
    this.#table = new Table(this.#id)
    this.#secrets = [this.#newSecret(), this.#newSecret()]
    this.#secretMicros = client.site.nowMicros
  }

  #newSecret(): Uint8Array {
    return chanceBytes(this.#client.site, ID_BYTES)
  }

  /** Find oneself, through somebody of whom only the address is known. */
  enter(at: Endpoint, done: (isIn: boolean) => void): void {
    this.#isEntering = true
    const over = ({ closest }: Found): void => {
      this.#isEntering = false
      done(closest.length > 0)
      for (const wish of this.#waiting.splice(0)) wish()
    }
    const ask = this.#asking('find_node', { target: this.#id })
    new Lookup(this.#id, ask, over).start([at])
  }

  /** Who takes part in a content; and that somebody does at a port of this node's address. */
  findPeers(infoHash: Uint8Array, port: number, take: (peers: readonly Endpoint[]) => void): void {
    if (this.#isEntering) {
      if (this.#waiting.length >= WAITING_MAX) return take([])
      this.#waiting.push(() => this.findPeers(infoHash, port, take))
      return
    }
    const over = ({ closest, peers }: Found): void => {
      for (const { ip, port: at, token } of closest) {
        if (token === undefined) continue
        const args = { implied_port: 0, info_hash: infoHash, port, token }
        this.#query({ ip, port: at }, 'announce_peer', args, () => {})
      }
      take(peers)
    }
    const ask = this.#asking('get_peers', { info_hash: infoHash })
    new Lookup(infoHash, ask, over).start(this.#table.closest(infoHash))
  }

  #asking(method: string, args: Readonly<Record<string, Uint8Array>>) {
    return (to: Endpoint, take: (values: BDict | undefined) => void) => {
      this.#query(to, method, args, take)
    }
  }

  /** A peer says that it is a node: see whether it is. */
  greet(at: Endpoint): void {
    if (at.port !== 0) this.#query(at, 'ping', {}, () => {})
  }

  #query(
    { ip, port }: Endpoint,
    method: string,
    args: Readonly<Record<string, Uint8Array | number>>,
    take: (values: BDict | undefined) => void,
  ): void {
    if (this.#pending.size >= UNDER_WAY_MAX) return take(undefined)
    do this.#transaction = (this.#transaction + 1) % 0x1_0000
    while (this.#pending.has(this.#transaction))
    const dueMicros = this.#client.site.nowMicros + TIMEOUT_MICROS
    this.#pending.set(this.#transaction, { to: { ip, port }, dueMicros, take })
    this.#client.alarm(dueMicros)
    const number = Uint8Array.of(Math.floor(this.#transaction / 256), this.#transaction % 256)
    this.#send(
      { ip, port },
      krpcQuery(method, number, BDict.of({ ...args, id: this.#id }), this.#v),
    )
  }

  get #v() {
    return { v: programOf(this.#client.settings).dht }
  }

  #send(to: Endpoint, message: KrpcMessage): void {
    this.#client.site.sendTo(this.#client.settings.port, to, krpcWire.emit(message))
  }

  datagram(from: Endpoint, bytes: Uint8Array): void {
    const outcome = krpcWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return
    const message = outcome.message
    if (message.kind === 'query') {
      if (!message.readOnly) this.#heard(message.id, from)
      return this.#send(from, this.#answer(message, from))
    }
    const number = u16be(message.transaction, 0)
    const pending = this.#pending.get(number)
    if (pending === undefined || endpointText(pending.to) !== endpointText(from)) return
    this.#pending.delete(number)
    if (message.kind === 'reply') this.#heard(message.id, from)
    pending.take(message.kind === 'reply' ? message.values : undefined)
  }

  #heard(id: Uint8Array, { ip, port }: Endpoint): void {
    this.#table.heard({ id, ip, port }, this.#client.site.nowMicros)
  }

  #answer(query: KrpcQuery, from: Endpoint): KrpcMessage {
    const { transaction, args } = query
    const target = args.bytes(query.method === 'find_node' ? 'target' : 'info_hash')
    const reply = (values: Readonly<Record<string, Uint8Array | Uint8Array[] | undefined>>) =>
      krpcReply(transaction.slice(), BDict.of({ ...values, id: this.#id }), this.#v)
    if (query.method === 'ping') return reply({})
    if (target?.length !== ID_BYTES) {
      const isKnown = ['find_node', 'get_peers', 'announce_peer'].includes(query.method)
      const [code, words] = isKnown
        ? [PROTOCOL_ERROR, 'Protocol Error']
        : [METHOD_UNKNOWN, 'Method Unknown']
      return krpcError(transaction.slice(), code as number, words as string, this.#v)
    }
    if (query.method === 'announce_peer') {
      const isTaken = this.#store(args, target, from)
      return isTaken
        ? reply({})
        : krpcError(transaction.slice(), PROTOCOL_ERROR, 'Bad Token', this.#v)
    }
    const nodes = this.#nodes(target)
    if (query.method === 'find_node') return reply({ nodes })
    const values = this.#peersOf(target).map((peer) => compact([peer], false))
    return reply({
      nodes,
      token: this.#tokens(from.ip)[0],
      values: values.length === 0 ? undefined : values,
    })
  }

  #nodes(target: Uint8Array): Uint8Array {
    const isReversed = hasBug(this.#client.settings, 'reversed-nodes')
    const closest = this.#table
      .closest(target)
      .slice(0, CLOSEST)
      .map((node) => {
        return { ...(isReversed ? reversed(node) : node), id: hex(node.id) }
      })
    return emitCompactNodes([...this.#madeUp(), ...closest], 4)
  }

  /** Who is told as a node keeps the id that he is told with. */
  #madeUp() {
    const { settings, victims } = this.#client
    if (!hasBug(settings, 'injects-nodes')) return []
    return victims.slice(0, CLOSEST).map((victim) => {
      return { ...victim, id: hex(sha1(bytesOf(endpointText(victim)))) }
    })
  }

  #peersOf(target: Uint8Array): Endpoint[] {
    const all = [...(this.#contents.get(hex(target))?.values() ?? [])]
    const oldest = this.#client.site.nowMicros - FORGET_MICROS
    const fresh = all.filter(({ micros }) => micros >= oldest)
    const { settings, victims } = this.#client
    const injected = hasBug(settings, 'injects') ? victims : []
    return [...fresh.slice(-TOLD_MAX), ...injected]
  }

  /** The token of now, and that of before. */
  #tokens(ip: string): Uint8Array[] {
    const now = this.#client.site.nowMicros
    if (now - this.#secretMicros >= SECRET_MICROS) {
      this.#secrets = [this.#newSecret(), this.#secrets[0]]
      this.#secretMicros = now
    }
    return this.#secrets.map((secret) => sha1(concat(secret, bytesOf(ip))).slice(0, TOKEN_BYTES))
  }

  /** @returns false where the token is not one that was given */
  #store(args: BDict, target: Uint8Array, from: Endpoint): boolean {
    const token = args.bytes('token')
    if (token === undefined) return false
    if (!this.#tokens(from.ip).some((each) => sameBytes(each, token))) return false
    const isImplied = (args.number('implied_port') ?? 0) !== 0
    const port = isImplied ? from.port : args.number('port')
    if (port === undefined || port < 1 || port > 65_535) return false
    const key = hex(target)
    const peers = this.#contents.get(key) ?? new Map<string, Announced>()
    if (this.#contents.size >= CONTENTS_MAX && !this.#contents.has(key)) return true
    this.#contents.set(key, peers)
    const peer = { ip: from.ip, port, micros: this.#client.site.nowMicros }
    const text = endpointText(peer)
    peers.delete(text)
    const [oldest] = peers.keys()
    if (peers.size >= PEERS_PER_CONTENT_MAX && oldest !== undefined) peers.delete(oldest)
    peers.set(text, peer)
    return true
  }

  /** @returns when to come again */
  wake(now: number): number {
    for (const [number, { to, dueMicros, take }] of [...this.#pending]) {
      if (dueMicros > now) continue
      this.#pending.delete(number)
      this.#table.failed(to)
      take(undefined)
    }
    return Math.min(NEVER, ...[...this.#pending.values()].map(({ dueMicros }) => dueMicros))
  }
}
