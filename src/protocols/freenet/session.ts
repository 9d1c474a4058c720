/** Messages of one flow → which nodes there are, what is asked for, what moved, who controls a node. */
import { type Endpoint, parseEndpoint } from '../../core/address.ts'
import type { Json, Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import { limits } from '../../core/limits.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { textOf } from '../formats/http-head.ts'
import { FproxySession } from './fproxy.ts'
import { fileNameIn, keyIn } from './keys.ts'
import { LinkSession } from './link.ts'
import { POWERS } from './names.ts'
import { PRESENTATIONS } from './wire/link.ts'
import { fieldOf, messageWire, type TextMessage } from './wire/message.ts'

type Log = 'freenet_node' | 'freenet_fcp'
type Fields = { readonly [key: string]: Json }

/** Fields that nobody else should read. */
const SECRET = /pass(?:word|phrase)?$|privateKey|dsaPrivKey/i
const LENGTH = /^[0-9a-f]{1,15}$/i

/** Messages whose data are the content that was asked for, or announced, by their identifier. */
const BRINGS_CONTENT = new Set(['AllData', 'DataReply', 'DataInsert'])

/** Clients count their requests, nodes draw a number for each. */
function idOf(said: TextMessage): string | undefined {
  return fieldOf(said, 'Identifier') ?? fieldOf(said, 'UniqueID')
}

class TextSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  readonly #log: Log
  /** FCP 2 counts in decimal, all others in hex. */
  #radix: 10 | 16 = 16
  #preambleRead = false
  #isOpen = false
  readonly #at: [number, number] = [0, 0]
  /** Bytes of data that are still to be passed over. */
  readonly #left: [number, number] = [0, 0]
  /** What was asked for, by identifier. */
  readonly #asked = new Map<string, string>()
  /** Bytes of a content that each side sent. */
  readonly #moved = new Map<string, [number, number]>()

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
    this.#log = flow.part === 'fcp' ? 'freenet_fcp' : 'freenet_node'
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    this.need = 0
    const used = this.#next(from, bytes)
    if (used !== REST) this.#at[from] += used
    return used
  }

  #next(from: Side, bytes: Uint8Array): number {
    if (this.#left[from] > 0) {
      const passed = Math.min(this.#left[from], bytes.length)
      this.#left[from] -= passed
      return passed
    }
    if (from === 0 && !this.#preambleRead) {
      this.#preambleRead = true
      if (bytes[0] === 0) return this.#preamble(bytes)
    }
    // FNP pads with zeros, and some clients end messages with an empty line.
    if (bytes[0] === 0 || bytes[0] === 0x0a || bytes[0] === 0x0d) return 1
    const outcome = messageWire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    if (outcome.kind === 'malformed') {
      const { fault } = outcome
      const at = this.#at[from] + outcome.at
      this.#out.say({
        type: 'fault',
        wire: messageWire.name,
        fault,
        side: from,
        at,
        resumes: false,
      })
      this.lost = true
      return REST
    }
    this.messages++
    this.#read(from, outcome.message)
    return outcome.size
  }

  #preamble(bytes: Uint8Array): number {
    if (bytes.length < 4) {
      this.#preambleRead = false
      this.need = 4
      return 0
    }
    this.#say(0, 'preamble', { presentation: PRESENTATIONS[bytes[3]!] ?? String(bytes[3]) })
    return 4
  }

  #say(side: Side, name: string, fields: Fields): void {
    this.#out.say({
      type: 'message',
      log: this.#log,
      name,
      side,
      fields: { type: name, ...fields },
    })
  }

  #read(from: Side, said: TextMessage): void {
    const fields: Record<string, string> = {}
    for (const [field, value] of said.fields.slice(0, limits.listedMax)) {
      fields[textOf(field).slice(0, 255)] = SECRET.test(field) ? '*' : textOf(value).slice(0, 4096)
    }
    const version = fieldOf(said, 'FCPVersion') ?? fieldOf(said, 'ExpectedVersion')
    if (version?.startsWith('2') === true) this.#radix = 10
    this.#say(from, said.name, { fields })
    this.#data(from, said)
    for (const [field, value] of said.fields) this.#nodes(from, said.name, field, value)
    if (this.#log === 'freenet_fcp') this.#control(from, said)
    this.#contents(from, said)
  }

  /** Bytes behind a message that ends otherwise than with EndMessage. */
  #data(from: Side, said: TextMessage): void {
    if (said.end === 'EndMessage') return
    const value = fieldOf(said, 'DataLength') ?? fieldOf(said, 'Length') ?? '0'
    const size = LENGTH.test(value) ? Number.parseInt(value, this.#radix) : 0
    this.#left[from] = size
    const urn = this.#asked.get(idOf(said) ?? '')
    if (size === 0 || urn === undefined || !BRINGS_CONTENT.has(said.name)) return
    const moved = this.#moved.get(urn) ?? [0, 0]
    moved[from] += size
    this.#moved.set(urn, moved)
  }

  /** Addresses in node references: `physical.tcp=host:port` (0.5), `physical.udp=host:port;…` (0.7). */
  #nodes(from: Side, via: string, field: string, value: string): void {
    const match = /(?:^|\.)physical\.(tcp|udp)$/.exec(field)
    if (match === null) return
    for (const one of value.split(';').slice(0, limits.listedMax)) {
      const about = parseEndpoint(one)
      if (about === undefined) continue
      const by = this.#flow.ends[from]
      const carriers = match[1] as 'tcp' | 'udp'
      this.#out.say({ type: 'claim', by, about, part: 'node', carriers, via })
    }
  }

  #control(from: Side, said: TextMessage): void {
    const { ends } = this.#flow
    if (said.name === 'ClientHello') {
      const nick = textOf(fieldOf(said, 'Name') ?? '')
      this.#out.say({ type: 'client', who: ends[from], ...(nick !== '' && { nick }) })
    }
    if (said.name === 'NodeHello') {
      const version = textOf(fieldOf(said, 'Version') ?? fieldOf(said, 'Node') ?? '')
      const software = textOf((fieldOf(said, 'Node') ?? 'Fred').split(',')[0]!)
      this.#out.say({ type: 'client', who: ends[from], software, version, listens: ends[from] })
      this.#exposed(ends[other(from)], ends[from])
    }
    if (!POWERS.has(said.name) || isLoopback(ends[1])) return
    this.#out.say({
      type: 'threat',
      threat: 'remote-control',
      severity: 'high',
      by: ends[from],
      why: `${said.name}: the host of the node is read, written or changed from another host`,
    })
  }

  /** FCP asks for no password: whoever reaches the port has the node and, through it, files. */
  #exposed(client: Endpoint, node: Endpoint): void {
    if (this.#isOpen || isLoopback(node) || client.ip === node.ip) return
    this.#isOpen = true
    this.#out.say({
      type: 'threat',
      threat: 'exposed-control-port',
      severity: 'medium',
      by: node,
      why: `FCP is answered to ${client.ip}, another host: it lets clients read and write files`,
    })
  }

  #contents(from: Side, said: TextMessage): void {
    const value = fieldOf(said, 'URI') ?? fieldOf(said, 'SearchKey')
    if (value === undefined) return
    const key = keyIn(value)
    const content = key?.urn ?? rawKey(value)
    if (content === undefined) return
    const by = this.#flow.ends[from]
    const of = this.#flow.ends[other(from)]
    const name = textOf(fileNameIn(value))
    const id = idOf(said)
    if (
      /^(?:ClientGet|ClientPut|ClientPut\w*Dir|DataRequest|InsertRequest|SubscribeUSK)$/.test(
        said.name,
      )
    ) {
      if (id !== undefined && this.#asked.size < limits.listedMax) this.#asked.set(id, content)
      this.#out.say({
        type: 'request',
        by,
        of,
        what: said.name,
        content,
        ...(name !== '' && { name }),
      })
    } else if (/^(?:PutSuccessful|Success|URIGenerated)$/.test(said.name)) {
      this.#out.say({
        type: 'share',
        by,
        content,
        via: said.name,
        ...(name !== '' && { name }),
      })
    }
  }

  gap(from: Side, missing: number, _at: Moment): void {
    this.#at[from] += missing
    if (this.#left[from] >= missing) this.#left[from] -= missing
    else this.lost = true
  }

  end(_at: Moment): void {
    const { ends } = this.#flow
    const via = this.#log === 'freenet_fcp' ? 'fcp' : 'node'
    for (const [content, moved] of this.#moved) {
      for (const side of [0, 1] as const) {
        const bytes = moved[side]
        const [from, to] = [ends[side], ends[other(side)]]
        if (bytes > 0) this.#out.say({ type: 'transfer', from, to, content, bytes, via })
      }
    }
  }
}

