/**
 * The extensions of one connection between small peers: who I am and where I listen, the info
 * dictionary, whom I met. Source: BEP 10, 9, 11.
 */
import type { Endpoint } from '../../core/address.ts'
import { bytesOf } from '../../core/bytes.ts'
import { BDict } from '../formats/bencode.ts'
import { ipBytesOf } from '../formats/compact-peers.ts'
import type { Client } from './peer-client.ts'
import { NONE, programOf } from './peer-node.ts'
import { Exchange } from './peer-pex.ts'
import type { Swarm } from './peer-swarm.ts'
import { extendedFields, extendedHandshakeWire } from './wire/extended.ts'
import { METADATA_PIECE_BYTES, metadataWire } from './wire/metadata.ts'
import { pexWire } from './wire/pex.ts'

/** Our numbers: others write to us with them. */
const HANDSHAKE = 0
const UT_PEX = 1
const UT_METADATA = 2
/** Requests that are kept until they are served. */
const QUEUE = 250
/** Pieces of info dictionaries that are asked for on one connection. */
const METADATA_PIECES_MAX = 64
const [REQUEST, DATA, REJECT] = [0, 1, 2]

/** The connection, as far as extensions need it. */
interface Around {
  readonly client: Client
  readonly swarm: Swarm
  send(extendedId: number, body: Uint8Array): void
  /** Where the other takes connections, as far as is known. */
  at(): Endpoint
  /** The other says where he listens. */
  listens(port: number): void
}

export class Extensions {
  readonly #around: Around
  /** His numbers; 0: he has it not. */
  #pexId = 0
  #metadataId = 0
  #metadataAsked = 0
  readonly #exchange = new Exchange()

  constructor(around: Around) {
    this.#around = around
  }

  /** @param remoteIp  how he is seen here */
  greet(remoteIp: string): void {
    const { client, swarm } = this.#around
    const { settings } = client
    const dict = BDict.of({
      m: BDict.of({ ut_metadata: UT_METADATA, ut_pex: UT_PEX }),
      metadata_size: swarm.pieces?.torrent.info.length,
      p: settings.port === 0 ? undefined : settings.port,
      reqq: QUEUE,
      v: bytesOf(programOf(settings).words),
      yourip: ipBytesOf(remoteIp),
    })
    this.#around.send(HANDSHAKE, extendedHandshakeWire.emit({ dict, rest: NONE }))
  }

  hear(id: number, body: Uint8Array): void {
    if (id === HANDSHAKE) this.#greeted(body)
    else if (id === UT_METADATA) this.#metadata(body)
    else if (id === UT_PEX) this.#told(body)
  }

  #greeted(body: Uint8Array): void {
    const outcome = extendedHandshakeWire.parse(body, 0)
    if (outcome.kind !== 'message') return
    const { extensions, port, metadataSize } = extendedFields(outcome.message.dict)
    const numbers = new Map(extensions)
    this.#pexId = numbers.get('ut_pex') ?? 0
    this.#metadataId = numbers.get('ut_metadata') ?? 0
    if (port !== undefined) this.#around.listens(port)
    this.#askMetadata(metadataSize ?? 0)
    this.tellPeers()
  }

  #askMetadata(bytes: number): void {
    const { swarm } = this.#around
    if (this.#metadataId === 0 || swarm.pieces !== undefined || !swarm.wants) return
    const count = Math.min(METADATA_PIECES_MAX, Math.ceil(bytes / METADATA_PIECE_BYTES))
    for (; this.#metadataAsked < count; this.#metadataAsked++) {
      this.#sayMetadata(REQUEST, this.#metadataAsked)
    }
  }

  #sayMetadata(messageType: number, piece: number, totalSize?: number, rest = NONE): void {
    const dict = BDict.of({ msg_type: messageType, piece, total_size: totalSize })
    this.#around.send(this.#metadataId, metadataWire.emit({ dict, rest, messageType, piece }))
  }

  #metadata(body: Uint8Array): void {
    const outcome = metadataWire.parse(body, 0)
    if (outcome.kind !== 'message') return
    const { swarm } = this.#around
    const { messageType, piece, totalSize = 0, rest } = outcome.message
    if (messageType === DATA) swarm.gotMetadata(piece, totalSize, rest, this.#around.at())
    if (messageType !== REQUEST || this.#metadataId === 0) return
    const found = swarm.metadataPiece(piece)
    if (found === undefined) this.#sayMetadata(REJECT, piece)
    else this.#sayMetadata(DATA, piece, found.total, found.data)
  }

  #told(body: Uint8Array): void {
    const outcome = pexWire.parse(body, 0)
    if (outcome.kind !== 'message') return
    const { swarm } = this.#around
    for (const { ip, port } of outcome.message.added) swarm.hear({ ip, port })
    swarm.callMore()
  }

  /** Say whom else it met, if that is due. */
  tellPeers(): void {
    if (this.#pexId === 0) return
    const { client, swarm } = this.#around
    const body = this.#exchange.next(swarm.tellable, this.#around.at(), client)
    if (body !== undefined) this.#around.send(this.#pexId, body)
  }
}
