/**
 * What the messages of the extension protocol mean. Ids are those that the receiver of a message
 * chose in its own handshake; where that handshake was not seen, the dictionary tells.
 */
import type { Endpoint } from '../../core/address.ts'
import { u32be } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { BDict } from '../formats/bencode.ts'
import { checkInfo, MetadataAssembly } from './metadata.ts'
import type { Connection, Fields } from './peer-voice.ts'
import {
  clientOfText,
  dictAndRest,
  type ExtendedFields,
  extendedFields,
  extendedHandshakeWire,
} from './wire/extended.ts'
import { holepunchAction, holepunchWire } from './wire/holepunch.ts'
import { type MetadataMessage, metadataWire } from './wire/metadata.ts'
import { type PexPeer, pexFlagNames, pexWire } from './wire/pex.ts'

/** Who may be told of a new request. */
type Asked = (side: Side, what: string) => void

const METADATA_TYPES = ['request', 'data', 'reject'] as const

export class ExtensionVoice {
  readonly #connection: Connection
  readonly #asked: Asked
  /** Per side: names of the extensions by the ids that this side chose. */
  readonly #ids: [Map<number, string>, Map<number, string>] = [new Map(), new Map()]
  readonly #greeted: [boolean, boolean] = [false, false]
  readonly #assembly = new MetadataAssembly()
  #named = false

  constructor(connection: Connection, asked: Asked) {
    this.#connection = connection
    this.#asked = asked
  }

  /** @param at  where the body begins in the side's stream */
  message(side: Side, id: number, body: Uint8Array, at: number): void {
    if (id === 0) return this.#handshake(side, body, at)
    const name = this.#nameOf(side, id, body)
    this.#connection.out.count(name ?? 'extended-unknown')
    switch (name) {
      case 'ut_pex':
        return this.#pex(side, body, at)
      case 'ut_metadata':
        return this.#metadata(side, body, at)
      case 'ut_holepunch':
        return this.#holepunch(side, body, at)
      case 'lt_donthave':
        if (body.length === 4) return this.#say(side, name, { piece: u32be(body, 0) })
        return this.#fault(side, 'bittorrent/lt_donthave', 'body-length-wrong', at)
      case 'upload_only':
      case 'share_mode':
        if (body.length >= 1) return this.#say(side, name, { value: body[0]! })
        return this.#fault(side, `bittorrent/${name}`, 'body-length-wrong', at)
      case undefined:
        return this.#say(side, 'extended', { extended_id: id, size: body.length })
      default:
        return this.#say(side, 'extended', { extended_id: id, extension: name, size: body.length })
    }
  }

  #nameOf(side: Side, id: number, body: Uint8Array): string | undefined {
    const receiver = side === 0 ? 1 : 0
    if (this.#greeted[receiver]) return this.#ids[receiver].get(id)
    const outcome = dictAndRest(body, 0)
    if (outcome.kind !== 'message') return undefined
    const { dict } = outcome.message
    if (dict.has('added') || dict.has('added6') || dict.has('dropped')) return 'ut_pex'
    return dict.has('msg_type') && dict.has('piece') ? 'ut_metadata' : undefined
  }

