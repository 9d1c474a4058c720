/** What nodes ask and answer: who they are, whom else they know, what is looked for and stored. */
import { type Endpoint, endpointText, ip4, ip6 } from '../../core/address.ts'
import { hex, u16be } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import { SaidOnce } from '../../core/said-once.ts'
import { shown } from '../../core/text.ts'
import { DatagramSession } from '../../core/wire-session.ts'
import {
  bytesOfValue,
  inMap,
  kindOf,
  messageWire,
  type OpenDhtMessage,
  textOf,
} from './wire/message.ts'
import { isList, type Value } from './wire/msgpack.ts'

const ID_BYTES = 20
const TYPES = { q: 'question', r: 'answer', e: 'error', p: 'parts' } as const
/** Questions that ask for content; `find` looks for nodes. */
const ASKS = new Set(['get', 'listen'])
/** Questions that bring values. */
const BRINGS = new Set(['put', 'update'])

export function openSession(flow: FlowFacts, out: Out): Session {
  return new NodeSession(messageWire, flow, out)
}

type Fields = { [key: string]: Json }

class NodeSession extends DatagramSession<OpenDhtMessage> {
  protected override readonly bearsCuts = true
  readonly #said = new SaidOnce()

  protected override read(from: Side, { root }: OpenDhtMessage): void {
    const kind = kindOf(root)!
    if (kind === 'p' && !this.out.everyMessage) return this.out.count('parts')
    const fields: Fields = { type: TYPES[kind] }
    const transaction = inMap(root, 't')
    const network = inMap(root, 'n')
    const program = textOf(inMap(root, 'v'))
    if (typeof transaction === 'number') fields.transaction = transaction
    if (typeof network === 'number') fields.network = network
    if (program !== undefined) fields.program = shown(program)
    const told = inMap(root, kind === 'q' ? 'a' : 'r')
    const id = bytesOfValue(inMap(told, 'id'))
    if (id?.length === ID_BYTES) {
      fields.id = hex(id)
      this.#client(from, hex(id), program)
    }
    const values = inMap(told, 'values')
    if (isList(values)) fields.values = values.length
    if (kind === 'q') this.#asked(from, root, told, fields)
    else if (kind === 'r') this.#answered(from, told, fields)
    else if (kind === 'e') readError(inMap(root, 'e'), fields)
    const name = typeof fields.question === 'string' ? fields.question : TYPES[kind]
    this.out.say({ type: 'message', log: 'opendht', name, side: from, fields })
  }

  #client(from: Side, id: string, program: string | undefined): void {
    if (!this.#said.isNew(`client ${from} ${id}`)) return
    const software = program === 'RNG1' ? { software: 'OpenDHT' } : {}
    this.out.say({ type: 'client', who: this.flow.ends[from], id, ...software })
  }

  #asked(from: Side, root: Value, told: Value | undefined, fields: Fields): void {
    const question = textOf(inMap(root, 'q'))
    if (question !== undefined) fields.question = shown(question)
    const target = bytesOfValue(inMap(told, 'h') ?? inMap(told, 'target'))
    if (target === undefined || target.length !== ID_BYTES) return
    fields.target = hex(target)
    const content = `urn:x-peerscope:opendht:${hex(target)}`
    const [by, of] = [this.flow.ends[from], this.flow.ends[from === 0 ? 1 : 0]]
    if (ASKS.has(question!) && this.#said.isNew(`request ${from} ${question} ${content}`)) {
      this.out.say({ type: 'request', by, of, what: question!, content })
    }
    if (BRINGS.has(question!) && this.#said.isNew(`share ${from} ${question} ${content}`)) {
      this.out.say({ type: 'share', by, content, via: question! })
    }
  }

  #answered(from: Side, told: Value | undefined, fields: Fields): void {
    const seen = bytesOfValue(inMap(told, 'sa'))
    if (seen?.length === 4) fields.seen = ip4(seen, 0)
    else if (seen?.length === 16) fields.seen = ip6(seen, 0)
    const nodes: string[] = []
    this.#nodes(from, bytesOfValue(inMap(told, 'n4')), 4, nodes)
    this.#nodes(from, bytesOfValue(inMap(told, 'n6')), 16, nodes)
    if (nodes.length > 0) fields.nodes = nodes
  }

  #nodes(from: Side, list: Uint8Array | undefined, ipBytes: 4 | 16, nodes: string[]): void {
    const size = ID_BYTES + ipBytes + 2
    if (list === undefined) return
    if (list.length % size !== 0) {
      const fault = { wire: messageWire.name, fault: 'nodes-not-whole', side: from, at: 0 }
      return this.out.say({ type: 'fault', ...fault, resumes: true })
    }
    for (let at = 0; at < list.length && nodes.length < limits.listedMax; at += size) {
      const ip = ipBytes === 4 ? ip4(list, at + ID_BYTES) : ip6(list, at + ID_BYTES)
      const about = { ip, port: u16be(list, at + ID_BYTES + ipBytes) }
      nodes.push(endpointText(about))
      this.#claim(from, about, hex(list, at, ID_BYTES))
    }
  }

  #claim(from: Side, about: Endpoint, id: string): void {
    if (!this.#said.isNew(`claim ${from} ${endpointText(about)} ${id}`)) return
    const by = this.flow.ends[from]
    this.out.say({ type: 'claim', by, about, part: 'node', carriers: 'udp', via: 'nodes', id })
  }
}

function readError(error: Value | undefined, fields: Fields): void {
  if (!isList(error)) return
  const [code, words] = error
  if (typeof code === 'number') fields.code = code
  const text = textOf(words)
  if (text !== undefined) fields.text = shown(text)
}
