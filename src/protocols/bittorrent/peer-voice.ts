/**
 * What the messages of a peer connection mean: claims, requests, transfers, clients, names, and the
 * lines of the `bittorrent` log.
 */
import type { Endpoint } from '../../core/address.ts'
import { ByteWriter, bytesOf, hex, u32be } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import type { FlowFacts, Out } from '../../core/protocol.ts'
import { text } from '../../core/text.ts'
import { ExtensionVoice } from './extension-voice.ts'
import { clientOfPeerId } from './peer-id.ts'
import { type AzureusMessage, azureusHandshake, azureusPeers, azureusWire } from './wire/azureus.ts'
import { dictAndRest } from './wire/extended.ts'
import { type PeerMessage, peerWire } from './wire/peer.ts'
import { featuresOf, INFO_HASH_END, type PeerHandshake } from './wire/peer-handshake.ts'

export interface Fields {
  readonly [key: string]: Json
}

/** What both voices share about the connection. */
export interface Connection {
  readonly flow: FlowFacts
  readonly out: Out
  /** `urn:btih:…` once a handshake told it. */
  content: string | undefined
  infoHash: Uint8Array | undefined
  /** The content's name, once it was read and checked. */
  name: string | undefined
}

/** What one side was seen to do. */
interface Doings {
  pieceBytes: number
  requested: Set<string>
  /** A handshake that never became whole: its info hash is told at the end. */
  begun: boolean
  greeted: boolean
}

/** Messages that become lines of the log although they are not asked for; the others are counted. */
const TELLING: ReadonlySet<string> = new Set(['bitfield', 'have-all', 'have-none', 'port', 'other'])

export class PeerVoice {
  readonly connection: Connection
  readonly #via: string
  readonly #extensions: ExtensionVoice
  readonly #sides: readonly [Doings, Doings] = [doings(), doings()]