/** Between nodes keys are hashes in hex. */
function rawKey(value: string): string | undefined {
  return /^[0-9a-f]{40,64}$/i.test(value)
    ? `urn:x-peerscope:freenet:${value.toLowerCase()}`
    : undefined
}

function isLoopback({ ip }: Endpoint): boolean {
  return ip.startsWith('127.') || ip === '::1'
}

/** Told by its first byte: nodes begin with zeros or with a name. */
class NodeSession implements Session {
  readonly #text: TextSession
  readonly #link: LinkSession
  #chosen: Session | undefined

  constructor(flow: FlowFacts, out: Out) {
    this.#text = new TextSession(flow, out)
    this.#link = new LinkSession(flow, out)
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    this.#chosen ??= this.#choose(bytes)
    return this.#chosen === undefined ? 0 : this.#chosen.data(from, bytes, at)
  }

  #choose(bytes: Uint8Array): Session | undefined {
    if (bytes[0] !== 0) return this.#text
    if (bytes.length < 2) return undefined
    return bytes[1] === 1 ? this.#link : this.#text
  }

  get need(): number {
    return this.#chosen === undefined ? 2 : this.#chosen.need
  }

  get messages(): number {
    return this.#chosen?.messages ?? 0
  }

  get lost(): boolean {
    return this.#chosen?.lost ?? false
  }

  gap(from: Side, missing: number, at: Moment): void {
    this.#chosen?.gap(from, missing, at)
  }

  end(at: Moment): void {
    this.#chosen?.end(at)
  }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  if (flow.part === 'fproxy') return new FproxySession(flow, out)
  if (flow.part === 'fcp') return new TextSession(flow, out)
  return flow.carrier === 'udp' ? new LinkSession(flow, out) : new NodeSession(flow, out)
}
