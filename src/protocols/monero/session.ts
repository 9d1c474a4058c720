/** Messages of one connection → who takes part, and whom they know. */
import { endpointText } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import { SeekingSession } from '../../core/seeking-session.ts'
import { CHAIN_FROM, CHAIN_TO, COMMANDS, NETWORKS } from './commands.ts'
import { idOf, peersIn } from './peers.ts'
import { commandAt, HEADER_BYTES, isHeader, type Levin, lengthAt, levinWire } from './wire/levin.ts'
import { type Section, storageWire } from './wire/storage.ts'

class PeerSession extends SeekingSession {
  readonly #chainBytes: [number, number] = [0, 0]

  override end(): void {
    for (const side of [0, 1] as const) {
      const bytes = this.#chainBytes[side]
      if (bytes === 0) continue
      const [from, to] = [this.flow.ends[side], this.flow.ends[side === 0 ? 1 : 0]]
      this.out.say({ type: 'transfer', from, to, bytes, via: 'blockchain' })
    }
  }

  protected override begins(bytes: Uint8Array, at: number): boolean {
    return isHeader(bytes, at)
  }

  protected override message(from: Side, bytes: Uint8Array): number | undefined {
    if (!isHeader(bytes, 0)) {
      this.fault(from, levinWire, 'header-wrong', 0)
      return undefined
    }
    const command = commandAt(bytes, 0)
    const length = lengthAt(bytes, 0)
    if (command >= CHAIN_FROM && command <= CHAIN_TO) return this.#chain(from, command, length)
    const outcome = levinWire.parse(bytes, 0)
    if (outcome.kind === 'need') return this.wait(outcome.size)
    if (outcome.kind === 'malformed') {
      this.fault(from, levinWire, outcome.fault, outcome.at)
      return HEADER_BYTES + length
    }
    this.messages++
    this.#read(from, outcome.message)
    return outcome.size
  }

  #chain(from: Side, command: number, length: number): number {
    this.messages++
    this.#chainBytes[from] += length
    this.#routine(from, command, { size: length })
    return HEADER_BYTES + length
  }

  #read(from: Side, said: Levin): void {
    const { command, flags, body } = said
    const isHandshake = command === 1001
    if ((!isHandshake && command !== 1002) || body.length === 0 || flags > 2) {
      return this.#routine(from, command, { size: body.length })
    }
    const outcome = storageWire.parse(body, 0)
    if (outcome.kind === 'malformed') {
      this.fault(from, storageWire, outcome.fault, HEADER_BYTES + outcome.at)
    }
    if (outcome.kind !== 'message') return
    const peers = peersIn(outcome.message)
    const fields = {
      answer: flags === 2,
      ...nodeFields(outcome.message),
      ...(peers.length > 0 && {
        count: peers.length,
        peers: peers.slice(0, limits.listedMax).map(endpointText),
      }),
    }
    if (isHandshake || peers.length > 0) this.#log(from, command, fields)
    else this.#routine(from, command, fields)
    if (isHandshake) this.#client(from, outcome.message)
    for (const { ip, port, id } of peers.slice(0, limits.listedMax)) {
      this.#claim(from, { ip, port }, 'peer-list', id)
    }
  }

  #client(from: Side, section: Section): void {
    const node = section.section('node_data')
    if (node === undefined) return
    const who = this.flow.ends[from]
    const id = idOf(node.bytes('peer_id'))
    const port = node.number('my_port') ?? 0
    const listens = port > 0 && port < 65_536 ? { ip: who.ip, port } : undefined
    this.out.say({ type: 'client', who, ...(id !== '' && { id }), ...(listens && { listens }) })
    if (listens !== undefined) this.#claim(from, listens, 'handshake', id)
  }

  #claim(from: Side, about: { ip: string; port: number }, via: string, id: string): void {
    const by = this.flow.ends[from]
    const said = { type: 'claim', by, about, part: 'peer', carriers: 'tcp', via } as const
    this.out.say({ ...said, ...(id !== '' && { id }) })
  }

  #routine(from: Side, command: number, fields: { readonly [key: string]: Json }): void {
    this.out.count(nameOf(command))
    if (this.out.everyMessage) this.#log(from, command, fields)
  }

  #log(side: Side, command: number, fields: { readonly [key: string]: Json }): void {
    const name = nameOf(command)
    const all = { type: name, command, ...fields }
    this.out.say({ type: 'message', log: 'monero', name, side, fields: all })
  }
}

function nameOf(command: number): string {
  return COMMANDS[command] ?? 'other'
}

function nodeFields(section: Section): { readonly [key: string]: Json } {
  const node = section.section('node_data')
  const sync = section.section('payload_data')
  const network = node?.bytes('network_id')
  const peerId = node?.bytes('peer_id')
  const numbers = {
    port: node?.number('my_port'),
    rpc_port: node?.number('rpc_port'),
    height: sync?.number('current_height'),
    top_version: sync?.number('top_version'),
  }
  return {
    ...(network && { network: NETWORKS[hex(network)] ?? 'unknown', network_id: hex(network) }),
    ...(peerId && { peer_id: idOf(peerId) }),
    ...Object.fromEntries(
      Object.entries(numbers).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, value]],
      ),
    ),
  }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new PeerSession(HEADER_BYTES, flow, out)
}