  constructor(flow: FlowFacts, out: Out, via: string) {
    this.connection = { flow, out, content: undefined, infoHash: undefined, name: undefined }
    this.#via = via
    this.#extensions = new ExtensionVoice(this.connection, (side, what) =>
      this.#request(side, what),
    )
  }

  #say(side: Side, name: string, fields: Fields): void {
    const { content } = this.connection
    const hash = content === undefined ? {} : { info_hash: content.slice('urn:btih:'.length) }
    this.connection.out.say({
      type: 'message',
      log: 'bittorrent',
      name,
      side,
      fields: { type: name, ...hash, ...fields },
    })
  }

  #count(side: Side, name: string, fields: () => Fields): void {
    this.connection.out.count(name)
    if (this.connection.out.everyMessage) this.#say(side, name, fields())
  }

  #ends(side: Side): { by: Endpoint; of: Endpoint } {
    const { ends } = this.connection.flow
    return { by: ends[side], of: ends[side === 0 ? 1 : 0] }
  }

  #content(): { content?: string } {
    const { content } = this.connection
    return content === undefined ? {} : { content }
  }

  /** Said once per side and kind: who asks for what, not every block. */
  #request(side: Side, what: string): void {
    const { requested } = this.#sides[side]
    if (requested.has(what)) return
    requested.add(what)
    this.connection.out.say({ type: 'request', ...this.#ends(side), what, ...this.#content() })
  }

  /** The first 48 bytes are there; the peer id may come only after the other side's handshake. */
  begunHandshake(side: Side, bytes: Uint8Array): void {
    this.#sides[side].begun = true
    this.#learnContent(side, bytes.slice(INFO_HASH_END - 20, INFO_HASH_END))
  }

  /** Who speaks first names what he came for; one flow of datagrams holds connections of both sides. */
  #learnContent(side: Side, infoHash: Uint8Array): void {
    const { connection } = this
    if (connection.content !== undefined) return
    connection.infoHash = infoHash
    connection.content = `urn:btih:${hex(infoHash)}`
    if (connection.flow.carrier === 'udp' || side === 0) this.#request(side, 'handshake')
  }

  handshake(side: Side, handshake: PeerHandshake): void {
    this.#learnContent(side, handshake.infoHash.slice())
    this.#sides[side].greeted = true
    const client = clientOfPeerId(handshake.peerId)
    const id = hex(handshake.peerId)
    this.connection.out.count('handshake')
    this.#say(side, 'handshake', {
      info_hash: hex(handshake.infoHash),
      peer_id: id,
      ...(client && { client: client.software }),
      ...(client?.version !== undefined && { client_version: client.version }),
      reserved: hex(handshake.reserved),
      features: featuresOf(handshake.reserved),
    })
    this.connection.out.say({
      type: 'client',
      who: this.#ends(side).by,
      ...(client && { software: client.software }),
      ...(client?.version !== undefined && { version: client.version }),
      id,
    })
  }

  keepAlive(side: Side): void {
    this.#count(side, 'keep-alive', () => ({}))
  }

  pieceBytes(side: Side, count: number): void {
    this.#sides[side].pieceBytes += count
  }

  piece(side: Side, piece: number, begin: number, size: number): void {
    this.#count(side, 'piece', () => ({ piece, begin, size }))
  }

  /** @param bytes  a `hashes` message's first 53 bytes */
  hashes(side: Side, bytes: Uint8Array): void {
    this.#count(side, 'hashes', () => ({
      root: hex(bytes, 5, 32),
      base_layer: u32be(bytes, 37),
      index: u32be(bytes, 41),
      count: u32be(bytes, 45),
      proof_layers: u32be(bytes, 49),
    }))
  }

  /** @param offset  where the message begins in the side's stream */
  message(side: Side, message: PeerMessage, offset: number): void {
    const { out } = this.connection
    if (message.type === 'extended') {
      out.count('extended')
      this.#extensions.message(side, message.extendedId, message.body, offset + 6)
      return
    }
    out.count(message.type)
    if (message.type === 'port') this.#port(side, message.port)
    if (message.type === 'request') this.#request(side, 'pieces')
    if (message.type === 'hash-request') this.#request(side, 'hashes')
    if (out.everyMessage || TELLING.has(message.type)) {
      this.#say(side, message.type, fieldsOf(message))
    }
  }

  #port(side: Side, port: number): void {
    const { by } = this.#ends(side)
    this.connection.out.say({
      type: 'claim',
      by,
      about: { ip: by.ip, port },
      part: 'dht',
      carriers: 'udp',
      via: 'port-message',
      ...this.#content(),
    })
  }

  azureus(side: Side, message: AzureusMessage, offset: number): void {
    this.connection.out.count(message.name)
    if (message.name.startsWith('BT_')) return this.#wrapped(side, message, offset)
    const outcome = dictAndRest(message.payload, 0)
    if (outcome.kind !== 'message') {
      if (outcome.kind === 'malformed') this.#azureusFault(side, outcome.fault, offset)
      return
    }
    const { dict } = outcome.message
    if (message.name === 'AZ_HANDSHAKE') {
      this.#azureusHandshake(side, azureusHandshake(dict))
    } else if (message.name === 'AZ_PEER_EXCHANGE') {
      const added = azureusPeers(dict, 'added')
      const dropped = azureusPeers(dict, 'dropped')
      this.#extensions.claims(side, added, 'pex')
      this.#say(side, 'az-peer-exchange', {
        added: added.map(({ ip, port }) => ({ ip, port })),
        dropped: dropped.map(({ ip, port }) => ({ ip, port })),
      })
    } else {
      this.#say(side, 'azureus', { name: text(bytesOf(message.name)) })
    }
  }

  #azureusFault(side: Side, fault: string, at: number): void {
    this.connection.out.say({
      type: 'fault',
      wire: azureusWire.name,
      fault,
      side,
      at,
      resumes: true,
    })
  }

  #azureusHandshake(side: Side, said: ReturnType<typeof azureusHandshake>): void {
    const { by } = this.#ends(side)
    this.#say(side, 'az-handshake', {
      ...(said.client !== undefined && { client: said.client }),
      ...(said.version !== undefined && { client_version: said.version }),
      ...(said.tcpPort !== undefined && { port: said.tcpPort }),
      ...(said.udpPort !== undefined && { udp_port: said.udpPort }),
    })
    const listens =
      said.tcpPort === undefined || said.tcpPort > 65_535
        ? undefined
        : { ip: by.ip, port: said.tcpPort }
    this.connection.out.say({
      type: 'client',
      who: by,
      ...(said.client !== undefined && { software: said.client }),
      ...(said.version !== undefined && { version: said.version }),
      ...(said.identity !== undefined && { id: said.identity }),
      ...(listens && { listens }),
    })
    if (listens) this.#extensions.claims(side, [listens], 'azureus-handshake')
  }

  /** `BT_HAVE` and its like carry the body of the plain message of that name. */
  #wrapped(side: Side, message: AzureusMessage, offset: number): void {
    const id = AZUREUS_IDS[message.name]
    if (id === undefined) return
    const plain = new ByteWriter()
      .u32be(1 + message.payload.length)
      .u8(id)
      .bytes(message.payload)
    const outcome = peerWire.parse(plain.finish(), 0)
    if (outcome.kind === 'malformed') this.#azureusFault(side, outcome.fault, offset)
    if (outcome.kind !== 'message') return
    if (outcome.message.type === 'piece') this.pieceBytes(side, outcome.message.data.length)
    this.message(side, outcome.message, offset)
  }

  end(): void {
    for (const side of [0, 1] as const) {
      const { pieceBytes, begun, greeted } = this.#sides[side]
      if (begun && !greeted) {
        this.connection.out.count('handshake')
        this.#say(side, 'handshake', { cut_short: true })
      }
      if (pieceBytes === 0) continue
      const { by, of } = this.#ends(side)
      const { name } = this.connection
      this.connection.out.say({
        type: 'transfer',
        from: by,
        to: of,
        ...this.#content(),
        ...(name !== undefined && { name }),
        bytes: pieceBytes,
        via: this.#via,
      })
    }
  }
}

