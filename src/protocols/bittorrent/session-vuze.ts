/**
 * The Azureus DHT's datagrams of one flow: contacts and values become claims.
 *
 * Keys are hashes of what they stand for, so a key is no content and cannot be turned into one;
 * what the tracker plugin stores under a key is the TCP port of a peer, in text.
 */
import { endpointText } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Out } from '../../core/protocol.ts'
import { isPrintable, text } from '../../core/text.ts'
import { vuzeActionName, vuzeBody, vuzeDhtWire } from './wire/vuze-dht.ts'

type Fields = { [key: string]: Json }

/** `6881`, `6881;C`, `192.0.2.1:6881;…`: what the tracker plugin stores. */
const PEER_VALUE = /^(?:(\d{1,3}(?:\.\d{1,3}){3}):)?(\d{4,5})(?:;[\x20-\x7e]*)?$/

export class VuzeReader {
  readonly #flow: FlowFacts
  readonly #out: Out
  #told = ''

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  /** @returns whether the datagram was a message */
  read(from: Side, bytes: Uint8Array): boolean {
    const outcome = vuzeDhtWire.parse(bytes, 0)
    if (outcome.kind === 'malformed') {
      const { fault, at } = outcome
      this.#out.say({
        type: 'fault',
        wire: vuzeDhtWire.name,
        fault,
        side: from,
        at,
        resumes: true,
      })
    }
    if (outcome.kind !== 'message') return false
    const said = outcome.message
    const body = vuzeBody(said)
    const by = this.#flow.ends[from]
    const name = vuzeActionName(said.action)
    const fields: Fields = {
      type: name,
      transaction_id: said.transaction.toString(16).padStart(8, '0'),
      version: said.version,
      network: said.network,
    }
    if (said.kind === 'request') {
      fields.own_version = said.ownVersion
      fields.address = endpointText(said.address)
      this.#client(from, said.ownVersion)
    }
    if (body !== undefined) {
      if (body.keys.length > 0) fields.keys = body.keys.map((key) => hex(key))
      if (body.contacts.length > 0) fields.contacts = body.contacts.map(endpointText)
      if (body.seenAs !== undefined) fields.seen_as = endpointText(body.seenAs)
      if (body.values.length > 0) {
        fields.values = body.values.map((value) => ({
          ...(isPrintable(value.bytes) ? { text: text(value.bytes) } : { hex: hex(value.bytes) }),
          by: endpointText(value.by),
        }))
      }
    }
    this.#out.say({ type: 'message', log: 'bittorrent_vuze_dht', name, side: from, fields })
    for (const about of body?.contacts ?? []) {
      const via = 'vuze-contacts'
      this.#out.say({ type: 'claim', by, about, part: 'vuze-dht', carriers: 'udp', via })
    }
    for (const value of body?.values.slice(0, limits.listedMax) ?? []) {
      const match = PEER_VALUE.exec(text(value.bytes))
      const port = Number(match?.[2])
      if (match === null || port > 65_535) continue
      const about = { ip: value.by.ip, port }
      const via = 'vuze-values'
      this.#out.say({ type: 'claim', by, about, part: 'peer', carriers: 'both', via })
    }
    return true
  }

  /** The protocol's version is all that a node tells of its software; told once a side. */
  #client(from: Side, version: number): void {
    const told = `${from} ${version}`
    if (this.#told.includes(told)) return
    this.#told = `${this.#told.slice(-64)},${told}`
    const software = version >= 55 ? 'BiglyBT' : 'Azureus'
    this.#out.say({
      type: 'client',
      who: this.#flow.ends[from],
      software,
      version: `DHT protocol ${version}`,
    })
  }
}