  #say(side: Side, name: string, fields: Fields): void {
    const { content, out } = this.#connection
    const hash = content === undefined ? {} : { info_hash: content.slice('urn:btih:'.length) }
    out.say({
      type: 'message',
      log: 'bittorrent',
      name,
      side,
      fields: { type: name, ...hash, ...fields },
    })
  }

  #fault(side: Side, wire: string, fault: string, at: number): void {
    this.#connection.out.say({ type: 'fault', wire, fault, side, at, resumes: true })
  }

  /** `by` says that peers of this content listen at these endpoints. */
  claims(side: Side, about: readonly Endpoint[], via: string): void {
    const { content, flow, out } = this.#connection
    for (const { ip, port } of about) {
      out.say({
        type: 'claim',
        by: flow.ends[side],
        about: { ip, port },
        part: 'peer',
        carriers: 'both',
        via,
        ...(content !== undefined && { content }),
      })
    }
  }

  #handshake(side: Side, body: Uint8Array, at: number): void {
    const outcome = extendedHandshakeWire.parse(body, 0)
    if (outcome.kind !== 'message') {
      const fault = outcome.kind === 'malformed' ? outcome.fault : 'bencode-cut-short'
      return this.#fault(side, extendedHandshakeWire.name, fault, at)
    }
    const fields = extendedFields(outcome.message.dict)
    this.#learnIds(side, outcome.message.dict, fields)
    this.#connection.out.count('extended-handshake')
    this.#say(side, 'extended-handshake', handshakeLog(fields))
    const by = this.#connection.flow.ends[side]
    const listens = fields.port === undefined ? undefined : { ip: by.ip, port: fields.port }
    if (fields.client !== undefined || listens !== undefined) {
      this.#connection.out.say({
        type: 'client',
        who: by,
        ...(fields.client !== undefined && clientOfText(fields.client)),
        ...(listens && { listens }),
      })
    }
    if (listens === undefined) return
    const others = [fields.ipv4, fields.ipv6].filter((ip) => ip !== undefined && ip !== by.ip)
    const about = [listens, ...others.map((ip) => ({ ip: ip!, port: listens.port }))]
    this.claims(side, about, 'extended-handshake')
  }

  /** A later handshake changes what it names and leaves the rest (BEP 10); id 0 switches off. */
  #learnIds(side: Side, dict: BDict, fields: ExtendedFields): void {
    if (dict.dict('m') === undefined) return
    this.#greeted[side] = true
    const ids = this.#ids[side]
    for (const [name, id] of fields.extensions) {
      for (const [known, knownName] of ids) if (knownName === name) ids.delete(known)
      if (id !== 0) ids.set(id, name)
    }
  }

  #pex(side: Side, body: Uint8Array, at: number): void {
    const outcome = pexWire.parse(body, 0)
    if (outcome.kind !== 'message') {
      if (outcome.kind === 'malformed') this.#fault(side, pexWire.name, outcome.fault, at)
      return
    }
    const { added, dropped } = outcome.message
    this.#say(side, 'ut_pex', {
      added: added.map(pexPeerLog),
      dropped: dropped.map(({ ip, port }) => ({ ip, port })),
    })
    this.claims(side, added, 'pex')
  }

  #holepunch(side: Side, body: Uint8Array, at: number): void {
    const outcome = holepunchWire.parse(body, 0)
    if (outcome.kind !== 'message') {
      if (outcome.kind === 'malformed') this.#fault(side, holepunchWire.name, outcome.fault, at)
      return
    }
    const { action, ip, port, error } = outcome.message
    this.#say(side, 'ut_holepunch', {
      action: holepunchAction(action),
      ip,
      port,
      ...(error !== undefined && { error }),
    })
    this.claims(side, [{ ip, port }], 'holepunch')
  }

  #metadata(side: Side, body: Uint8Array, at: number): void {
    const outcome = metadataWire.parse(body, 0)
    if (outcome.kind !== 'message') {
      if (outcome.kind === 'malformed') this.#fault(side, metadataWire.name, outcome.fault, at)
      return
    }
    const { messageType, piece, totalSize, rest } = outcome.message
    this.#say(side, 'ut_metadata', {
      message_type: METADATA_TYPES[messageType] ?? messageType,
      piece,
      ...(totalSize !== undefined && { total_size: totalSize }),
      ...(rest.length > 0 && { size: rest.length }),
    })
    if (messageType === 0) this.#asked(side, 'metadata')
    if (messageType === 1) this.#metadataPiece(side, outcome.message, at)
  }

  #metadataPiece(side: Side, message: MetadataMessage, at: number): void {
    if (this.#named || message.totalSize === undefined) return
    const whole = this.#assembly.add(message.piece, message.totalSize, message.rest)
    if (whole === undefined) return
    const { infoHash, flow, out } = this.#connection
    const info = checkInfo(whole, infoHash)
    if (info === undefined) return this.#fault(side, metadataWire.name, 'metadata-hash-wrong', at)
    this.#named = true
    if (infoHash !== undefined) this.#connection.name = info.name
    out.say({
      type: 'share',
      by: flow.ends[side],
      content: info.urn,
      via: 'ut_metadata',
      ...(info.name !== undefined && { name: info.name }),
      size: info.size,
      ...(info.files.length > 0 && { files: info.files.slice(0, limits.listedMax) }),
      ...(info.also.length > 0 && { also: info.also }),
      verified: infoHash !== undefined,
    })
  }
}

function pexPeerLog({ ip, port, flags }: PexPeer): Json {
  return flags === undefined ? { ip, port } : { ip, port, flags: pexFlagNames(flags) }
}

function handshakeLog(fields: ExtendedFields): Fields {
  const log: Record<string, Json | undefined> = {
    client: fields.client,
    port: fields.port,
    your_ip: fields.yourIp,
    ipv4: fields.ipv4,
    ipv6: fields.ipv6,
    request_queue: fields.requestQueue,
    metadata_size: fields.metadataSize,
    upload_only: fields.uploadOnly,
    share_mode: fields.shareMode,
    complete_ago: fields.completeAgoSeconds,
    prefers_encryption: fields.prefersEncryption,
    extensions: fields.extensions.map(([name, id]) => ({ name, id })),
  }
  const given: Record<string, Json> = {}
  for (const [key, value] of Object.entries(log)) if (value !== undefined) given[key] = value
  return given
}