/** Wrapped messages of Azureus messaging and the ids of the plain ones. */
// biome-ignore format: a table
const AZUREUS_IDS: Readonly<Record<string, number>> = {
  BT_CHOKE: 0, BT_UNCHOKE: 1, BT_INTERESTED: 2, BT_UNINTERESTED: 3, BT_HAVE: 4, BT_BITFIELD: 5,
  BT_REQUEST: 6, BT_PIECE: 7, BT_CANCEL: 8, BT_DHT_PORT: 9, BT_SUGGEST_PIECE: 13, BT_HAVE_ALL: 14,
  BT_HAVE_NONE: 15, BT_REJECT_REQUEST: 16, BT_ALLOWED_FAST: 17, BT_LT_EXT_MESSAGE: 20,
}

function fieldsOf(message: PeerMessage): Fields {
  switch (message.type) {
    case 'have':
    case 'suggest-piece':
    case 'allowed-fast':
      return { piece: message.piece }
    case 'request':
    case 'cancel':
    case 'reject-request':
      return { piece: message.piece, begin: message.begin, size: message.size }
    case 'bitfield':
      return { bitfield_bytes: message.bitfield.length, pieces_have: bitsSet(message.bitfield) }
    case 'port':
      return { port: message.port }
    case 'hash-request':
    case 'hash-reject':
      return {
        root: hex(message.root),
        base_layer: message.baseLayer,
        index: message.index,
        count: message.count,
        proof_layers: message.proofLayers,
      }
    case 'other':
      return { id: message.id, size: message.body.length }
    default:
      return {}
  }
}

const NIBBLE_BITS = [0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4] as const

function bitsSet(bytes: Uint8Array): number {
  let count = 0
  for (const byte of bytes) count += NIBBLE_BITS[byte % 16]! + NIBBLE_BITS[Math.floor(byte / 16)]!
  return count
}

function doings(): Doings {
  return { pieceBytes: 0, requested: new Set(), begun: false, greeted: false }
}
