/** What messages mean: where servers and peers are, who shares, who is to send what to whom. */
import { type Endpoint, parseIp } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import type { FlowFacts, Out } from '../../core/protocol.ts'
import { stepsOut } from '../formats/file-path.ts'
import { decoded, fileUrn, transferUrn } from './content.ts'
import { tagsOf } from './tags.ts'
import { type AgMessage, nameOfType } from './wire/message.ts'
import type { Payload } from './wire/payload.ts'

/** What a client may say of a transfer. */
// biome-ignore format: a table
const STATES: Readonly<Record<number, string>> = {
  0: 'done', 1: 'internal-error', 2: 'time-out', 3: 'setting-up', 4: 'connect-error', 5: 'closed',
  7: 'port-not-available', 8: 'stopped', 9: 'reset',
}

// biome-ignore format: a table
const LOGIN_ERRORS: Readonly<Record<number, string>> = {
  0: 'password-wrong', 1: 'user-unknown', 2: 'version-wrong', 3: 'already-connected',
  4: 'gold-account-expired', 5: 'no-gold-account',
}

type Said<T extends AgMessage['type']> = Extract<AgMessage, { type: T }>

export class Meanings {
  readonly #flow: FlowFacts
  readonly #out: Out
  #requester: Side | undefined
  #content: string | undefined
  #fileBytes = 0

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  /** Between peers, or from the redirector. */
  payload(from: Side, said: Payload): void {
    switch (said.type) {
      case 'redirection': {
        const ip = parseIp(said.ip)!
        this.#log(from, said.type, { ip, port: said.port })
        return this.#claim(from, { ip, port: said.port }, 'server', said.type)
      }
      case 'request': {
        const { size, offset } = said
        const content = transferUrn(said.transfer)
        this.#requester = from
        this.#content = content
        this.#log(from, said.type, { transfer: hex(said.transfer), size, offset })
        const [by, of] = [this.#who(from), this.#who(other(from))]
        return this.#out.say({ type: 'request', by, of, what: 'download', content })
      }
      case 'answer':
        return this.#log(from, said.type, { text: decoded(said.text) })
    }
  }

  message(from: Side, number: number, said: AgMessage): void {
    switch (said.type) {
      case 'login':
        return this.#login(from, said)
      case 'share':
        return this.#share(from, said)
      case 'file-transfer':
        return this.#fileTransfer(from, said)
      case 'transfer-state': {
        const state = STATES[said.state] ?? String(said.state)
        return this.#log(from, said.type, { transfer: hex(said.transfer), state })
      }
      case 'stop':
        return this.#log(from, said.type, { transfer: hex(said.transfer) })
      case 'share-answer': {
        const { localId, songId, size } = said
        const fields = { local_id: localId, hash: decoded(said.hash), song_id: songId, size }
        return this.#log(from, said.type, fields)
      }
      case 'login-error': {
        const reason = LOGIN_ERRORS[said.reason] ?? String(said.reason)
        return this.#log(from, said.type, { reason })
      }
      case 'other':
        return this.#log(from, nameOfType(number), { number })
    }
  }

  #login(from: Side, said: Said<'login'>): void {
    const nick = decoded(said.name)
    const version = decoded(said.version)
    const ip = parseIp(said.ip)
    const address = ip === undefined ? {} : { ip }
    this.#log(from, said.type, { nick, password: '(redacted)', version, ...address })
    const who = this.#who(from)
    this.#out.say({ type: 'client', who, nick, software: 'AudioGalaxy Satellite', version })
    if (ip !== undefined) this.#claim(from, { ip, port: 0 }, 'peer', said.type)
  }

  #share(from: Side, said: Said<'share'>): void {
    const name = decoded(said.name)
    const { size, bitrate, seconds } = said
    const folder = decoded(said.folder)
    const more = tagsOf(said.tags)
    const fields = { local_id: said.localId, name, folder, size, bitrate, seconds, ...more }
    this.#log(from, said.type, fields)
    const content = fileUrn(name, size)
    this.#out.say({ type: 'share', by: this.#who(from), content, via: said.type, name, size })
    this.#watch(from, name)
  }

  /** The server tells a client to connect or to listen, to send or to receive. */
  #fileTransfer(from: Side, said: Said<'file-transfer'>): void {
    const name = decoded(said.name)
    const content = transferUrn(said.transfer)
    const ip = parseIp(said.ip)
    const role = said.connect === 1 ? 'connect' : 'listen'
    const direction = said.receive === 1 ? 'receive' : 'send'
    this.#log(from, said.type, {
      transfer: hex(said.transfer),
      role,
      direction,
      ...(ip !== undefined && { ip }),
      port: said.port,
      local_id: said.localId,
      name,
      size: said.size,
    })
    this.#watch(from, name)
    if (ip === undefined || said.port > 0xffff) return
    // Who listens uses the port itself; who connects to it is known by address only.
    const far = { ip, port: role === 'connect' ? said.port : 0 }
    const own = { ip: this.#who(other(from)).ip, port: role === 'listen' ? said.port : 0 }
    const farHas = direction === 'receive'
    this.#claim(from, far, 'peer', said.type, farHas ? content : undefined)
    if (own.port > 0) this.#claim(from, own, 'peer', said.type, farHas ? undefined : content)
    const also = [fileUrn(name, said.size)]
    const by = farHas ? far : own
    this.#out.say({ type: 'share', by, content, via: said.type, name, size: said.size, also })
  }

  #watch(from: Side, name: string): void {
    if (!stepsOut(name)) return
    this.#out.say({
      type: 'threat',
      threat: 'path-traversal',
      severity: 'high',
      by: this.#who(from),
      why: `"${name}" as the name of a file`,
    })
  }

  fileBytes(count: number): void {
    this.#fileBytes += count
  }

  end(): void {
    if (this.#fileBytes === 0 || this.#requester === undefined) return
    this.#out.say({
      type: 'transfer',
      from: this.#who(other(this.#requester)),
      to: this.#who(this.#requester),
      ...(this.#content !== undefined && { content: this.#content }),
      bytes: this.#fileBytes,
      via: 'direct',
    })
  }

  #who(side: Side): Endpoint {
    return this.#flow.ends[side]
  }

  #claim(from: Side, about: Endpoint, part: string, via: string, content?: string): void {
    const more = content === undefined ? {} : { content }
    const by = this.#who(from)
    this.#out.say({ type: 'claim', by, about, part, carriers: 'tcp', via, ...more })
  }

  #log(side: Side, name: string, fields: { readonly [key: string]: Json }): void {
    const all = { type: name, ...fields }
    this.#out.say({ type: 'message', log: 'audiogalaxy', name, side, fields: all })
  }
}
