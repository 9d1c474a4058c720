/** Messages of one connection → who takes part, with which program, and whom they know. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { hex, u32be } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { type FlowFacts, type Out, REST, type Session } from '../../core/protocol.ts'
import { SeekingSession } from '../../core/seeking-session.ts'
import { text } from '../../core/text.ts'
import type { Wire } from '../../core/wire.ts'
import { CONTENT, ROUTINE } from './commands.ts'
import { NETWORKS, networkOf } from './networks.ts'
import { placeOf } from './places.ts'
import { addrV2Wire, addrWire } from './wire/addr.ts'
import { commandAt, type Frame, frameWire, HEADER_BYTES, lengthAt } from './wire/frame.ts'
import { inventoryWire, rejectWire } from './wire/inventory.ts'
import { type Version, versionWire } from './wire/version.ts'

class PeerSession extends SeekingSession {
  /** The first four bytes of every message of this connection, once one was seen. */
  #magic: number | undefined
  readonly #contentBytes: [number, number] = [0, 0]

  override end(): void {
    for (const from of [0, 1] as const) {
      const bytes = this.#contentBytes[from]
      if (bytes === 0) continue
      const to = this.#who(from === 0 ? 1 : 0)
      this.out.say({ type: 'transfer', from: this.#who(from), to, bytes, via: 'blockchain' })
    }
  }

  /** A header of this network, or of any that is known. */
  protected override begins(bytes: Uint8Array, at: number): boolean {
    const magic = u32be(bytes, at)
    const isOurs = this.#magic === undefined ? NETWORKS.has(magic) : magic === this.#magic
    return isOurs && commandAt(bytes, at) !== undefined
  }

  protected override message(from: Side, bytes: Uint8Array): number | undefined {
    const magic = u32be(bytes, 0)
    const command = commandAt(bytes, 0)
    const isOurs = this.#magic === undefined || this.#magic === magic
    if (!isOurs || command === undefined) {
      this.fault(from, frameWire, isOurs ? 'command-not-a-word' : 'magic-changes', 0)
      return undefined
    }
    this.#magic = magic
    if (CONTENT.has(command)) return this.#content(from, command, lengthAt(bytes, 0))
    const outcome = frameWire.parse(bytes, 0)
    if (outcome.kind === 'need') return this.wait(outcome.size)
    if (outcome.kind === 'message') {
      this.messages++
      this.#read(from, outcome.message)
      return outcome.size
    }
    this.fault(from, frameWire, outcome.fault, outcome.at)
    // What it says of its length may still be true; the next magic shows.
    return HEADER_BYTES + lengthAt(bytes, 0)
  }

  /** Blocks and transactions are passed over: what they say is public. */
  #content(from: Side, command: string, length: number): number {
    this.messages++
    this.#contentBytes[from] += length
    this.#routine(from, command, { size: length })
    return HEADER_BYTES + length
  }

  #read(from: Side, { magic, command, payload }: Frame): void {
    switch (command) {
      case 'version':
        return this.#told(from, versionWire, payload, (said) => this.#version(from, magic, said))
      case 'addr':
        return this.#told(from, addrWire, payload, (list) => {
          const known = list.slice(0, limits.listedMax)
          this.#log(from, command, { count: list.length, addresses: known.map(endpointText) })
          for (const { ip, port } of known) this.#claim(from, { ip, port }, command)
        })
      case 'addrv2':
        return this.#told(from, addrV2Wire, payload, (list) => {
          const known = list.slice(0, limits.listedMax).map((entry) => {
            return { place: placeOf(entry), port: entry.port }
          })
          const addresses = known.map(({ place, port }) => endpointText({ ip: place.host, port }))
          this.#log(from, command, { count: list.length, addresses })
          for (const { place, port } of known) {
            if (place.ip !== undefined) this.#claim(from, { ip: place.ip, port }, command)
          }
        })
      case 'inv':
      case 'getdata':
      case 'notfound':
        return this.#told(from, inventoryWire, payload, (list) => {
          const count = list.length
          const first = list[0]
          const hash = first && { kind: first.kind, hash: hex(first.hash.slice().reverse()) }
          this.#routine(from, command, { count, ...hash })
        })
      case 'reject':
        return this.#told(from, rejectWire, payload, (said) => {
          const { code } = said
          this.#log(from, command, { of: text(said.command), code, reason: text(said.reason) })
        })
      default:
        if (ROUTINE.has(command)) this.#routine(from, command, { size: payload.length })
        else this.#log(from, command, { size: payload.length })
    }
  }

  /** Read a payload; one that breaks its form is told and passed over. */
  #told<M>(from: Side, wire: Wire<M>, payload: Uint8Array, use: (message: M) => void): void {
    const outcome = wire.parse(payload, 0)
    if (outcome.kind === 'message') use(outcome.message)
    else if (outcome.kind === 'malformed') {
      this.fault(from, wire, outcome.fault, HEADER_BYTES + outcome.at)
    }
  }

  #version(from: Side, magic: number, said: Version): void {
    const network = networkOf(magic)
    const agent = said.more && text(said.more.userAgent)
    this.#log(from, 'version', {
      network,
      magic: magic.toString(16).padStart(8, '0'),
      version: said.version,
      services: said.services.toString(16),
      to: endpointText(said.to),
      ...(said.more && {
        from: endpointText(said.more.from),
        nonce: hex(said.more.nonce),
        user_agent: agent!,
        height: said.more.height,
      }),
    })
    if (!NETWORKS.has(magic)) this.#certain()
    this.#client(from, said, agent)
    // Only who was called listens where the message went; the caller's port is one of the moment.
    if (from === 0 && isTold(said.to)) this.#claim(from, plain(said.to), 'version')
  }

  /** Another chain with a magic of its own: command, form and checksum leave no doubt. */
  #certain(): void {
    const reasons = ['a "version" message of the right form, with a valid checksum']
    this.out.say({ type: 'recognition', part: 'peer', sureness: 'certain', reasons })
  }

  #client(from: Side, { more }: Version, agent: string | undefined): void {
    const who = this.#who(from)
    const named = /^\/([^:/]+):([^/]+)\//.exec(agent ?? '')
    const own = more?.from
    const listens = own !== undefined && isTold(own) ? plain(own) : undefined
    this.out.say({
      type: 'client',
      who,
      ...(named !== null && { software: named[1]!, version: named[2]! }),
      ...(named === null && agent && { software: agent }),
      ...(more && { id: hex(more.nonce) }),
      ...(listens && { listens }),
    })
    if (listens !== undefined) this.#claim(from, listens, 'version')
  }

  #who(side: Side): Endpoint {
    return this.flow.ends[side]
  }

  #claim(from: Side, about: Endpoint, via: string): void {
    const by = this.#who(from)
    this.out.say({ type: 'claim', by, about, part: 'peer', carriers: 'tcp', via })
  }

  #routine(from: Side, name: string, fields: { readonly [key: string]: Json }): void {
    this.out.count(name)
    if (this.out.everyMessage) this.#log(from, name, fields)
  }

  #log(side: Side, name: string, fields: { readonly [key: string]: Json }): void {
    this.out.say({
      type: 'message',
      log: 'bitcoin',
      name,
      side,
      fields: { type: name, ...fields },
    })
  }
}

/** Nodes that do not want to tell an address write none. */
function isTold({ ip }: Endpoint): boolean {
  return ip !== '0.0.0.0' && ip !== '::'
}

function plain({ ip, port }: Endpoint): Endpoint {
  return { ip, port }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return flow.part === 'encrypted' ? unread() : new PeerSession(HEADER_BYTES, flow, out)
}

/** BIP 324: nothing can be read. */
function unread(): Session {
  return { need: 0, messages: 0, lost: false, data: () => REST, gap: () => {}, end: () => {} }
}
