/**
 * One UDP flow: datagrams of clients and servers, of clients among themselves, of Kad and Overnet.
 * Obfuscated datagrams are opened where this very flow told what the key is made of.
 */

import { CUT_BY_CAPTURE, isCutByCapture } from '../../core/cut.ts'
import type { Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { text } from '../../core/text.ts'
import { fieldsOf } from './log-fields.ts'
import { canMarkDatagram, openKadById, openKadByKey, openServerUdp } from './obfuscation.ts'
import { KadTalk } from './session-kad.ts'
import { endpointOf, foundSources, serverFlags } from './session-server.ts'
import { Speaker, urnOf } from './speaker.ts'
import { EMULE_UDP, type EmuleUdpMessage, emuleUdpWire } from './wire/emule-udp.ts'
import { EDONKEY, EMULE } from './wire/frame.ts'
import { KAD, KAD_PACKED, KAD_TABLE, kadWire } from './wire/kad.ts'
import { OVERNET, overnetWire } from './wire/overnet.ts'
import { treeText } from './wire/search-tree.ts'
import { SERVER_UDP, type ServerUdpMessage, serverUdpWire } from './wire/server-udp.ts'
import { TAG, tagText } from './wire/tag.ts'

/** Datagrams read in vain before the flow is given up. */
const FAULTS_MAX = 32

export class UdpSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #say: Speaker
  readonly #kad: KadTalk
  /** The key under which a server hides its datagrams to this client. */
  #serverKey: number | undefined
  #faults = 0

  constructor(flow: FlowFacts, out: Out) {
    this.#say = new Speaker(flow, out)
    this.#kad = new KadTalk(this.#say)
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    if (bytes.length === 0) return 0
    if (isCutByCapture(bytes, at)) {
      this.#say.out.count(CUT_BY_CAPTURE)
      this.#readCut(from, bytes)
      return bytes.length
    }
    switch (bytes[0]) {
      case KAD:
      case KAD_PACKED:
        this.#readKad(from, bytes, false)
        break
      case EDONKEY:
        if (OVERNET.opcodes.has(bytes[1] ?? 0)) this.#overnet(from, bytes)
        else this.#server(from, bytes, false)
        break
      case EMULE:
        this.#emule(from, bytes)
        break
      default:
        this.#obfuscated(from, bytes)
    }
    return bytes.length
  }

  gap(): void {}

  end(): void {}

  #fault(from: Side, wire: string, bad: { readonly fault?: string; readonly at?: number }): void {
    this.#faults++
    this.lost = this.messages === 0 && this.#faults > FAULTS_MAX
    this.#say.fault(wire, bad.fault ?? 'body-wrong', from, bad.at ?? 0)
  }

  /**
   * What the capture holds only the beginning of: whom and what it names is told as far as it goes,
   * but no message is said. Obfuscated and compressed ones are left, as they are opened whole.
   */
  #readCut(from: Side, bytes: Uint8Array): void {
    const opcode = bytes[1]
    if (opcode === undefined) return
    const end = bytes.length
    if (bytes[0] === KAD) {
      const read = KAD_TABLE.read(opcode, bytes, 2, end, true)
      if (read.kind !== 'message' || read.message.type === 'other') return
      this.#kad.message(from, read.message)
    } else if (bytes[0] === EDONKEY && OVERNET.opcodes.has(opcode)) {
      const read = OVERNET.read(opcode, bytes, 2, end, true)
      if (read.kind !== 'message') return
      this.#kad.overnet(from, read.message)
    } else if (bytes[0] === EDONKEY) {
      const read = SERVER_UDP.read(opcode, bytes, 2, end, true)
      if (read.kind !== 'message' || read.message.type === 'other') return
      this.#serverMessage(from, read.message)
    } else if (bytes[0] === EMULE) {
      const read = EMULE_UDP.read(opcode, bytes, 2, end, true)
      if (read.kind !== 'message' || read.message.type === 'other') return
      this.#emuleMessage(from, read.message)
    } else return
    this.messages++
  }

  #readKad(from: Side, bytes: Uint8Array, hidden: boolean): void {
    const read = kadWire.parse(bytes, 0)
    if (read.kind !== 'message') return this.#fault(from, kadWire.name, read as { fault: string })
    const { message, packed } = read.message
    this.messages++
    this.#say.message('kad', message.type, from, {
      type: message.type,
      opcode: KAD_TABLE.opcodeOf(message),
      ...fieldsOf('kad', message),
      ...(packed && { packed }),
      ...(hidden && { obfuscated: true }),
    })
    this.#kad.message(from, message)
  }

  #overnet(from: Side, bytes: Uint8Array): void {
    const read = overnetWire.parse(bytes, 0)
    if (read.kind !== 'message') {
      return this.#fault(from, overnetWire.name, read as { fault: string })
    }
    this.messages++
    this.#say.message('kad', read.message.type, from, {
      ...fieldsOf('kad', read.message),
      opcode: bytes[1]!,
      overnet: true,
    })
    this.#kad.overnet(from, read.message)
  }

  #server(from: Side, bytes: Uint8Array, hidden: boolean): void {
    const read = serverUdpWire.parse(bytes, 0)
    if (read.kind !== 'message') {
      return this.#fault(from, serverUdpWire.name, read as { fault: string })
    }
    this.messages++
    const said = read.message
    this.#say.message('edonkey', said.type, from, {
      type: said.type,
      link: 'server-udp',
      protocol: EDONKEY,
      opcode: SERVER_UDP.opcodeOf(said),
      ...fieldsOf('edonkey', said),
      ...(hidden && { obfuscated: true }),
      ...(said.type === 'status-answer' &&
        said.body.flags !== undefined && { server_flags: serverFlags(said.body.flags) }),
    })
    this.#serverMessage(from, said)
  }

  #serverMessage(from: Side, said: ServerUdpMessage): void {
    const say = this.#say
    switch (said.type) {
      case 'udp-search':
      case 'udp-search-2':
        say.search(from, 'server-search', treeText(said.body))
        return
      case 'udp-search-3':
        say.search(from, 'server-search', treeText(said.body.tree))
        return
      case 'udp-get-sources':
        for (const hash of said.body) say.request(from, 'get-sources', urnOf(hash))
        return
      case 'udp-get-sources-2':
        for (const file of said.body) say.request(from, 'get-sources', urnOf(file.hash))
        return
      case 'udp-callback-request':
        say.claim(from, endpointOf(said.body), 'peer', 'tcp', 'callback')
        return
      case 'server-list-request':
        say.request(from, 'server-list')
        return
      case 'udp-search-result':
        say.files(from, said.body, 'search-result')
        say.offerers(from, said.body, 'search-result')
        return
      case 'udp-found-sources':
        for (const found of said.body) foundSources(say, from, found.hash, found.sources)
        return
      case 'udp-server-list':
        for (const server of said.body) say.claim(from, server, 'server', 'tcp', 'server-list')
        return
      case 'status-answer':
        return this.#status(from, said.body)
      case 'description-answer': {
        const name = tagText(said.body.tags, TAG.name) ?? text(said.body.name)
        say.out.say({ type: 'client', who: say.end(from), nick: name })
        return
      }
      default:
    }
  }

  /** A server tells at which ports, and under which key, it takes obfuscated traffic. */
  #status(from: Side, status: Extract<ServerUdpMessage, { type: 'status-answer' }>['body']): void {
    const { ip } = this.#say.end(from)
    if (status.obfuscationTcpPort) {
      const about = { ip, port: status.obfuscationTcpPort }
      this.#say.claim(from, about, 'server', 'tcp', 'server-status')
    }
    if (status.obfuscationUdpPort) {
      const about = { ip, port: status.obfuscationUdpPort }
      this.#say.claim(from, about, 'server-udp', 'udp', 'server-status')
    }
    if (status.udpKey) this.#serverKey = status.udpKey
  }

  #emule(from: Side, bytes: Uint8Array): void {
    const read = emuleUdpWire.parse(bytes, 0)
    if (read.kind !== 'message') {
      return this.#fault(from, emuleUdpWire.name, read as { fault: string })
    }
    this.messages++
    const said: EmuleUdpMessage = read.message
    this.#say.message('edonkey', said.type, from, {
      type: said.type,
      link: 'peer-udp',
      protocol: EMULE,
      opcode: EMULE_UDP.opcodeOf(said),
      ...fieldsOf('edonkey', said),
    })
    this.#emuleMessage(from, said)
  }

  #emuleMessage(from: Side, said: EmuleUdpMessage): void {
    if (said.type === 'reask') {
      this.#say.request(from, 'ask-file', urnOf(said.body.hash))
    } else if (said.type === 'reask-callback-udp') {
      this.#say.request(from, 'callback', urnOf(said.body.hash))
    } else if (said.type === 'direct-callback') {
      const about = { ip: this.#say.end(from).ip, port: said.body.port }
      this.#say.claim(from, about, 'peer', 'tcp', 'callback', { id: said.body.userHash })
    }
  }

  #obfuscated(from: Side, bytes: Uint8Array): void {
    if (!canMarkDatagram(bytes[0]!)) {
      this.#fault(from, kadWire.name, { fault: 'other-protocol', at: 0 })
      return
    }
    const opened = this.#open(from, bytes)
    if (opened === undefined) {
      this.#say.out.count('obfuscated')
      return
    }
    if (opened[0] === KAD || opened[0] === KAD_PACKED) this.#readKad(from, opened, true)
    else if (opened[0] === EDONKEY) this.#server(from, opened, true)
  }

  #open(from: Side, bytes: Uint8Array): Uint8Array | undefined {
    const to = other(from)
    const id = this.#kad.ids[to]
    const key = this.#kad.keys[to]
    const opened =
      (id === undefined ? undefined : openKadById(bytes, id)) ??
      (key === undefined ? undefined : openKadByKey(bytes, key))
    if (opened !== undefined) {
      // What the sender calls its own key is what answers to it are hidden under.
      this.#kad.keys[from] = opened.senderKey
      return opened.bytes
    }
    if (this.#serverKey === undefined) return undefined
    return (
      openServerUdp(bytes, this.#serverKey, true) ?? openServerUdp(bytes, this.#serverKey, false)
    )?.bytes
  }
}
